import type { ApprovalTask } from '../api/approvaltask.ts';
import { approvalOf, openApproval, termsOf } from '../api/storedapproval.ts';
import type { Approval } from '../domain/approval.ts';
import { recipientsOf, type Recipient } from '../domain/recipient.ts';
import { approverHandle, isExpired, type LinkClaims } from '../identity/link.ts';
import type { WebDeps } from './context.ts';
import type { Visit } from './visit.ts';

/** An authentic link or session, as far as it says which task and approver it is for. */
export interface Ticket {
  readonly claims: Omit<LinkClaims, 'digest'>;
  readonly linkKid: string;
}

/** A task that a ticket opens, and for whom. */
export interface Current {
  readonly task: ApprovalTask;
  readonly approval: Approval;
  /** Who answers, and for which entry of the task's list. */
  readonly recipient: Recipient;
}

/** Where an authentic ticket stands. */
export type Standing =
  | ({ readonly kind: 'current' } & Current)
  | { readonly kind: 'expired' }
  /** A newer round or a revocation made older links dead. */
  | { readonly kind: 'superseded' }
  /** The task is gone or on its way out, or does not list the approver. */
  | { readonly kind: 'unknown' };

/** Finds out where a ticket stands. Throws where the task is not in the cache and cannot be read. */
export async function standingOf(visit: Visit, { claims, linkKid }: Ticket): Promise<Standing> {
  if (isExpired(claims, visit.now)) return { kind: 'expired' };
  const task = await findTask(visit.context, claims);
  if (task === undefined || task.metadata.deletionTimestamp !== undefined) return { kind: 'unknown' };
  const recipient = recipientOf(visit, task, { claims, linkKid });
  if (recipient === undefined) return { kind: 'unknown' };
  const approval = approvalIn(task);
  if (approval.linkGeneration !== claims.linkGeneration) return { kind: 'superseded' };
  return { kind: 'current', task, approval, recipient };
}

/** What a task's status says, also before any was written. */
export function approvalIn(task: ApprovalTask): Approval {
  return approvalOf(task.status) ?? openApproval(task);
}

/** The task of that uid. The cache may lack a new task, or be behind the one that minted the link: then live. */
export async function findTask(
  context: WebDeps,
  claims: Pick<LinkClaims, 'taskUid' | 'namespace' | 'name' | 'linkGeneration'>,
): Promise<ApprovalTask | undefined> {
  const key = `${claims.namespace}/${claims.name}`;
  const cached = context.tasks.get(key);
  const isRecent =
    cached?.metadata.uid === claims.taskUid && approvalIn(cached).linkGeneration >= claims.linkGeneration;
  if (isRecent) return cached;
  const live = await context.readTask(key);
  return live?.metadata.uid === claims.taskUid ? live : undefined;
}

/**
 * For whom a ticket was made; undefined where none of those who are asked fits, such as a member who is none any more, or
 * where the link's key was removed.
 */
export function recipientOf(
  { keys, directory }: Pick<Visit, 'keys' | 'directory'>,
  task: ApprovalTask,
  { claims, linkKid }: Ticket,
): Recipient | undefined {
  const { uid: taskUid } = task.metadata;
  return recipientsOf(termsOf(task.spec), directory).find(
    (recipient) => approverHandle(keys, linkKid, { taskUid, ...recipient }) === claims.approver,
  );
}
