import type { ApprovalTask } from '../api/approvaltask.ts';
import type { Recipient } from '../domain/recipient.ts';
import { pageReply } from './reply.ts';
import { approvalIn } from './standing.ts';
import type { Visit } from './visit.ts';

/** The one answer to everybody who asks for a mail. */
export const mailed = pageReply({ kind: 'mailed' });

/** A mail asked for: by the holder of an older link, or by anybody who typed the address. */
export interface Asked {
  readonly recipient: Recipient;
  readonly by: 'link' | 'address';
}

/**
 * Starts a mail to one approver of a pending task, at most a few times in a while. Nobody waits for it: how long the
 * page takes must not tell strangers who is listed. What strangers ask for is counted apart, so that they cannot keep an
 * approver from a fresh link.
 */
export function mailOnce(visit: Visit, task: ApprovalTask, asked: Asked): void {
  if (approvalIn(task).outcome !== undefined) return;
  const { context, buckets, now } = visit;
  const { recipient, by } = asked;
  const { entry, member = '' } = recipient;
  const allowed = buckets.mailsToApprover.take(JSON.stringify([by, task.metadata.uid, entry, member]), now);
  if (!allowed.ok) return;
  // Only after the page was written: also making the message takes time that would tell.
  setImmediate(() => {
    context.mailLink(task, recipient).catch(() => {
      const { namespace, name } = task.metadata;
      context.log.error({ namespace, task: name }, 'a mail on demand failed');
    });
  });
}
