import type { ApprovalTask, ApprovalTaskStatus } from '../api/approvaltask.ts';
import { isDone, taskUidOf } from '../api/runstatus.ts';
import { renderTaskStatus } from '../api/taskstatus.ts';
import { instant } from '../api/time.ts';
import { decide, type Decided } from '../domain/decide.ts';
import { chainStart, continueChain } from '../domain/digest.ts';
import { isConflict } from '../kube/error.ts';
import { keyOf, type Key } from '../kube/object.ts';
import type { Again } from '../kube/workqueue.ts';
import { circumstances } from './circumstances.ts';
import { isMarked } from './claim.ts';
import { sha256 } from '../identity/hash.ts';
import { sweep } from './orphan.ts';
import { findRun, isOptedIn, readLive } from './owner.ts';
import { approvalTasks } from '../api/resources.ts';
import { gather, type ApprovalTaskContext, type Gathered } from './taskfacts.ts';
import { writeLabels, writeStatus, writeVerdict } from './taskwrite.ts';

/**
 * The one place where a task is settled. Gathers answers, cancel, drift, owner and deadline; `decide` turns them into
 * the next state; one status write bound to the version that was read makes it so. Verdicts and labels are reported
 * afterwards: a crash between the writes is mended by the next reconcile.
 */
export async function reconcileApprovalTask(context: ApprovalTaskContext, key: Key): Promise<Again | void> {
  const task = context.caches.tasks.get(key);
  if (task === undefined) return sweep(context, key);
  const behind = context.writtenTasks.behind(key, task);
  if (behind > 0) return { after: behind };
  try {
    return await reconcileTask(context, key, task);
  } catch (error) {
    if (!isConflict(error)) throw error;
    const live = await readLive<ApprovalTask>(context, approvalTasks, key);
    return live === undefined ? undefined : reconcileTask(context, key, live);
  }
}

async function reconcileTask(
  context: ApprovalTaskContext,
  key: Key,
  task: ApprovalTask,
): Promise<Again | void> {
  if (task.metadata.deletionTimestamp !== undefined || !(await isServed(context, key, task))) return;
  const gathered = await gather(context, key, task);
  const decided = decide(gathered.facts, gathered.now);
  const again = await write(context, task, { gathered, decided });
  if (again !== undefined) return again;
  if (decided.lookAgainAt === undefined) return;
  return { after: Math.max(0, decided.lookAgainAt - context.client.serverNow()) };
}

/** Somebody else's ApprovalTask is left alone: nobody is asked, and no answer to it is judged. */
async function isServed(context: ApprovalTaskContext, key: Key, task: ApprovalTask): Promise<boolean> {
  const reference = task.spec.customRunRef;
  if (reference === undefined) return isOptedIn(context, task.metadata.namespace ?? '');
  const cached = context.caches.customRuns.get(key);
  // What is mostly so and costs nothing comes first: each look at a task asks this.
  if (cached?.metadata.uid === reference.uid && taskUidOf(cached) === task.metadata.uid) return true;
  const keys = context.keys();
  if (keys !== undefined && isMarked(task, keys)) return true;
  const run = await findRun(context, key, reference.uid);
  return run !== undefined && taskUidOf(run) === task.metadata.uid;
}

interface Decision {
  readonly gathered: Gathered;
  readonly decided: Decided;
}

/**
 * Refusals that are told in one go. Whoever may answer at all can send thousands of answers; one that counts must not
 * wait until each of those was told why it does not.
 */
const refusalsAtOnce = 20;

/**
 * For how long labels and verdicts of a settled task wait for its run to end. The pipeline waits for that write alone,
 * and the others would run beside it; they are due even where the run cannot be written.
 */
const runFirstMs = 2_000;

/** Status first: it is what counts. Labels and verdicts report it, and are repaired from it after a crash. */
async function write(
  context: ApprovalTaskContext,
  task: ApprovalTask,
  decision: Decision,
): Promise<Again | undefined> {
  const { gathered, decided } = decision;
  const wasSettled = task.status?.outcome !== undefined;
  const written = wasSettled ? task : await writeStatus(context, task, renderStatus(context, task, decision));
  const runFirst = runComesFirst(context, written);
  if (runFirst > 0) return { after: runFirst };
  await writeLabels(context, written, decided.approval);
  const byUid = new Map(gathered.waiting.map((waiting) => [waiting.metadata.uid, waiting]));
  const counted = decided.verdicts.filter(({ verdict }) => verdict === 'counted');
  const refused = decided.verdicts.filter(({ verdict }) => verdict === 'refused');
  for (const verdict of [...counted, ...refused.slice(0, refusalsAtOnce)]) {
    const answered = byUid.get(verdict.uid);
    if (answered !== undefined) await writeVerdict(context, { decision: answered, verdict, task: written });
  }
  return refused.length > refusalsAtOnce ? { after: 0 } : undefined;
}

/** Milliseconds that a settled task's run still has to be told first; its change brings the task back here sooner. */
function runComesFirst(
  { caches, client }: ApprovalTaskContext,
  { spec, status, metadata }: ApprovalTask,
): number {
  if (status?.outcome === undefined || status.completionTime === undefined) return 0;
  const run = caches.customRuns.get(keyOf(metadata));
  if (run === undefined || run.metadata.uid !== spec.customRunRef?.uid || isDone(run)) return 0;
  const left = instant(status.completionTime) + runFirstMs - client.serverNow();
  return Math.min(Math.max(0, left), runFirstMs);
}

function renderStatus(
  context: ApprovalTaskContext,
  task: ApprovalTask,
  { gathered, decided }: Decision,
): ApprovalTaskStatus {
  const { status } = task;
  const head = status?.auditDigest ?? chainStart(task.spec.digest, sha256);
  const chained = continueChain(
    { head, recorded: status?.responses?.length ?? 0 },
    decided.approval.responses,
    sha256,
  );
  return renderTaskStatus({
    task,
    approval: { ...decided.approval, responses: chained.responses },
    approvalUrl: context.approvalUrl(task.metadata.namespace ?? '', task.metadata.name),
    unreachable: context.unreachable(task),
    auditDigest: chained.head,
    directory: gathered.facts.directory,
    circumstances: circumstances(context, task, gathered.policy),
    now: gathered.now,
  });
}
