import type { ApprovalTask } from '../api/approvaltask.ts';
import { annotations, conditionTypes, reasons } from '../api/names.ts';
import { referenceOf } from '../api/parameters.ts';
import { isDone, renderRunStatus, renderRunWithoutTask, taskUidOf } from '../api/runstatus.ts';
import { approvalOf, openApproval } from '../api/storedapproval.ts';
import type { CustomRun, CustomRunStatus } from '../api/tekton.ts';
import { instant } from '../api/time.ts';
import { canonicalJson } from '../domain/canonical.ts';
import { markTask } from '../identity/mark.ts';
import {
  isAlreadyExists,
  isConflict,
  isForbidden,
  isInvalid,
  isNamespaceEnding,
  isNotFound,
  type KubeError,
} from '../kube/error.ts';
import type { Key } from '../kube/object.ts';
import type { Again } from '../kube/workqueue.ts';
import { cancelOf } from './cancel.ts';
import { claimOf } from './claim.ts';
import { assertLeading, type ControllerContext } from './context.ts';
import { endsUnasked, firstSight, renderNewTask, type FirstSight } from './firstsight.ts';
import { find, readLive } from './owner.ts';
import { approvalTasks, customRuns } from '../api/resources.ts';
import { gatherSighting } from './sighting.ts';
import type { EndingReason } from './telemetry.ts';
import { factOfRun, subjectsOfRun, tell } from './trail.ts';
import type { Written } from './written.ts';

/** How long a run waits for the garbage collection of an older run's task of the same name. */
const nameFreeWithinMs = 120_000;
const nameAgainMs = 1_000;
/** Without signing keys nothing can be made ours, or told ours; whoever holds the keys says so in log and readiness. */
const keysAgainMs = 1_000;
/** Keys are read, or made, within a moment after the start. A run that waits longer for them says so. */
const keysWithinMs = 5_000;

/** What only this controller needs beside the common context. */
export interface CustomRunContext extends ControllerContext {
  readonly writtenRuns: Written;
  /** What the approvaltask controller wrote, for as long as the cache is behind it. */
  readonly writtenTasks: Written<ApprovalTask>;
}

/**
 * Makes a run's task when the run is first seen, and renders the task's state on the run. It never decides: settling is
 * the approvaltask controller's alone, so that approve and cancel in one instant have one winner on both objects.
 */
export async function reconcileCustomRun(context: CustomRunContext, key: Key): Promise<Again | void> {
  const run = context.caches.customRuns.get(key);
  if (run === undefined) return;
  const behind = context.writtenRuns.behind(key, run);
  if (behind > 0) return { after: behind };
  try {
    return await reconcileRun(context, key, run);
  } catch (error) {
    // A run that is being deleted may be gone before its end is written.
    if (isNotFound(error) && run.metadata.deletionTimestamp !== undefined) return;
    if (!isConflict(error)) throw error;
    const live = await readLive<CustomRun>(context, customRuns, key);
    return live === undefined ? undefined : reconcileRun(context, key, live);
  }
}

async function reconcileRun(context: CustomRunContext, key: Key, run: CustomRun): Promise<Again | void> {
  if (isDone(run)) return writeStatus(context, run, seen(run));
  // A run whose reference was changed while it waits stays ours: its task tells it that it drifted.
  if (taskUidOf(run) === undefined) {
    const reference = referenceOf(run);
    if (reference.kind === 'foreign') return;
    if (reference.kind === 'unsupported')
      return endRun(context, run, { reason: reasons.unsupportedReference, message: reference.message });
  }
  const task = await gatherTask(context, key, run);
  if (task !== undefined) return renderClaimed(context, run, task);
  return taskUidOf(run) === undefined ? meet(context, run) : endRun(context, run, deleted(run));
}

/**
 * Nothing of a terminal status may change but the generation that was seen: Tekton has consumed the results, and asks
 * ended runs to cancel as well (tektoncd/pipeline pkg/reconciler/pipelinerun/cancel.go).
 */
function seen(run: CustomRun): CustomRunStatus {
  return { ...run.status, observedGeneration: run.metadata.generation ?? 1 };
}

