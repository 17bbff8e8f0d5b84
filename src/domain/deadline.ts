import type { Approval, Instant, Submission, Terms } from './approval.ts';
import { refused, type Refused } from './refusal.ts';

const second = 1_000;

/** When an attempt that begins at `startTime` and may last `timeoutMs` ends: whole seconds, rounded up. */
export function deadlineAfter(startTime: Instant, timeoutMs: number): Instant {
  return Math.ceil((startTime + timeoutMs) / second) * second;
}

/** The earlier of a request's own deadline and the end of its PipelineRun, and whose it is. */
export interface End {
  readonly at: Instant;
  readonly by: 'request' | 'pipelineRun';
}

/**
 * When a request stops waiting: at the end of its PipelineRun only where that is before its own deadline. Undefined
 * where neither has a limit.
 */
export function earlierEnd(own: Instant | undefined, pipelineRun: Instant | undefined): End | undefined {
  if (pipelineRun !== undefined && (own === undefined || pipelineRun < own))
    return { at: pipelineRun, by: 'pipelineRun' };
  return own === undefined ? undefined : { at: own, by: 'request' };
}

/**
 * The attempt after one that ended by its deadline. Its clock starts when that end was concluded, however long ago the
 * deadline was, so that people always have the whole time. Older links die. Older responses stay on record and no
 * longer count.
 */
export function nextAttempt(approval: Approval, terms: Terms, concludedAt: Instant): Approval {
  const { attempt, startTime, deadline = concludedAt, responses, linkGeneration } = approval;
  return {
    attempt: attempt + 1,
    ...clock(concludedAt, terms),
    responses,
    pastAttempts: [...approval.pastAttempts, { attempt, startTime, deadline, completionTime: concludedAt }],
    linkGeneration: linkGeneration + 1,
  };
}

function clock(startTime: Instant, { timeoutMs }: Terms): Pick<Approval, 'startTime' | 'deadline'> {
  return timeoutMs === undefined
    ? { startTime }
    : { startTime, deadline: deadlineAfter(startTime, timeoutMs) };
}

/** What bears on time: an attempt that runs or has ended. */
type Attempt = Pick<Approval, 'attempt' | 'startTime' | 'deadline'>;

/** Refuses an answer to another attempt than the current one, and one after its deadline. */
export function refuseUntimely(submission: Submission, approval: Approval): Refused | undefined {
  const { proof, createdAt } = submission;
  if (proof.kind === 'sealed' && proof.linkGeneration < approval.linkGeneration) return refused('superseded');
  if (submission.attempt !== undefined) return refuseNamedAttempt(submission.attempt, createdAt, approval);
  if (holds(approval, createdAt)) return undefined;
  return refused(approval.pastAttempts.some((past) => holds(past, createdAt)) ? 'superseded' : 'late');
}

/** An answer made before its attempt began is refused whenever it is looked at, so that batching cannot matter. */
function refuseNamedAttempt(attempt: number, createdAt: Instant, approval: Approval): Refused | undefined {
  if (attempt !== approval.attempt || !hasBegun(approval, createdAt)) {
    return refused(
      'superseded',
      `It names attempt ${attempt}; attempt ${approval.attempt} is the current one.`,
    );
  }
  return hasEnded(approval, createdAt) ? refused('late') : undefined;
}

function holds(attempt: Attempt, instant: Instant): boolean {
  return hasBegun(attempt, instant) && !hasEnded(attempt, instant);
}

/**
 * Creation times have whole seconds, so the second in which an attempt begins is inside. The first attempt has always
 * begun: an answer names the task's uid, so it cannot be older than the task, even where the clocks of two API servers
 * say so.
 */
function hasBegun({ attempt, startTime }: Attempt, instant: Instant): boolean {
  return attempt === 1 || Math.floor(startTime / second) * second <= instant;
}

function hasEnded({ deadline }: Attempt, instant: Instant): boolean {
  return deadline !== undefined && instant >= deadline;
}
