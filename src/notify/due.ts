import type { ApprovalTask, Notification } from '../api/approvaltask.ts';
import { instant } from '../api/time.ts';
import type { Instant, Outcome } from '../domain/approval.ts';
import { earlierEnd } from '../domain/deadline.ts';
import { sameEntry } from '../domain/entry.ts';
import { namedChannels } from './named.ts';
import { identified, type Hash, type Notice, type NoticeKind, type Owed } from './notice.ts';
import {
  addressed,
  firstOfFourEyes,
  isWayTold,
  responsesOf,
  waysTo,
  type Reach,
  type Way,
} from './recipients.ts';
import { reminderTimes } from './reminders.ts';
import { systemNotices } from './systemnotices.ts';

/** Requests are worth sending until the request is settled, its deadline has passed, or this long. */
export const requestWindowMs = 7 * 86_400_000;
/** How it ended is worth telling this long. */
export const closingWindowMs = 86_400_000;

/** Who is told, and how notices get their ids. */
export interface Telling {
  readonly reach: Reach;
  readonly hash: Hash;
  /** Ids of notices that this process is sending: what becomes of them is known soon. Absent: none. */
  readonly underWay?: ReadonlySet<string>;
}

/** Whether a request for an answer still means something to its reader. */
export function isDue(task: ApprovalTask, now: Instant): boolean {
  const { status, metadata } = task;
  if (status?.status !== 'pending' || status.outcome !== undefined || status.startTime === undefined)
    return false;
  if (metadata.deletionTimestamp !== undefined) return false;
  if (status.deadline !== undefined && now >= instant(status.deadline)) return false;
  return now < askedAt(task) + requestWindowMs;
}

/** When those who are asked now were asked: at the begin of the attempt, or of its second step. */
function askedAt(task: ApprovalTask): Instant {
  return instant(firstOfFourEyes(task)?.time ?? task.status?.startTime ?? task.metadata.creationTimestamp);
}

/** A run that was changed while it waited is told of as one that was cancelled: nobody needs to decide any more. */
const closingKinds: Readonly<Record<Outcome, NoticeKind>> = {
  approved: 'decided',
  rejected: 'decided',
  timedOut: 'timedOut',
  cancelled: 'cancelled',
  invalid: 'cancelled',
};

/** The kind that tells how a task ended, while that is worth telling; undefined where it is not. */
function closingKind({ status, metadata }: ApprovalTask, now: Instant): NoticeKind | undefined {
  if (status?.completionTime === undefined || metadata.deletionTimestamp !== undefined) return undefined;
  if (now >= instant(status.completionTime) + closingWindowMs) return undefined;
  return status.outcome && closingKinds[status.outcome];
}

/** Every request for an answer that the task's present attempt and step call for, whether it is worth sending or not. */
export function requestsOf(task: ApprovalTask, { reach, hash }: Telling): readonly Notice[] {
  return addressed(task, reach).map((one) => identified(task, { ...one, ordinal: 1 }, hash));
}

/**
 * Everything that is to be sent now or later, unless progress says that it was: computed from the task alone, so that
 * nothing is lost and nothing has to be remembered but progress.
 */
export function dueNotices(task: ApprovalTask, now: Instant, how: Telling): readonly Notice[] {
  const closing = closingKind(task, now);
  const isAsking = isDue(task, now);
  return [
    ...(isAsking ? asking(task, now, how) : []),
    ...(closing === undefined ? [] : closings(task, closing, how)),
    ...(isAsking || closing !== undefined ? systemNotices(task, closing, how) : []),
  ];
}

/** When the next reminder falls due, if one does. */
export function nextReminderAt(task: ApprovalTask, now: Instant, reach: Reach): Instant | undefined {
  return isDue(task, now) ? timesOf(task, reach).find((at) => at > now) : undefined;
}

/** Counted to what people are shown as the end: our deadline, or that of the pipeline run where it comes first. */
function timesOf(task: ApprovalTask, { reminders, runEndsAt }: Reach): readonly Instant[] {
  const deadline = task.status?.deadline;
  const own = deadline === undefined ? undefined : instant(deadline);
  return reminderTimes(askedAt(task), earlierEnd(own, runEndsAt?.(task))?.at, reminders);
}

function asking(task: ApprovalTask, now: Instant, how: Telling): readonly Notice[] {
  const requests = [...requestsOf(task, how), ...channelRequests(task, how)];
  const told = requests.filter((request) => isWayTold(request, request.kind, how.reach));
  const ordinal = timesOf(task, how.reach).filter((at) => at <= now).length;
  return ordinal === 0 ? told : [...told, ...remindersOf(task, { requests: told, ordinal, how })];
}

