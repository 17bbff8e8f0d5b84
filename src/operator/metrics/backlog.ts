import type { ApprovalTask, Notification } from '../../api/approvaltask.ts';
import { instant, timestamp } from '../../api/time.ts';
import { strategies, type Instant, type Strategy } from '../../domain/approval.ts';
import { firstOfFourEyes } from '../../notify/recipients.ts';
import { noticeChannels, undeliveredStates } from './work.ts';

type Channel = (typeof noticeChannels)[number];
type State = (typeof undeliveredStates)[number];

/** How many, and since when the oldest; the time is absent where there is none. */
interface Waiting {
  count: number;
  since?: string | undefined;
}

interface Undelivered {
  readonly byState: Map<State, number>;
  /** Since when the oldest that is still being tried has been owed. */
  since?: string | undefined;
}

/** What waits, as far as the cache tells. Ages are in milliseconds; 0 where nothing waits. */
export interface Backlog {
  readonly pending: ReadonlyMap<Strategy, { readonly count: number; readonly oldestMs: number }>;
  /** Tasks that wait although their deadline has clearly passed. */
  readonly overdue: number;
  readonly undelivered: ReadonlyMap<
    Channel,
    { readonly byState: ReadonlyMap<State, number>; readonly oldestMs: number }
  >;
}

/** Two seconds are for answers that come late, the rest for a leader that is just being replaced. */
const overdueAfterMs = 30_000;

/**
 * Looks at every task once. What a status holds besides the known words is left out: labels are made of it. All times
 * have one form, which compares as text: with ten thousand tasks reading them would hold up everything else.
 */
export function backlogOf(tasks: readonly ApprovalTask[], now: Instant): Backlog {
  const pending = new Map<Strategy, Waiting>(strategies.map((strategy) => [strategy, { count: 0 }]));
  const undelivered = new Map(noticeChannels.map((channel) => [channel, nothingUndelivered()]));
  const overdueBefore = timestamp(now - overdueAfterMs);
  let overdue = 0;
  for (const task of tasks) {
    const { status, metadata, spec } = task;
    if (status?.completionTime !== undefined) addNotices(task, undelivered);
    const waiting = status?.status === 'pending' ? pending.get(spec.strategy) : undefined;
    if (waiting === undefined) continue;
    waiting.count += 1;
    waiting.since = earlier(waiting.since, metadata.creationTimestamp);
    if (status?.deadline !== undefined && status.deadline < overdueBefore) overdue += 1;
    addNotices(task, undelivered);
  }
  const ageOf = (since: string | undefined): number =>
    since === undefined ? 0 : Math.max(0, now - instant(since));
  return {
    pending: mapped(pending, ({ count, since }) => ({ count, oldestMs: ageOf(since) })),
    overdue,
    undelivered: mapped(undelivered, ({ byState, since }) => ({ byState, oldestMs: ageOf(since) })),
  };
}

function mapped<K, A, B>(map: ReadonlyMap<K, A>, change: (value: A) => B): ReadonlyMap<K, B> {
  return new Map([...map].map(([key, value]) => [key, change(value)]));
}

function earlier(one: string | undefined, other: string | undefined): string | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return other < one ? other : one;
}

function nothingUndelivered(): Undelivered {
  return { byState: new Map(undeliveredStates.map((state) => [state, 0])) };
}

function addNotices(task: ApprovalTask, sums: ReadonlyMap<Channel, Undelivered>): void {
  for (const record of recordsThatCount(task)) {
    const found = lookUp(record, sums);
    if (found === undefined) continue;
    const { sum, state } = found;
    sum.byState.set(state, (sum.byState.get(state) ?? 0) + 1);
    if (isTried(state)) sum.since = earlier(sum.since, owedSince(task, record));
  }
}

/** Of a request that has ended only what is still tried: what was given up with its meaning is no failure of a channel. */
function recordsThatCount({ status }: ApprovalTask): readonly Notification[] {
  const { attempt = 1, completionTime, notifications = [] } = status ?? {};
  return notifications.filter(
    (record) => record.attempt === attempt && (completionTime === undefined || isTried(record.state)),
  );
}

/** Where a record is to be added; undefined where it was delivered, or names a channel or a state that is none. */
function lookUp(
  record: Notification,
  sums: ReadonlyMap<Channel, Undelivered>,
): { sum: Undelivered; state: State } | undefined {
  const channel = noticeChannels.find((known) => known === record.channel);
  const state = undeliveredStates.find((known) => known === record.state);
  const sum = channel && sums.get(channel);
  return sum === undefined || state === undefined ? undefined : { sum, state };
}

/** In the other states it will not be sent any more, however long one waits. */
function isTried(state: string): boolean {
  return state === 'waiting' || state === 'attempting';
}

/** A first notice is owed since the attempt began, that of a second step since the first person answered, others since the end. */
function owedSince(task: ApprovalTask, { kind }: Notification): string | undefined {
  if (task.status?.completionTime !== undefined) return task.status.completionTime;
  const first = kind === 'secondStepRequested' ? firstOfFourEyes(task)?.time : undefined;
  return first ?? task.status?.startTime;
}
