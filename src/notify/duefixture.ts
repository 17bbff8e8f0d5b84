import type { ApprovalTask, ApprovalTaskStatus, Notification } from '../api/approvaltask.ts';
import { readChannels } from '../api/channelsdocument.ts';
import { timestamp } from '../api/time.ts';
import { directoryOf } from '../domain/directory.ts';
import { knownAs } from '../domain/fixture.ts';
import { dueNotices } from './due.ts';
import { everywhere, hash, start, taskOf } from './fixture.ts';
import { advance, type OutboxFacts } from './outbox.ts';
import type { Reach } from './recipients.ts';

export const minute = 60_000;
const document = readChannels({
  slack: {
    releases: { webhookUrl: 'https://hooks.slack.com/services/T0/B0/x' },
    ops: { botToken: 'xoxb-1', conversation: 'C0123456789', directMessages: true },
  },
  webhook: {
    audit: { url: 'https://audit.example.com', secrets: [`whsec_${Buffer.alloc(24).toString('base64')}`] },
  },
});
/** A webhook and an app of Slack, and a system. */
export const channels = document.ok ? document.channels : everywhere.channels;
/** Mail and all those channels, without defaults. */
export const reach: Reach = { ...everywhere, channels };
/** The same, with reminders at a quarter and at half of the time. */
export const reminding: Reach = {
  ...reach,
  reminders: { fractions: [0.25, 0.5], everyMs: 0, leastMs: minute, most: 5 },
};
/** The same, with a system that is told of everything. */
export const audited: Reach = {
  ...reach,
  channels: { ...channels, everywhere: { slack: [], teams: [], webhook: ['audit'] } },
};

/** What is due, each as kind, way and place. */
export const said = (task: ApprovalTask, now: number, how: Reach): string[] =>
  dueNotices(task, now, { reach: how, hash })
    .map((one) => `${one.kind} ${one.channel} ${one.target ?? one.address}`)
    .toSorted();

/** The task after everything that was due has been sent, as one look after the other records it. */
export function sent(task: ApprovalTask, now: number, how: Reach): ApprovalTask {
  const facts: OutboxFacts = {
    reach: how,
    hash,
    now,
    random: () => 0,
    results: new Map(),
    underWay: new Set(),
  };
  const first = advance(task, facts).records;
  const trying = recorded(task, first);
  const results = new Map(
    first.map(({ id }) => [id, { kind: 'sent', ref: `ref-${id.slice(0, 4)}` } as const]),
  );
  return recorded(task, advance(trying, { ...facts, results }).records);
}

/** The task with these records. */
export function recorded(task: ApprovalTask, records: readonly Notification[]): ApprovalTask {
  return { ...task, status: { ...task.status, notifications: [...records] } };
}

/** The task as it ended half an hour after it began. */
export function settled(task: ApprovalTask, more: Partial<ApprovalTaskStatus>): ApprovalTask {
  const status = { status: 'completed', completionTime: timestamp(start + 30 * minute), ...more } as const;
  return { ...task, status: { ...task.status, ...status } };
}

/** One person is asked, and the channel that the author names. */
export const single = taskOf({ approvers: ['ann@example.com'], notifyOnSlack: 'releases' });
/** Knows that person in a chat. */
export const directory = directoryOf({
  persons: [knownAs('ann', { emails: ['ann@example.com'], chat: [{ channel: 'OPS', id: 'U123' }] })],
  groups: [],
});
