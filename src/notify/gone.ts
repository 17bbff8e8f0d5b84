import type { ApprovalTask } from '../api/approvaltask.ts';
import { timestamp } from '../api/time.ts';
import type { Instant } from '../domain/approval.ts';

const message = 'The request was deleted.';

/**
 * A request that was deleted, for those who were asked: one that waited, as if it had been cancelled then; one that had
 * ended, as it was. Undefined where nobody had been asked.
 */
export function goneTask(task: ApprovalTask, now: Instant): ApprovalTask | undefined {
  const { status } = task;
  if (status?.startTime === undefined) return undefined;
  const { deletionTimestamp: _deleted, ...metadata } = task.metadata;
  if (status.completionTime !== undefined) return { ...task, metadata };
  const completionTime = timestamp(now);
  return {
    ...task,
    metadata,
    status: { ...status, status: 'completed', outcome: 'cancelled', completionTime, message },
  };
}

/** Whether what is told of is no longer there, so that its address shows nothing. */
export function isGone({ status }: ApprovalTask): boolean {
  return status?.outcome === 'cancelled' && status.message === message;
}