/** Why a run ends, and the sentence for whoever looks at it. */
interface Ending {
  readonly reason: EndingReason;
  readonly message: string;
}

function deleted(run: CustomRun): Ending {
  const cancelled = cancelOf(run);
  if (cancelled !== undefined) return { reason: reasons.cancelled, message: cancelled };
  return {
    reason: reasons.taskDeleted,
    message: `ApprovalTask ${run.metadata.name} was deleted while it waited for an answer.`,
  };
}

/** The task of the run's name: from the cache if it is the one that the run names, else live. */
async function gatherTask(
  context: CustomRunContext,
  key: Key,
  run: CustomRun,
): Promise<ApprovalTask | undefined> {
  const cached = context.writtenTasks.freshest(key, context.caches.tasks.get(key));
  const uid = taskUidOf(run);
  if (uid === undefined) return cached;
  return find<ApprovalTask>(context, { cached, type: approvalTasks, key, uid });
}

/** A run without a task: it ends at once, waits for its surroundings, or gets its task. */
async function meet(context: CustomRunContext, run: CustomRun): Promise<Again | void> {
  const sight = endsUnasked(run) ?? (await see(context, run));
  if (sight === undefined)
    return waitFor(context, run, 'Nobody can be asked before the operator can read its people directory.');
  switch (sight.kind) {
    case 'wait':
      return { after: sight.afterMs };
    case 'end':
      return endRun(context, run, sight.condition);
    case 'create': {
      const keys = context.keys();
      if (keys === undefined) return waitForKeys(context, run);
      const { namespace = '', name, uid: ownerUid } = run.metadata;
      const mark = markTask(keys, { namespace, name, ownerUid, spec: sight.spec });
      const wanted = renderNewTask({ run, spec: sight.spec, notes: sight.notes, mark });
      const task = await tellingRefusal(context, run, async () => createTask(context, wanted));
      return task === undefined ? { after: nameAgainMs } : renderClaimed(context, run, task);
    }
  }
}

/** Undefined where it is not known who is who. */
async function see(context: CustomRunContext, run: CustomRun): Promise<FirstSight | undefined> {
  const directory = context.directory();
  return directory && firstSight(await gatherSighting(context, run, directory));
}

const refusedWords =
  'Nobody can be asked: the API server refuses the ApprovalTask of this run. It is tried again.';

/**
 * Says on the run that its task is refused: by a quota, or by a policy of the cluster. Said once, whatever the reason is
 * later: a write at each try would itself bring the run back here at once.
 */
async function tellingRefusal<T>(
  context: CustomRunContext,
  run: CustomRun,
  create: () => Promise<T>,
): Promise<T> {
  try {
    return await create();
  } catch (error) {
    if (isRefusal(error) && !saidOf(run).startsWith(refusedWords))
      await waitSaying(context, run, `${refusedWords} ${error.message}`);
    throw error;
  }
}

function isRefusal(error: unknown): error is KubeError {
  return (isForbidden(error) || isInvalid(error)) && !isNamespaceEnding(error);
}

function saidOf({ status }: CustomRun): string {
  const succeeded = status?.conditions?.find(({ type }) => type === conditionTypes.succeeded);
  return succeeded?.message ?? '';
}

async function waitForKeys(context: CustomRunContext, run: CustomRun): Promise<Again> {
  return waitFor(context, run, 'Nobody can be asked before the operator has its signing keys.');
}

async function waitFor(context: CustomRunContext, run: CustomRun, message: string): Promise<Again> {
  if (ageOf(context, run) >= keysWithinMs) await waitSaying(context, run, message);
  return { after: keysAgainMs };
}

/** Tells whoever looks at the run what it waits for before anybody is asked. */
async function waitSaying(context: CustomRunContext, run: CustomRun, message: string): Promise<void> {
  const condition = { status: 'Unknown', reason: reasons.waiting, message } as const;
  await writeStatus(context, run, renderRunWithoutTask(run, condition, context.client.serverNow()));
}

function ageOf({ client }: CustomRunContext, { metadata }: CustomRun): number {
  return client.serverNow() - instant(metadata.creationTimestamp);
}

