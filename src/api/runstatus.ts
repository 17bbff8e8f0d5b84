import type { Approval, Instant } from '../domain/approval.ts';
import { canonicalJson } from '../domain/canonical.ts';
import { results, resultsWithoutApproval, type Results } from '../domain/results.ts';
import type { ApprovalTask } from './approvaltask.ts';
import { transition, type NewCondition, type WrittenCondition } from './condition.ts';
import { cut } from './cut.ts';
import { limits } from './limits.ts';
import { conditionTypes, reasons, taskUidField, type Reason } from './names.ts';
import type { CustomRun, CustomRunStatus } from './tekton.ts';
import { termsOf } from './storedapproval.ts';
import { settledReason, taskMessage } from './taskstatus.ts';
import { timestamp } from './time.ts';

/** Whether Tekton takes the run as ended: its condition Succeeded is True or False. */
export function isDone(run: { status?: { conditions?: { type: string; status: string }[] } }): boolean {
  const condition = run.status?.conditions?.find(({ type }) => type === conditionTypes.succeeded);
  return condition?.status === 'True' || condition?.status === 'False';
}

/** The uid of the run's task, once it was written to the run. */
export function taskUidOf(run: CustomRun): string | undefined {
  const uid = run.status?.extraFields?.[taskUidField];
  return typeof uid === 'string' ? uid : undefined;
}

/**
 * Status of a run that ended, or waits, without an approval of its own: a mistake in its parameters, a name that is
 * taken. One that ended has all results, because a task that refers to a missing one is not skipped but fails, and a
 * finally task is skipped (tektoncd/pipeline pkg/reconciler/pipelinerun/resources/pipelinerunresolution.go).
 */
export function renderRunWithoutTask(
  run: CustomRun,
  condition: Omit<NewCondition, 'type'>,
  now: Instant,
): CustomRunStatus {
  const done = condition.status !== 'Unknown';
  return {
    conditions: [succeeded(run, condition, now)],
    startTime: run.status?.startTime ?? timestamp(now),
    ...(done && {
      completionTime: timestamp(now),
      results: named(
        resultsWithoutApproval(condition.reason === reasons.cancelled ? 'cancelled' : 'invalid'),
      ),
    }),
    observedGeneration: run.metadata.generation ?? 1,
  };
}

function named(all: Results): { name: string; value: string }[] {
  return Object.entries<string>({ ...all }).map(([name, value]) => ({ name, value }));
}

/** What a run's status is rendered from, once its task exists. */
export interface RunRendering {
  readonly run: CustomRun;
  readonly task: ApprovalTask;
  readonly approval: Approval;
  readonly approvalUrl: string;
  /** Head of the chain over the counted responses. */
  readonly auditDigest: string;
  /** Sentences for the person who reads the run: collapsed duplicates, people who cannot be reached. */
  readonly notes: readonly string[];
  readonly now: Instant;
}

/**
 * Status of a run with a task, waiting or settled. Results and condition are rendered together: Tekton reads
 * the results as soon as the condition is there.
 */
export function renderRunStatus(rendering: RunRendering): CustomRunStatus {
  const { run, task, approval, now } = rendering;
  const condition =
    approval.outcome === undefined ? waiting(rendering) : settled(task, approval, approval.outcome);
  return {
    conditions: [succeeded(run, condition, now)],
    startTime: timestamp(approval.startTime),
    observedGeneration: run.metadata.generation ?? 1,
    extraFields: { [taskUidField]: task.metadata.uid },
    ...(approval.pastAttempts.length > 0 && {
      retriesStatus: approval.pastAttempts.map((past, at) =>
        asStored(renderPastAttempt(past), run.status?.retriesStatus?.[at]),
      ),
    }),
    ...(approval.outcome !== undefined && {
      completionTime: timestamp(approval.completionTime ?? now),
      results: named(results(termsOf(task.spec), approval, rendering.auditDigest)),
    }),
  };
}

function succeeded(run: CustomRun, condition: Omit<NewCondition, 'type'>, now: Instant): WrittenCondition {
  const message = cut(condition.message, limits.message);
  return transition(run.status?.conditions, { type: conditionTypes.succeeded, ...condition, message }, now);
}

function waiting(rendering: RunRendering): Omit<NewCondition, 'type'> {
  const { task, approval, approvalUrl, notes } = rendering;
  const sentences = [taskMessage(task, approval), `Answer at ${approvalUrl}`, ...notes];
  return { status: 'Unknown', reason: reasons.waiting, message: sentences.join(' ') };
}

function settled(
  task: ApprovalTask,
  approval: Approval,
  outcome: NonNullable<Approval['outcome']>,
): Omit<NewCondition, 'type'> {
  const goesOn = outcome === 'approved' || (outcome === 'rejected' && task.spec.onReject === 'continue');
  return {
    status: goesOn ? 'True' : 'False',
    reason: settledReason(outcome),
    message: taskMessage(task, approval),
  };
}

function renderPastAttempt(past: Approval['pastAttempts'][number]): CustomRunStatus {
  const completionTime = timestamp(past.completionTime);
  const reason: Reason = reasons.timedOut;
  const message = `Attempt ${String(past.attempt)}: it was not settled by ${timestamp(past.deadline)}.`;
  return {
    conditions: [
      {
        type: conditionTypes.succeeded,
        status: 'False',
        reason,
        message,
        lastTransitionTime: completionTime,
      },
    ],
    startTime: timestamp(past.startTime),
    completionTime,
  };
}

/**
 * Tekton's webhook stores each entry with an `extraFields: null` of its own (tektoncd/pipeline
 * pkg/apis/run/v1beta1/customrunstatus_types.go: Go omits no empty struct). What says the same is kept as it is stored, or
 * it would be written again at every look.
 */
function asStored(rendered: CustomRunStatus, stored: CustomRunStatus | undefined): CustomRunStatus {
  const said = Object.fromEntries(Object.entries(stored ?? {}).filter(([, value]) => value !== null));
  return stored !== undefined && canonicalJson(said) === canonicalJson(rendered) ? stored : rendered;
}
