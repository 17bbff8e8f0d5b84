import { canonicalJson } from '../domain/canonical.ts';
import type { Sha256 } from '../domain/digest.ts';
import type { ApprovalTaskSpec } from './approvaltask.ts';

/** The fields of a spec that an approver is shown, or by which the answer is judged: all that `spec.digest` covers. */
const shownFields = [
  'pipelineRun',
  'pipelineTask',
  'requester',
  'pipeline',
  'description',
  'context',
  'strategy',
  'approvers',
  'groups',
  'onReject',
  'commentRequired',
  'timeout',
  'retries',
] as const satisfies readonly (keyof ApprovalTaskSpec)[];

/** What `spec.digest` is made of. */
export type Shown = Pick<ApprovalTaskSpec, (typeof shownFields)[number]>;

/** sha256 over the canonical JSON of what is shown. */
export function digestOfShown(spec: Shown, sha256: Sha256): string {
  return sha256(canonicalJson(Object.fromEntries(shownFields.map((name) => [name, spec[name]]))));
}
