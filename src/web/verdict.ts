import { setTimeout as pause } from 'node:timers/promises';
import type { ApprovalDecision } from '../api/approvaldecision.ts';
import type { ApprovalTask } from '../api/approvaltask.ts';
import { shownName } from '../domain/directory.ts';
import { answersAs } from '../domain/recipient.ts';
import { refusals, type RefusalCode } from '../domain/refusal.ts';
import { sessionHandle, type Session } from '../identity/session.ts';
import type { Key, WebDeps } from './context.ts';
import { webLimits } from './limits.ts';
import { pageReply, type PageReply } from './reply.ts';
import { requestModel, settledModel } from './request.ts';
import { approvalIn, type Current } from './standing.ts';
import type { Visit } from './visit.ts';

const lookEveryMs = 20;

/** Watches the cache for the verdict on an answer, for a short while. The answer without a verdict, or nothing, else. */
export async function waitForVerdict(context: WebDeps, key: Key): Promise<ApprovalDecision | undefined> {
  for (let waited = 0; waited < webLimits.verdictWaitMs; waited += lookEveryMs) {
    const decision = context.decisions.get(key);
    if (decision?.status?.verdict !== undefined) return decision;
    await pause(lookEveryMs);
  }
  return context.decisions.get(key);
}

/** An answer of this session, as far as it is known. */
export interface Judged {
  readonly session: Session;
  readonly current: Current;
  readonly key: Key;
  readonly decision: ApprovalDecision | undefined;
}

/** What became of an answer. Without a verdict, or while the task does not show it, nothing is claimed. */
export async function verdictReply(visit: Visit, judged: Judged): Promise<PageReply> {
  const { decision } = judged;
  switch (decision?.status?.verdict) {
    case undefined:
      return recordedReply(visit, judged);
    case 'refused':
      return refusedReply(visit, judged, decision);
    case 'counted':
      return countedReply(visit, judged, decision);
  }
}

function recordedReply(visit: Visit, { session, key }: Judged): PageReply {
  const answer = key.slice(key.indexOf('/') + 1);
  return pageReply({
    kind: 'recorded',
    refreshTo: visit.base.paths.answer(sessionHandle(session), answer),
  });
}

/** A verdict says counted; only a task that lists the answer proves it. */
async function countedReply(visit: Visit, judged: Judged, decision: ApprovalDecision): Promise<PageReply> {
  const { uid } = decision.metadata;
  const task = await taskShowing(visit, judged, (approval) =>
    approval.responses.some((response) => response.decisionUid === uid),
  );
  if (task === undefined) return recordedReply(visit, judged);
  const current = { task, approval: approvalIn(task) };
  const settled = settledModel(visit, current, uid);
  if (settled !== undefined) return pageReply({ kind: 'settled', model: settled });
  return pageReply({
    kind: 'counted',
    decision: decision.spec.decision,
    request: requestModel(visit, current),
    answeringAs: shownName(visit.directory, answersAs(judged.current.recipient)),
  });
}

async function refusedReply(visit: Visit, judged: Judged, decision: ApprovalDecision): Promise<PageReply> {
  const { code = 'badSeal', message } = decision.status ?? {};
  if (code === 'settled') {
    const task = await taskShowing(visit, judged, (approval) => approval.outcome !== undefined);
    const settled = task && settledModel(visit, { task, approval: approvalIn(task) });
    if (settled !== undefined) return pageReply({ kind: 'settled', model: settled }, conflictStatus(settled));
  }
  const request = requestModel(visit, judged.current);
  const status = (await isGone(visit, judged)) ? 410 : statusOf(code);
  return pageReply({ kind: 'refused', code, sentence: message ?? refusals[code], request }, status);
}

/** Whether the request that was answered is there no more, as a live read says where the cache has lost it. */
async function isGone({ context }: Visit, { current }: Judged): Promise<boolean> {
  const { uid, namespace = '', name } = current.task.metadata;
  const key = `${namespace}/${name}`;
  if (context.tasks.get(key)?.metadata.uid === uid) return false;
  return context.readTask(key).then(
    (live) => live?.metadata.uid !== uid,
    () => false,
  );
}

/** 409 where somebody else's answer won; 410 where it ended without any. */
function conflictStatus({ outcome }: { outcome: string }): number {
  return outcome === 'approved' || outcome === 'rejected' ? 409 : 410;
}

function statusOf(code: RefusalCode): number | undefined {
  return code === 'late' ? 410 : undefined;
}

/** The task in a state that shows what is looked for, from the cache or else live. */
async function taskShowing(
  visit: Visit,
  { current }: Judged,
  shows: (approval: ReturnType<typeof approvalIn>) => boolean,
): Promise<ApprovalTask | undefined> {
  const { uid, namespace = '', name } = current.task.metadata;
  const key = `${namespace}/${name}`;
  const fits = (task: ApprovalTask | undefined): task is ApprovalTask =>
    task?.metadata.uid === uid && shows(approvalIn(task));
  const cached = visit.context.tasks.get(key);
  if (fits(cached)) return cached;
  // The answer is stored, whatever a failing read says: the page must not claim that nothing was recorded.
  const live = await visit.context.readTask(key).catch(() => undefined);
  return fits(live) ? live : undefined;
}
