import type { ApprovalTask } from '../api/approvaltask.ts';
import { channelKey, isOpenTo, type ChannelKind, type Channels } from '../api/channels.ts';
import { limits } from '../api/limits.ts';
import { isAddress } from '../api/parameters/entry.ts';
import { termsOf } from '../api/storedapproval.ts';
import type { Instant, Terms } from '../domain/approval.ts';
import {
  knownPerson,
  membersOf,
  personNamed,
  type Directory,
  type KnownPerson,
} from '../domain/directory.ts';
import { asksGroups, slots } from '../domain/eligibility.ts';
import { mayBe } from '../domain/person.ts';
import { membersAsked, answersAs, type Recipient } from '../domain/recipient.ts';
import { isTold, namedChannels } from './named.ts';
import type { Notice, NoticeKind } from './notice.ts';
import type { Reminders } from './reminders.ts';

/** What the install decides about who is told of what, and how. */
export interface Reach {
  /** False where no mail server is configured. */
  readonly mail: boolean;
  /** What is mailed; absent: every kind. */
  readonly mailKinds?: readonly ChannelKind[] | undefined;
  /** Domains that may be mailed, subdomains not included; empty: all. */
  readonly allowedDomains: readonly string[];
  /** Who is who, and by which address. */
  readonly directory: Directory;
  readonly channels: Channels;
  readonly reminders: Reminders;
  /** When a task's PipelineRun ends by itself, where that is known; absent: of none. */
  readonly runEndsAt?: (task: ApprovalTask) => Instant | undefined;
}

/** The address at which a recipient may be mailed: the entry's own, else the person's first; undefined: none. */
export function addressFor(recipient: Recipient, reach: Reach): string | undefined {
  const name = answersAs(recipient);
  const address = isAddress(name) ? name : knownPerson(personNamed(reach.directory, name))?.emails[0];
  return address !== undefined && isAllowed(address, reach) ? address : undefined;
}

function isAllowed(address: string, { mail, allowedDomains }: Reach): boolean {
  if (!mail || !isAddress(address)) return false;
  const domain = address.slice(address.indexOf('@') + 1).toLowerCase();
  return allowedDomains.length === 0 || allowedDomains.some((allowed) => allowed.toLowerCase() === domain);
}

/** A way to one person. */
export type Way = Pick<Notice, 'channel' | 'address' | 'target'>;

/** Somebody who is asked, and where. */
type Reached = Pick<Notice, 'place'> & Way & { readonly recipient: Recipient };

/**
 * Every way to a recipient of a request of that namespace: by mail, and by the Slack apps that may write for it to people
 * whose id the directory knows.
 */
export function waysTo(recipient: Recipient, reach: Reach, namespace: string): readonly Way[] {
  const address = addressFor(recipient, reach);
  const person = knownPerson(personNamed(reach.directory, answersAs(recipient)));
  return [
    ...(address === undefined ? [] : [{ channel: 'mail', address } as const]),
    ...chatsOf(person, reach, namespace),
  ];
}

/** Whether this is told by that way. What a channel is told holds for its direct messages as well. */
export function isWayTold({ channel, target = '' }: Way, kind: NoticeKind, reach: Reach): boolean {
  const { mailKinds, channels } = reach;
  const kinds = channel === 'mail' ? mailKinds : channels[channel].get(channelKey(target))?.kinds;
  return isTold({ channel, kinds }, kind);
}

/** The direct messages by which a person is reached. */
function chatsOf(person: KnownPerson | undefined, { channels }: Reach, namespace: string): readonly Way[] {
  return (person?.chat ?? []).flatMap(({ channel, id }) => {
    const app = channels.slack.get(channelKey(channel));
    const isDirect = app !== undefined && 'botToken' in app && app.directMessages;
    return isDirect && isOpenTo(app, namespace)
      ? [{ channel: 'slack', target: app.name, address: id } as const]
      : [];
  });
}

/** No request is sent to more people than a list may have entries: a group beyond that is told by others. */
const mostReached = limits.people;
/** Nor by more ways: with a reminder for each there are still records for every channel. Beyond that mail is enough. */
const mostWays = 150;

/** What of a request says whom it asks. */
type Asked = Pick<ApprovalTask, 'metadata' | 'spec'>;

/**
 * Everybody to whom a request can be sent, in the order of the list. A group that the directory knows is asked member by
 * member, each by a link of their own; who is in several is asked once where one answer is all that can be given.
 */
