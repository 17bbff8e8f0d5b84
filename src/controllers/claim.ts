import type { ApprovalTask } from '../api/approvaltask.ts';
import { annotations } from '../api/names.ts';
import { taskUidOf } from '../api/runstatus.ts';
import type { CustomRun } from '../api/tekton.ts';
import { checkMark } from '../identity/mark.ts';
import type { KeyRing } from '../identity/keyring.ts';

/**
 * Whether a task of the run's name is this run's own record, made by this operator:
 *
 *     uid written to the run ──► that uid, and no other, is ours
 *     not yet written        ──► ours if the mark over name, owner and spec verifies
 *
 * Anything else is somebody else's, however much it looks like ours. It is never adopted.
 */
export type Claim = 'ours' | 'olderRun' | 'taken' | 'noKeys';

/** Without keys a mark cannot be checked: then `noKeys`, unless the run's own status tells. */
export function claimOf(run: CustomRun, task: ApprovalTask, keys: KeyRing | undefined): Claim {
  const written = taskUidOf(run);
  if (written !== undefined) return task.metadata.uid === written ? 'ours' : 'taken';
  if (task.spec.customRunRef?.uid === run.metadata.uid) {
    if (keys === undefined) return 'noKeys';
    return isMarked(task, keys) ? 'ours' : 'taken';
  }
  const owned = task.metadata.ownerReferences?.some(
    (owner) => owner.kind === 'CustomRun' && owner.name === run.metadata.name,
  );
  return owned === true ? 'olderRun' : 'taken';
}

/** Whether the task carries the operator's own mark. */
export function isMarked(task: ApprovalTask, keys: KeyRing): boolean {
  const mark = task.metadata.annotations?.[annotations.mark];
  const ownerUid = task.spec.customRunRef?.uid;
  if (mark === undefined || ownerUid === undefined) return false;
  const { name, namespace = '' } = task.metadata;
  return checkMark(keys, { namespace, name, ownerUid, spec: task.spec }, mark);
}
