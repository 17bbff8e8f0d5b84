import type { ApprovalTask } from '../api/approvaltask.ts';
import { termsOf } from '../api/storedapproval.ts';
import { instant } from '../api/time.ts';
import type { Assurance, Instant } from '../domain/approval.ts';
import { linkUse } from '../domain/linkuse.ts';
import type { Recipient } from '../domain/recipient.ts';
import type { KeyRing } from './keyring.ts';
import { approverHandle, mintLink } from './link.ts';

/** First parts of the two kinds of address that leave the operator. The pages answer under the same. */
export const addressPaths = { link: '/l', task: '/a' } as const;

/** No link lives longer, whatever the settings say. */
const longestMs = 7 * 86_400_000;

export interface LinkOptions {
  readonly ring: KeyRing;
  readonly task: ApprovalTask;
  readonly recipient: Recipient;
  readonly now: Instant;
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly ttlMs: number;
  /** What an answer to this task has to prove at least; absent: a link is enough. */
  readonly minAssurance?: Assurance;
}

/**
 * The personal address `BASE/l/TOKEN` of one approver: a secret, made while a message is sent and stored nowhere. It
 * lives until the deadline, at most `ttlMs` and at most 7 days. A link whose answer would be refused only shows the
 * request.
 */
export function linkFor({
  ring,
  task,
  recipient,
  now,
  baseUrl,
  ttlMs,
  minAssurance = 'link',
}: LinkOptions): string {
  const { uid, name, namespace = '' } = task.metadata;
  const deadline = task.status?.deadline;
  const latest = now + Math.min(ttlMs, longestMs);
  const token = mintLink(ring, {
    taskUid: uid,
    namespace,
    name,
    approver: handleByActiveKey(ring, { taskUid: uid, ...recipient }),
    purpose: linkUse(termsOf(task.spec), minAssurance, recipient) === 'decide' ? 'decide' : 'view',
    expiresAt: deadline === undefined ? latest : Math.min(instant(deadline), latest),
    linkGeneration: task.status?.linkGeneration ?? 0,
    digest: task.spec.digest,
  });
  return `${baseUrl}${addressPaths.link}/${token}`;
}

function handleByActiveKey(ring: KeyRing, of: Recipient & { readonly taskUid: string }): string {
  const handle = approverHandle(ring, ring.active, of);
  if (handle === undefined) throw new Error('the key ring does not hold its active key');
  return handle;
}

/** The address `BASE/a/NAMESPACE/NAME` of a task: no secret in it, so it may stand in status, Events and logs. */
export function approvalUrl(baseUrl: string, namespace: string, name: string): string {
  return `${baseUrl}${addressPaths.task}/${namespace}/${name}`;
}
