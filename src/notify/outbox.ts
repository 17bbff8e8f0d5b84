import type { ApprovalTask, Notification } from '../api/approvaltask.ts';
import { cut } from '../api/cut.ts';
import { limits } from '../api/limits.ts';
import { instant, timestamp } from '../api/time.ts';
import type { Instant } from '../domain/approval.ts';
import { dueNotices, nextReminderAt } from './due.ts';
import type { Hash, Notice } from './notice.ts';
import type { SendResult } from './provider.ts';
import type { Reach } from './recipients.ts';

/** Wait after the first failure; it doubles with each further one. */
const firstWaitMs = 5_000;
/** The longest wait, also where a channel asks for more. */
const longestWaitMs = 3_600_000;

/** What bears on a task's outbox besides the task. */
export interface OutboxFacts {
  readonly reach: Reach;
  readonly hash: Hash;
  readonly now: Instant;
  /** At least 0, less than 1: keeps many failures from returning in one instant. */
  readonly random: () => number;
  /** Results of this process that are not in the status yet, by notice id. */
  readonly results: ReadonlyMap<string, SendResult>;
  /** Ids that this process is sending. An `attempting` record that is not among them was left by a crash. */
  readonly underWay: ReadonlySet<string>;
}

/** The next state of a task's outbox. */
export interface Outbox {
  /** The whole of `status.notifications`, sorted by id. */
  readonly records: readonly Notification[];
  /** To be sent once `records` is written: each is `attempting` there. */
  readonly send: readonly Notice[];
  /** When to look again without any event, if ever. */
  readonly lookAgainAt?: Instant;
}

/**
 * Moves each notice on:
 *
 *     (due) ──► attempting ──► sent
 *                 ▲   │  └───► failed     refused for good
 *    time, or a   │   ▼
 *    crash        └─ waiting ◄─► dropped  not worth sending, unless who is asked changes back
 *
 * `attempting` is written before anything is sent, so that after a crash a notice is sent again, under the same id,
 * rather than never. Records of earlier attempts are left out.
 */
export function advance(task: ApprovalTask, facts: OutboxFacts): Outbox {
  const due = new Map(dueNotices(task, facts.now, facts).map((notice) => [notice.id, notice]));
  const attempt = task.status?.attempt ?? 1;
  const stored = (task.status?.notifications ?? [])
    .filter((record) => record.attempt === attempt)
    .filter((record) => !isSuperseded(record, due, facts));
  const known = new Set(stored.map((record) => record.id));
  const unknown = [...due.values()].filter((notice) => !known.has(notice.id));
  const recorded = withRoom(stored, due, limits.notifications - unknown.length);
  const fresh = unknown.slice(0, limits.notifications - recorded.length).map(unsent);
  const records = [...recorded, ...fresh]
    .map((record) => settleResult(record, facts))
    .map((record) => next(record, due.has(record.id), facts))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .map(withFewErrors());
  const send = records.flatMap((record) => {
    const notice = due.get(record.id);
    return record.state === 'attempting' && !facts.underWay.has(record.id) && notice !== undefined
      ? [notice]
      : [];
  });
  // Whoever was told of nothing is reminded of nothing, and a look costs something where thousands wait.
  const reminder = records.length === 0 ? undefined : nextReminderAt(task, facts.now, facts.reach);
  const times = records.flatMap(({ nextTime }) => (nextTime === undefined ? [] : [instant(nextTime)]));
  if (reminder !== undefined) times.push(reminder);
  return { records, send, ...(times.length > 0 && { lookAgainAt: Math.min(...times) }) };
}

/** A reminder gives way to the next, and what a system was told to what it is told next: one record tells how far it got. */
function isSuperseded(
  record: Notification,
  due: ReadonlyMap<string, Notice>,
  { underWay }: OutboxFacts,
): boolean {
  if (due.has(record.id) || underWay.has(record.id)) return false;
  const { kind, channel, target } = record;
  if (channel === 'webhook')
    return [...due.values()].some((notice) => notice.channel === channel && notice.target === target);
  return kind === 'reminder' && [...due.values()].some((notice) => notice.kind === 'reminder');
}

/**
 * Records of people who are not asked any more make room for those who are, where a directory changed much meanwhile. Who
 * is asked again after that is mailed again.
 */
function withRoom(
  records: readonly Notification[],
  due: ReadonlyMap<string, Notice>,
  most: number,
): readonly Notification[] {
  let surplus = records.length - most;
  return records.filter((record) => {
    const goes = surplus > 0 && !due.has(record.id) && isOver(record, false);
    if (goes) surplus -= 1;
    return !goes;
  });
}

function unsent({ id, kind, channel, target, attempt, ordinal }: Notice): Notification {
  const record = { id, kind, channel, attempt, state: 'waiting', attempts: 0 } as const;
  return { ...record, ...(target !== undefined && { target }), ...(ordinal > 1 && { ordinal }) };
}

/** Takes in what a send came to. Only an attempt can end in a result; what was sent stays sent. */
function settleResult(record: Notification, facts: OutboxFacts): Notification {
  const result = facts.results.get(record.id);
  if (result === undefined || record.state !== 'attempting') return record;
  const { nextTime: _planned, lastError: _before, ...rest } = record;
  if (result.kind === 'sent')
    return { ...rest, state: 'sent', ...(result.ref !== undefined && { ref: result.ref }) };
  const lastError = cut(result.why, limits.contextName);
  if (result.kind === 'permanent') return { ...rest, state: 'failed', lastError };
  const wait = Math.max(
    backoff(record.attempts, facts.random()),
    Math.min(result.afterMs ?? 0, longestWaitMs),
  );
  // Stored times have whole seconds; rounded up, so that a channel's own wait is never shortened.
  return { ...rest, state: 'waiting', nextTime: timestamp(facts.now + wait + 999), lastError };
}

/** Between half of the doubled wait and the whole of it. */
function backoff(attempts: number, random: number): number {
  return Math.min(firstWaitMs * 2 ** (attempts - 1), longestWaitMs) * (0.5 + random / 2);
}

/** Keeps what the first ones say, so that a status does not grow with every recipient of a dead channel. */
function withFewErrors(): (record: Notification) => Notification {
  let said = 0;
  return (record) => {
    const { lastError, ...rest } = record;
    if (lastError !== undefined) said += 1;
    return said > limits.noticeErrors ? rest : record;
  };
}

function isOver({ state }: Notification, due: boolean): boolean {
  return state === 'sent' || state === 'failed' || (state === 'dropped' && !due);
}

function next(record: Notification, due: boolean, facts: OutboxFacts): Notification {
  if (isOver(record, due)) return record;
  if (facts.underWay.has(record.id) && !facts.results.has(record.id)) return record;
  const { nextTime, ...rest } = record;
  if (!due) return { ...rest, state: 'dropped' };
  if (record.state === 'waiting' && nextTime !== undefined && instant(nextTime) > facts.now) return record;
  return { ...rest, state: 'attempting', attempts: record.attempts + 1, lastTime: timestamp(facts.now) };
}
