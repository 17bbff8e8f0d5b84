import type { ApprovalDecision } from '../api/approvaldecision.ts';
import { refuse } from '../domain/refusal.ts';
import { isConflict, isNotFound } from '../kube/error.ts';
import type { Key } from '../kube/object.ts';
import type { Again } from '../kube/workqueue.ts';
import { indexes } from './caches.ts';
import { assertLeading } from './context.ts';
import { readLive } from './owner.ts';
import { approvalDecisions, approvalTasks } from '../api/resources.ts';
import type { ApprovalTaskContext } from './taskfacts.ts';
import { writeVerdict } from './taskwrite.ts';

/** How long a decision without a task is kept. */
const orphanAfterMs = 30_000;

/** Answers whose task is gone are told so, and removed a while later, once whoever sent them could read it. */
export async function sweep(context: ApprovalTaskContext, key: Key): Promise<Again | void> {
  // Whoever held one by a finalizer of their own must not have it deleted again and again.
  const orphans = context.caches.decisions
    .byIndex(indexes.task, key)
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  if (orphans.length === 0 || (await readLive(context, approvalTasks, key)) !== undefined) return;
  const now = context.client.serverNow();
  for (const orphan of orphans) {
    if (now - Date.parse(orphan.metadata.creationTimestamp) >= orphanAfterMs) await remove(context, orphan);
    else if (orphan.status?.verdict === undefined)
      await writeVerdict(context, { decision: orphan, verdict: refuse(orphan.metadata.uid, 'wrongTask') });
  }
  return { after: orphanAfterMs };
}

async function remove(context: ApprovalTaskContext, { metadata }: ApprovalDecision): Promise<void> {
  assertLeading(context);
  try {
    await context.client.delete(approvalDecisions, `${metadata.namespace ?? ''}/${metadata.name}`, {
      uid: metadata.uid,
    });
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
}