function reached({ metadata, spec }: Asked, reach: Reach): readonly Reached[] {
  const terms = termsOf(spec);
  const { namespace = '' } = metadata;
  const found: Reached[] = [];
  let people = 0;
  for (const [index, entry] of slots(terms).entries()) {
    const added = recipientsFor(terms, entry, reach)
      .filter(
        (one) => terms.strategy === 'MULTI' || !found.some(({ recipient }) => isOneMember(recipient, one)),
      )
      .map((recipient) =>
        waysTo(recipient, reach, namespace).map((way) => ({ recipient, place: index + 1, ...way })),
      )
      .filter((ways) => ways.length > 0);
    if (people + added.length > mostReached) continue;
    people += added.length;
    const isRoom = found.length + added.flat().length <= mostWays;
    found.push(...added.flatMap((ways) => (isRoom ? ways : ways.slice(0, 1))));
  }
  return found;
}

function isOneMember(one: Recipient, other: Recipient): boolean {
  return one.member !== undefined && one.member === other.member;
}

function recipientsFor(terms: Terms, entry: string, { directory }: Reach): readonly Recipient[] {
  const isKnown = asksGroups(terms) && membersOf(directory, entry) !== undefined;
  return isKnown ? membersAsked(terms, entry, directory) : [{ entry }];
}

/**
 * Listed entries that count, to whom nothing can be sent: they are told by somebody else, and answer by kubectl. A group is
 * reached where one of its members can be, be it as a member of another group; everybody is where a channel of a team is
 * told who is asked.
 */
export function unreachable(task: Asked, reach: Reach): readonly string[] {
  const isTeamTold = namedChannels(task, reach.channels).configured.some(
    (one) => one.channel !== 'webhook' && isTold(one, 'requested'),
  );
  if (isTeamTold) return [];
  const terms = termsOf(task.spec);
  const asks = (way: Way): boolean => isWayTold(way, 'requested', reach);
  const all = reached(task, reach).filter(asks);
  const entries = new Set(all.map(({ recipient }) => recipient.entry));
  const told = new Set(all.map(({ recipient }) => recipient.member));
  const isToldElsewhere = (entry: string): boolean => {
    const members = membersAsked(terms, entry, reach.directory).filter((one) =>
      waysTo(one, reach, task.metadata.namespace ?? '').some(asks),
    );
    return members.length > 0 && members.every(({ member }) => told.has(member));
  };
  return slots(terms).filter((entry) => !entries.has(entry) && !isToldElsewhere(entry));
}

type Addressed = Reached & Pick<Notice, 'kind' | 'step' | 'attempt'>;

/**
 * Everyone who is asked in the task's present attempt and step. The second step of FOUR_EYES asks the pool without the
 * person who answered first, under any name that would be refused as the same person; a group that only shares a mailbox
 * is asked again, for its other members.
 */
export function addressed(task: ApprovalTask, reach: Reach): readonly Addressed[] {
  const attempt = task.status?.attempt ?? 1;
  const all = reached(task, reach).map((one) => ({ ...one, attempt }));
  const first = firstOfFourEyes(task);
  if (first === undefined) return all.map((one) => ({ ...one, kind: 'requested', step: 1 }));
  const earlier = { ...first, identity: { ...first.identity, groups: [] } };
  const isGroup = ({ member }: Recipient): boolean => member === undefined && asksGroups(termsOf(task.spec));
  return all
    .filter(({ recipient }) => isGroup(recipient) || !mayBe(answersAs(recipient), earlier, reach.directory))
    .map((one) => ({ ...one, kind: 'secondStepRequested', step: 2 }));
}

export type StoredResponse = NonNullable<NonNullable<ApprovalTask['status']>['responses']>[number];

/** What was answered in the task's present attempt, in order. */
export function responsesOf(task: ApprovalTask): readonly StoredResponse[] {
  const attempt = task.status?.attempt ?? 1;
  return (task.status?.responses ?? []).filter((response) => response.attempt === attempt);
}

/** The first approval of a FOUR_EYES task in its present attempt. */
export function firstOfFourEyes(task: ApprovalTask): StoredResponse | undefined {
  if (task.spec.strategy !== 'FOUR_EYES') return undefined;
  return responsesOf(task).find(({ decision }) => decision === 'approve');
}
