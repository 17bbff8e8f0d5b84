import type { Approval, Instant, Response } from '../domain/approval.ts';
import { awaiting } from '../domain/awaiting.ts';
import { nobodyKnown, type Directory } from '../domain/directory.ts';
import { results, type Results } from '../domain/results.ts';
import type { ApprovalTask, ApprovalTaskStatus } from './approvaltask.ts';
import { transition, type NewCondition } from './condition.ts';
import { cut } from './cut.ts';
import { limits } from './limits.ts';
import { conditionTypes, reasons, type Reason } from './names.ts';
import { storeApproval, termsOf } from './storedapproval.ts';
import { timestamp } from './time.ts';

/** The stored status without what other writers own, in the form of `renderTaskStatus`. */
export function ownedStatus(status: ApprovalTaskStatus | undefined): ApprovalTaskStatus {
  const { notifications: _theirs, conditions, ...own } = status ?? {};
  const ours = conditions?.filter(({ type }) => type !== conditionTypes.notificationsDelivered);
  return { ...own, ...(ours !== undefined && { conditions: ours }) };
}

/** What a task's status is rendered from. */
export interface TaskRendering {
  readonly task: ApprovalTask;
  readonly approval: Approval;
  /** Token-free page of the task. */
  readonly approvalUrl: string;
  /** Listed people whom no channel reaches. */
  readonly unreachable: readonly string[];
  /** Head of the chain over the counted responses. */
  readonly auditDigest: string;
  /** Who is who. */
  readonly directory: Directory;
  /** What bears on the answers, where there is something to say of it. */
  readonly circumstances: readonly NewCondition[];
  readonly now: Instant;
}

/** The whole status that the controller owns: all but `notifications` and its condition, which are the notifier's. */
export function renderTaskStatus(rendering: TaskRendering): ApprovalTaskStatus {
  const { task, approval, now } = rendering;
  const terms = termsOf(task.spec);
  const { conditions } = task.status ?? {};
  const settled = approval.outcome !== undefined;
  const awaited = awaiting(terms, approval, rendering.directory);
  const message = cut(taskMessage(task, approval, awaited), limits.message);
  const { status, reason } = taskCondition(approval);
  const succeeded = transition(conditions, { type: conditionTypes.succeeded, status, reason, message }, now);
  const others = rendering.circumstances.map((condition) => transition(conditions, condition, now));
  return {
    ...storeApproval(approval),
    ...(settled
      ? settledFields(rendering, reason)
      : { status: 'pending', approvalUrl: rendering.approvalUrl }),
    message,
    awaiting: [...awaited],
    unreachable: [...rendering.unreachable],
    auditDigest: rendering.auditDigest,
    observedGeneration: task.metadata.generation ?? 1,
    conditions: [succeeded, ...others],
  };
}

/** What existing users' scripts read of a settled task: the URL becomes empty, the results appear. */
function settledFields({ task, approval, auditDigest }: TaskRendering, reason: Reason): ApprovalTaskStatus {
  const settledResults = results(termsOf(task.spec), approval, auditDigest);
  return { status: 'completed', reason, approvalUrl: '', results: compatibleResults(settledResults) };
}

function compatibleResults(all: Results): NonNullable<ApprovalTaskStatus['results']> {
  const { decision, comment, approvedBy, rejectedBy } = all;
  return { decision, comment, approvedBy, rejectedBy };
}

const settledReasons = {
  approved: reasons.approved,
  rejected: reasons.rejected,
  timedOut: reasons.timedOut,
  cancelled: reasons.cancelled,
  invalid: reasons.specDrift,
} as const satisfies Record<NonNullable<Approval['outcome']>, Reason>;

/** The reason that a settled approval has on both objects. */
export function settledReason(outcome: NonNullable<Approval['outcome']>): Reason {
  return settledReasons[outcome];
}

function taskCondition(approval: Approval): { status: NewCondition['status']; reason: Reason } {
  if (approval.outcome === undefined) return { status: 'Unknown', reason: reasons.waiting };
  return {
    status: approval.outcome === 'approved' ? 'True' : 'False',
    reason: settledReasons[approval.outcome],
  };
}

/**
 * One sentence on where the approval stands, for the task and for its run. Who is awaited is what the task's status says,
 * unless it is given.
 */
export function taskMessage(task: ApprovalTask, approval: Approval, awaited?: readonly string[]): string {
  if (approval.outcome === undefined)
    return waitingMessage(task, approval, awaited ?? storedAwaiting(task, approval));
  const names = (decision: Response['decision']): string => namesOf(approval, decision);
  switch (approval.outcome) {
    case 'approved':
      return `Approved by ${names('approve')}.`;
    case 'rejected':
      return `Rejected by ${names('reject')}.`;
    case 'timedOut':
      return `It was not settled by ${approval.deadline === undefined ? 'the deadline' : timestamp(approval.deadline)}.`;
    case 'cancelled':
    case 'invalid':
      return approval.because ?? 'Ended without a decision.';
  }
}

function namesOf({ responses, attempt }: Approval, decision: Response['decision']): string {
  return responses
    .filter((response) => response.attempt === attempt && response.decision === decision)
    .map((response) => response.person)
    .join(', ');
}

/** Before any status was written nobody has answered, and so it does not matter who is who. */
function storedAwaiting({ spec, status }: ApprovalTask, approval: Approval): readonly string[] {
  return status?.awaiting ?? awaiting(termsOf(spec), approval, nobodyKnown);
}

function waitingMessage(task: ApprovalTask, approval: Approval, who: readonly string[]): string {
  const shown = who.slice(0, 5).join(', ') + (who.length > 5 ? ` and ${String(who.length - 5)} more` : '');
  const until = approval.deadline === undefined ? '' : ` until ${timestamp(approval.deadline)}`;
  return `Waiting for ${howMany(task, approval, who.length)}${shown}${until}.`;
}

/** How many of those who are awaited it takes, in front of their names. */
function howMany(task: ApprovalTask, approval: Approval, awaited: number): string {
  const one = awaited > 1 ? 'one of ' : '';
  const isFirst = !approval.responses.some((response) => response.attempt === approval.attempt);
  return {
    SINGLE: one,
    MULTI: awaited > 1 ? 'all of ' : '',
    FOUR_EYES: isFirst ? 'two different people of ' : `a second person: ${one}`,
  }[task.spec.strategy];
}
