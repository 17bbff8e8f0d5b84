import type { ApprovalTask } from '../api/approvaltask.ts';
import { termsOf } from '../api/storedapproval.ts';
import { instant } from '../api/time.ts';
import type { Instant } from '../domain/approval.ts';
import { asksGroups } from '../domain/eligibility.ts';
import type { KeyRing } from './keyring.ts';
import { approverHandle, mintLink } from './link.ts';

/** First parts of the two kinds of address that leave the operator. The pages answer under the same. */
export const addressPaths = { link: '/l', task: '/a' } as const;

/** No link lives longer, whatever the settings say. */
const longestMs = 7 * 86_400_000;

export interface LinkOptions {
  readonly ring: KeyRing;
  readonly task: ApprovalTask;
  /** The entry of the task's list, spelt as listed. */
  readonly entry: string;
  readonly now: Instant;
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly ttlMs: number;
}

/**
 * The personal address `BASE/l/TOKEN` of one approver: a secret, made while a message is sent and stored nowhere. It
 * lives until the deadline, at most `ttlMs` and at most 7 days. A link that a whole group shares can only show a
 * FOUR_EYES request, because it cannot tell two people apart.
 */
export function linkFor({ ring, task, entry, now, baseUrl, ttlMs }: LinkOptions): string {
  const { uid, name, namespace = '' } = task.metadata;
  const terms = termsOf(task.spec);
  const deadline = task.status?.deadline;
  const latest = now + Math.min(ttlMs, longestMs);
  const token = mintLink(ring, {
    taskUid: uid,
    namespace,
    name,
    approver: handleByActiveKey(ring, { taskUid: uid, entry }),
    purpose: terms.strategy === 'FOUR_EYES' && asksGroups(terms) ? 'view' : 'decide',
    expiresAt: deadline === undefined ? latest : Math.min(instant(deadline), latest),
    linkGeneration: task.status?.linkGeneration ?? 0,
    digest: task.spec.digest,
  });
  return `${baseUrl}${addressPaths.link}/${token}`;
}

function handleByActiveKey(ring: KeyRing, of: { taskUid: string; entry: string }): string {
  const handle = approverHandle(ring, ring.active, of);
  if (handle === undefined) throw new Error('the key ring does not hold its active key');
  return handle;
}

/** The address `BASE/a/NAMESPACE/NAME` of a task: no secret in it, so it may stand in status, Events and logs. */
export function approvalUrl(baseUrl: string, namespace: string, name: string): string {
  return `${baseUrl}${addressPaths.task}/${namespace}/${name}`;
}