/** For those whom the request reached, and who have not answered. */
function remindersOf(
  task: ApprovalTask,
  { requests, ordinal, how }: { requests: readonly Notice[]; ordinal: number; how: Telling },
): readonly Notice[] {
  const answered = task.spec.strategy === 'MULTI' ? responsesOf(task).map(({ entry }) => entry) : [];
  return requests
    .filter(({ id }) => isSent(task, id))
    .filter(({ recipient }) => !answered.some((entry) => sameEntry(entry, recipient?.entry ?? '')))
    .map((request) => identified(task, { ...request, kind: 'reminder', ordinal }, how.hash))
    .filter((reminder) => isWayTold(reminder, reminder.kind, how.reach));
}

function channelRequests(task: ApprovalTask, how: Telling): readonly Notice[] {
  const isSecond = firstOfFourEyes(task) !== undefined;
  const kind = isSecond ? 'secondStepRequested' : 'requested';
  return toTeams(task, { kind, step: isSecond ? 2 : 1 }, how);
}

/** One notice to each channel of a team that the request is told to. */
function toTeams(task: ApprovalTask, what: Pick<Owed, 'kind' | 'step'>, how: Telling): readonly Notice[] {
  return namedChannels(task, how.reach.channels)
    .configured.filter((one) => one.channel !== 'webhook')
    .map(({ channel, name }) => {
      const attempt = task.status?.attempt ?? 1;
      const owed = { ...what, channel, target: name, attempt, ordinal: 1, address: '', place: 0 };
      return identified(task, owed, how.hash);
    });
}

/** Told to those who were asked, to whoever started the run, and to the channels. */
function closings(task: ApprovalTask, kind: NoticeKind, how: Telling): readonly Notice[] {
  const { reach, hash } = how;
  const people = closingsOfAsked(task, kind, how).filter(isFirstMail);
  const isToldAlready = (address: string): boolean => people.some((one) => sameEntry(one.address, address));
  const attempt = task.status?.attempt ?? 1;
  const requester = requesterWays(task, reach)
    .filter(({ address }) => !isToldAlready(address))
    .map((way) => {
      const owed = { ...way, kind, attempt, step: 1, ordinal: 1, place: 0, isRequester: true } as const;
      return identified(task, owed, hash);
    });
  return [...people, ...requester, ...toTeams(task, { kind, step: 1 }, how)].filter((one) =>
    isWayTold(one, one.kind, reach),
  );
}

/** One mail tells the end to whoever was asked more than once; of messages in chat each is to be changed. */
function isFirstMail({ channel, address }: Notice, index: number, all: readonly Notice[]): boolean {
  if (channel !== 'mail') return true;
  return all.findIndex((one) => one.channel === channel && sameEntry(one.address, address)) === index;
}

/**
 * Whoever started the run, confirmed or not: told how it ended, and nothing by which anything could be answered. None where
 * it is not known who that is.
 */
function requesterWays({ metadata, spec }: ApprovalTask, reach: Reach): readonly Way[] {
  const { name, certainty } = spec.requester;
  return certainty === 'unknown' ? [] : waysTo({ entry: name }, reach, metadata.namespace ?? '');
}

/** One for each way by which somebody was asked in this attempt, be it in the second step alone. */
function closingsOfAsked(task: ApprovalTask, kind: NoticeKind, how: Telling): readonly Notice[] {
  const attempt = task.status?.attempt ?? 1;
  const everybody: ApprovalTask = { ...task, status: { ...task.status, attempt, responses: [] } };
  return requestsOf(everybody, how).flatMap((request) => {
    const second = identified(task, { ...request, kind: 'secondStepRequested', step: 2 }, how.hash);
    const closing = identified(task, { ...request, kind }, how.hash);
    // By a way that is told no requests, everybody who is listed was asked otherwise.
    const isOnlyTold = !isWayTold(request, request.kind, how.reach);
    const wasAsked = isOnlyTold || [request, second].some(({ id }) => mayHaveReached(task, id, how));
    // Records of requests make room for others; one of a closing notice tells as well that there was a request.
    return wasAsked || recordOf(task, closing.id) !== undefined ? [closing] : [];
  });
}

/**
 * Whether a request was sent or may have been: a crash, or a server's yes that came too late, hides that it was, and its
 * reader would wait for the end in vain. One that was refused for good reached nobody.
 */
function mayHaveReached(task: ApprovalTask, id: string, { underWay }: Telling): boolean {
  const { attempts = 0, state } = recordOf(task, id) ?? {};
  return attempts > 0 && state !== 'failed' && (state !== 'attempting' || underWay?.has(id) !== true);
}

function recordOf(task: ApprovalTask, id: string): Notification | undefined {
  return task.status?.notifications?.find((record) => record.id === id);
}

function isSent(task: ApprovalTask, id: string): boolean {
  return recordOf(task, id)?.state === 'sent';
}