/** Creates the task, or reads the one that has the name already. */
async function createTask(
  context: CustomRunContext,
  task: ReturnType<typeof renderNewTask>,
): Promise<ApprovalTask | undefined> {
  assertLeading(context);
  try {
    return (await context.client.create<ApprovalTask>(approvalTasks, task)).object;
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    const { namespace, name } = task.metadata as { namespace: string; name: string };
    return readLive<ApprovalTask>(context, approvalTasks, `${namespace}/${name}`);
  }
}

async function renderClaimed(
  context: CustomRunContext,
  run: CustomRun,
  task: ApprovalTask,
): Promise<Again | void> {
  const { name } = task.metadata;
  const claim = claimOf(run, task, context.keys());
  switch (claim) {
    case 'ours':
      if (isGoing(task)) return endRun(context, run, deleted(run));
      return writeStatus(context, run, renderOurs(context, run, task));
    case 'noKeys':
      return waitForKeys(context, run);
    case 'olderRun':
      if (ageOf(context, run) >= nameFreeWithinMs) return endRun(context, run, nameTaken(name));
      await waitSaying(
        context,
        run,
        `Waiting until ApprovalTask ${name} of an earlier run of the same name is removed.`,
      );
      return { after: nameAgainMs };
    case 'taken':
      return endRun(context, run, nameTaken(name));
  }
}

/** A pending task that is being deleted counts no answer any more, however long a finalizer keeps it. */
function isGoing({ metadata, status }: ApprovalTask): boolean {
  return metadata.deletionTimestamp !== undefined && status?.outcome === undefined;
}

function nameTaken(name: string): Ending {
  return {
    reason: reasons.nameTaken,
    message: `There is an ApprovalTask ${name} that was not made for this run. Nobody was asked.`,
  };
}

function renderOurs(context: CustomRunContext, run: CustomRun, task: ApprovalTask): CustomRunStatus {
  const approval = approvalOf(task.status) ?? openApproval(task);
  const unreachable = context.unreachable(task);
  const notes = [task.metadata.annotations?.[annotations.notes], unreachableNote(unreachable)].filter(
    (note) => note !== undefined,
  );
  return renderRunStatus({
    run,
    task,
    approval,
    approvalUrl: context.approvalUrl(run.metadata.namespace ?? '', run.metadata.name),
    auditDigest: task.status?.auditDigest ?? '',
    notes,
    now: context.client.serverNow(),
  });
}

function unreachableNote(people: readonly string[]): string | undefined {
  if (people.length === 0) return undefined;
  return `No channel reaches ${people.join(', ')}: tell them yourself. They answer with kubectl, as the Kubernetes user or group of that name or as whom the people directory means by it.`;
}

async function endRun(context: CustomRunContext, run: CustomRun, why: Ending): Promise<void> {
  const { reason, message } = why;
  const now = context.client.serverNow();
  await writeStatus(context, run, renderRunWithoutTask(run, { status: 'False', reason, message }, now));
  context.telemetry.endedWithoutDecision(reason);
}

/** One merge patch, only on a difference, bound to the version that was read. */
async function writeStatus(
  context: CustomRunContext,
  run: CustomRun,
  status: CustomRunStatus,
): Promise<void> {
  if (canonicalJson({ ...run.status, ...status }) === canonicalJson(run.status ?? {})) return;
  assertLeading(context);
  const { namespace = '', name, resourceVersion } = run.metadata;
  const settled =
    status.conditions?.find((condition) => condition.type === conditionTypes.succeeded)?.status !== 'Unknown';
  const patched = isDone(run) ? { observedGeneration: status.observedGeneration } : status;
  const body = { metadata: { resourceVersion }, status: patched };
  const { object } = await context.client.patch(customRuns, `${namespace}/${name}`, body, {
    type: 'merge',
    subresource: 'status',
  });
  context.writtenRuns.note(`${namespace}/${name}`, object);
  context.log.info(
    { namespace, run: name, reason: status.conditions?.[0]?.reason, settled },
    'wrote run status',
  );
  const fact = factOfRun(run, status);
  if (fact !== undefined) tell(context, subjectsOfRun(run, status), fact);
}
