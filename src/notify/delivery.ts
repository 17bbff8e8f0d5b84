import type { ApprovalTask, Notification } from '../api/approvaltask.ts';
import type { Channels } from '../api/channels.ts';
import type { NewCondition } from '../api/condition.ts';
import { limits } from '../api/limits.ts';
import { conditionTypes } from '../api/names.ts';
import { namedChannels, type MissingChannel } from './named.ts';
import type { Notice } from './notice.ts';
import { plainLine } from './plaintext.ts';

/** Reasons of the condition NotificationsDelivered. */
const deliveryReasons = {
  sent: 'Sent',
  sending: 'Sending',
  retrying: 'Retrying',
  failed: 'Failed',
  dropped: 'NotSentInTime',
  unreachable: 'NobodyToTell',
  missing: 'ChannelNotConfigured',
} as const;

/** What the condition is computed from. */
export interface DeliveryFacts {
  readonly records: readonly Notification[];
  /** Those of the present step, to name a recipient by its place in the list; worked out where one is to be named. */
  readonly notices: () => readonly Notice[];
  /** How many listed people or groups no channel reaches. */
  readonly unreachable: number;
  /** Channels that the request names and nobody configured. */
  readonly missing: readonly MissingChannel[];
}

type State = Notification['state'];

/**
 * Whether everyone who could be told was told, by channel and number; undefined while there is nothing to tell. A
 * recipient is named by the place in the list, never by address. True says that the mail server took the messages;
 * whether somebody reads them is not known to us.
 */
export function deliveryCondition(facts: DeliveryFacts): NewCondition | undefined {
  const { records, unreachable, missing } = facts;
  if (records.length === 0 && unreachable === 0 && missing.length === 0) return undefined;
  const sentences = [
    ...missing.map(missingSentence),
    ...channelSentences(facts),
    ...(unreachable > 0 ? [unreachableSentence(unreachable)] : []),
  ];
  return { type: conditionTypes.notificationsDelivered, ...verdict(facts), message: sentences.join(' ') };
}

function verdict({ records, unreachable, missing }: DeliveryFacts): Pick<NewCondition, 'status' | 'reason'> {
  const has = (state: State): boolean => records.some((record) => record.state === state);
  if (has('failed')) return { status: 'False', reason: deliveryReasons.failed };
  if (records.some(isRetried)) return { status: 'False', reason: deliveryReasons.retrying };
  if (missing.length > 0) return { status: 'False', reason: deliveryReasons.missing };
  if (has('dropped')) return { status: 'False', reason: deliveryReasons.dropped };
  if (unreachable > 0) return { status: 'False', reason: deliveryReasons.unreachable };
  if (has('attempting') || has('waiting')) return { status: 'Unknown', reason: deliveryReasons.sending };
  return { status: 'True', reason: deliveryReasons.sent };
}

/** Tried before and not through: stays a failure while the next try is under way. */
function isRetried(record: Notification): boolean {
  return record.state === 'waiting' || (record.state === 'attempting' && record.lastError !== undefined);
}

function channelSentences(facts: DeliveryFacts): string[] {
  const names = [...new Set(facts.records.map(wayOf))].toSorted();
  const notices = facts.records.some(hasTrouble) ? facts.notices() : [];
  return names.map((way) => {
    const own = facts.records.filter((record) => wayOf(record) === way);
    const sent = own.filter((record) => record.state === 'sent').length;
    const troubles = own.filter(hasTrouble);
    const shown = troubles.slice(0, 3).map((record) => troubleOf(record, notices));
    const more = troubles.length > shown.length ? [`and ${String(troubles.length - shown.length)} more`] : [];
    const counted = `${way}: ${String(sent)} of ${String(own.length)} ${doneBy(own[0]?.channel)}`;
    return `${[counted, ...shown, ...more].join('; ')}.`;
  });
}

/** A flow of Teams says that it took a message, before it posts it (202): whether it did, nobody tells us. */
function doneBy(channel: Notification['channel'] | undefined): string {
  return channel === 'teams' ? 'taken by its flow' : 'sent';
}

function hasTrouble({ lastError, state }: Notification): boolean {
  return lastError !== undefined || state === 'dropped';
}

/** By which way: `mail`, or `slack releases`. */
function wayOf({ channel, target }: Notification): string {
  return target === undefined ? channel : `${channel} ${target}`;
}

const words: Record<State, string> = {
  waiting: 'not sent yet',
  attempting: 'being tried again',
  sent: 'sent',
  failed: 'refused for good',
  dropped: 'given up as pointless',
};

function troubleOf(record: Notification, notices: readonly Notice[]): string {
  const notice = notices.find(({ id }) => id === record.id);
  const who = notice === undefined || notice.place === 0 ? '' : `number ${String(notice.place)} of the list `;
  const why = record.lastError === undefined ? '' : `: ${record.lastError}`;
  return `${who}${words[record.state]} after ${String(record.attempts)} ${record.attempts === 1 ? 'try' : 'tries'}${why}`;
}

function unreachableSentence(count: number): string {
  const who = count === 1 ? '1 entry of the list is' : `${String(count)} entries of the list are`;
  return `${who} reached by no channel (status.unreachable) and can answer with kubectl.`;
}

/** One for each channel that the request names and nobody configured, while it waits. */
export function missingSentences(task: ApprovalTask, channels: Channels): readonly string[] {
  return task.status?.status === 'pending' ? namedChannels(task, channels).missing.map(missingSentence) : [];
}

const wayNames = { slack: 'Slack', teams: 'Teams', webhook: 'Webhook' } as const;

function missingSentence({ channel, name, isClosed }: MissingChannel): string {
  const why = isClosed ? 'not open to this namespace' : 'not configured';
  return `${wayNames[channel]} channel ${plainLine(name, limits.channelName)} is ${why}, so nobody is told there.`;
}
