import type { ApprovalTask, Notification } from '../../api/approvaltask.ts';
import { instant } from '../../api/time.ts';
import { strategies, type Instant, type Strategy } from '../../domain/approval.ts';
import { firstOfFourEyes } from '../../notify/recipients.ts';
import { noticeChannels, undeliveredStates } from './work.ts';

type Channel = (typeof noticeChannels)[number];
type State = (typeof undeliveredStates)[number];

interface Waiting {
  count: number;
  oldestMs: number;
}

interface Undelivered {
  readonly byState: Map<State, number>;
  oldestMs: number;
}

/** What waits, as far as the cache tells. Ages are in milliseconds; 0 where nothing waits. */
export interface Backlog {
  readonly pending: ReadonlyMap<Strategy, Readonly<Waiting>>;
  /** Tasks that wait although their deadline has clearly passed. */
  readonly overdue: number;
  readonly undelivered: ReadonlyMap<Channel, Readonly<Undelivered>>;
}

/** Two seconds are for answers that come late, the rest for a leader that is just being replaced. */
const overdueAfterMs = 30_000;

/** Looks at every task once. What a status holds besides the known words is left out: labels are made of it. */
export function backlogOf(tasks: readonly ApprovalTask[], now: Instant): Backlog {
  const pending = new Map(strategies.map((strategy) => [strategy, { count: 0, oldestMs: 0 }]));
  const undelivered = new Map(noticeChannels.map((channel) => [channel, nothingUndelivered()]));
  let overdue = 0;
  for (const task of tasks) {
    const waiting = task.status?.status === 'pending' ? pending.get(task.spec.strategy) : undefined;
    if (waiting === undefined) continue;
    waiting.count += 1;
    waiting.oldestMs = Math.max(waiting.oldestMs, now - instant(task.metadata.creationTimestamp));
    if (isOverdue(task, now)) overdue += 1;
    addNotices(task, now, undelivered);
  }
  return { pending, overdue, undelivered };
}

function nothingUndelivered(): Undelivered {
  return { byState: new Map(undeliveredStates.map((state) => [state, 0])), oldestMs: 0 };
}

function isOverdue({ status }: ApprovalTask, now: Instant): boolean {
  return status?.deadline !== undefined && now > instant(status.deadline) + overdueAfterMs;
}

function addNotices(task: ApprovalTask, now: Instant, sums: ReadonlyMap<Channel, Undelivered>): void {
  const attempt = task.status?.attempt ?? 1;
  for (const record of task.status?.notifications ?? []) {
    const found = record.attempt === attempt ? lookUp(record, sums) : undefined;
    if (found === undefined) continue;
    const { sum, state } = found;
    sum.byState.set(state, (sum.byState.get(state) ?? 0) + 1);
    if (isTried(state)) sum.oldestMs = Math.max(sum.oldestMs, now - owedSince(task, record, now));
  }
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
function isTried(state: State): boolean {
  return state === 'waiting' || state === 'attempting';
}

/** A first notice is owed since the attempt began, that of a second step since the first person answered. */
function owedSince(task: ApprovalTask, { kind }: Notification, now: Instant): Instant {
  const first = kind === 'secondStepRequested' ? firstOfFourEyes(task)?.time : undefined;
  const since = first ?? task.status?.startTime;
  return since === undefined ? now : instant(since);
}
