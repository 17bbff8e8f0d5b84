import type { ApprovalDecision } from '../api/approvaldecision.ts';
import type { ApprovalTask, ApprovalTaskStatus } from '../api/approvaltask.ts';
import { apiVersion, approvalTaskKind, labels, managers } from '../api/names.ts';
import { termsOf } from '../api/storedapproval.ts';
import { ownedStatus } from '../api/taskstatus.ts';
import { instant, timestamp } from '../api/time.ts';
import type { Approval, Outcome } from '../domain/approval.ts';
import { canonicalJson } from '../domain/canonical.ts';
import { responsesLabel } from '../domain/label.ts';
import type { Verdict } from '../domain/refusal.ts';
import { isConflict, isNotFound } from '../kube/error.ts';
import { assertLeading } from './context.ts';
import { approvalDecisions, approvalTasks } from '../api/resources.ts';
import type { ApprovalTaskContext } from './taskfacts.ts';
import { factOfEnd, factsOfTask, subjectsOfTask, tell } from './trail.ts';

/** Writes the status, if it differs, bound to the version that was read. Returns the task as it is then. */
export async function writeStatus(
  context: ApprovalTaskContext,
  task: ApprovalTask,
  status: ApprovalTaskStatus,
): Promise<ApprovalTask> {
  if (canonicalJson(status) === canonicalJson(ownedStatus(task.status))) return task;
  assertLeading(context);
  const { namespace = '', name, resourceVersion } = task.metadata;
  const body = { apiVersion, kind: approvalTaskKind, metadata: { name, namespace, resourceVersion }, status };
  const { object } = await context.client.patch<ApprovalTask>(approvalTasks, `${namespace}/${name}`, body, {
    type: 'apply',
    subresource: 'status',
    fieldManager: managers.controller,
    force: true,
  });
  context.writtenTasks.note(`${namespace}/${name}`, object);
  const isSettledNow = task.status?.outcome === undefined && status.outcome !== undefined;
  // First of all: the pipeline waits for this.
  if (isSettledNow) context.showOnRun(`${namespace}/${name}`);
  context.log.info(
    {
      namespace,
      task: name,
      uid: object.metadata.uid,
      outcome: status.outcome ?? 'pending',
      attempt: status.attempt,
    },
    'wrote task status',
  );
  if (isSettledNow && status.outcome !== undefined) count(context, object, status.outcome);
  for (const fact of factsOfTask(task, object)) tell(context, subjectsOfTask(object), fact);
  return object;
}

/** To be called by the one write that settles a task: whoever finds it settled does not count it again. */
function count(context: ApprovalTaskContext, task: ApprovalTask, outcome: Outcome): void {
  const { completionTime } = task.status ?? {};
  const ended = completionTime === undefined ? context.client.serverNow() : instant(completionTime);
  const afterMs = ended - instant(task.metadata.creationTimestamp);
  context.telemetry.settled({ strategy: task.spec.strategy, outcome, afterMs });
}

/**
 * Labels are for people and selectors only; a status write cannot carry them. The write that makes the label say how it
 * ended tells it by Events, too: it comes after the run was told, and a crash before it is mended by the next look.
 */
export async function writeLabels(
  context: ApprovalTaskContext,
  task: ApprovalTask,
  approval: Approval,
): Promise<void> {
  const wanted = {
    [labels.decision]: approval.outcome ?? 'pending',
    [labels.responses]: responsesLabel(termsOf(task.spec), approval),
  };
  const has = task.metadata.labels ?? {};
  if (Object.entries(wanted).every(([label, value]) => has[label] === value)) return;
  assertLeading(context);
  const { namespace = '', name, resourceVersion } = task.metadata;
  const body = { metadata: { resourceVersion, labels: wanted } };
  const { object } = await context.client.patch<ApprovalTask>(approvalTasks, `${namespace}/${name}`, body, {
    type: 'merge',
  });
  context.writtenTasks.note(`${namespace}/${name}`, object);
  const isNewEnd = approval.outcome !== undefined && has[labels.decision] !== approval.outcome;
  if (isNewEnd) tell(context, subjectsOfTask(task), factOfEnd(task));
}

/** An answer with what became of it, and the task that it was judged by, where there is one. */
interface Judged {
  readonly decision: ApprovalDecision;
  readonly verdict: Verdict;
  readonly task?: ApprovalTask;
}

/** Written once. A decision that was deleted or judged meanwhile needs nothing: the task's status counts, not this. */
export async function writeVerdict(
  context: ApprovalTaskContext,
  { decision, verdict, task }: Judged,
): Promise<void> {
  assertLeading(context);
  const { namespace = '', name, resourceVersion } = decision.metadata;
  const refused = verdict.verdict === 'refused' ? { code: verdict.code, message: verdict.message } : {};
  const status = { verdict: verdict.verdict, ...refused, time: timestamp(context.client.serverNow()) };
  const body = { metadata: { resourceVersion }, status };
  try {
    const { object } = await context.client.patch(approvalDecisions, `${namespace}/${name}`, body, {
      type: 'merge',
      subresource: 'status',
    });
    context.writtenDecisions.note(`${namespace}/${name}`, object);
    const told = verdict.verdict === 'refused' ? verdict.code : verdict.verdict;
    context.telemetry.judged({ verdict: told, via: decision.spec.via });
    if (verdict.verdict === 'refused' && task !== undefined)
      context.refusals.refused(task, decision, verdict);
    context.log.info(
      {
        namespace,
        task: decision.spec.taskRef.name,
        decision: name,
        uid: object.metadata.uid,
        ...code(verdict),
      },
      'wrote verdict',
    );
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
}

/** The log says what became of an answer, and never who gave it. */
function code(verdict: Verdict): object {
  return verdict.verdict === 'refused' ? { verdict: 'refused', code: verdict.code } : { verdict: 'counted' };
}
