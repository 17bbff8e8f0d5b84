import type { ApprovalTaskSpec } from '../api/approvaltask.ts';
import { canonicalJson } from '../domain/canonical.ts';
import { prove, proves, type KeyRing } from './keyring.ts';

/** A task as the mark covers it: its place, the run that owns it, and all that it asks. */
export interface Markable {
  readonly namespace: string;
  readonly name: string;
  readonly ownerUid: string;
  readonly spec: ApprovalTaskSpec;
}

/** The mark by which the operator knows a task of its own making before the run's status names its uid. */
export function markTask(ring: KeyRing, task: Markable): string {
  return prove(ring, 'mark', canonicalJson(task));
}

export function checkMark(ring: KeyRing, task: Markable, mark: string): boolean {
  return proves(ring, 'mark', { text: canonicalJson(task), proof: mark });
}
