import { createHash } from 'node:crypto';
import type { ApprovalDecision, ApprovalDecisionSpec } from '../api/approvaldecision.ts';
import { apiVersion, approvalDecisionKind } from '../api/names.ts';
import type { Decision } from '../domain/approval.ts';
import { answersAs, type Recipient } from '../domain/recipient.ts';
import { checkSeal, sealDecision } from '../identity/seal.ts';
import { isForbidden, isInvalid, KubeError } from '../kube/error.ts';
import type { Key } from './context.ts';
import type { Current } from './standing.ts';
import type { Visit } from './visit.ts';

/** What a person sent, and from where. */
export interface Answer {
  readonly current: Current;
  readonly decision: Decision;
  readonly comment: string;
  /** Hash of the browser's own cookie. */
  readonly browser: string;
  /** Of the rendered form. */
  readonly nonce: string;
}

export type Submitted =
  | { readonly kind: 'recorded'; readonly key: Key }
  /** The task is no more, or its namespace takes nothing new because it is being deleted. */
  | { readonly kind: 'gone' }
  /** It could not be found out whether the answer is stored. The same form may be sent again. */
  | { readonly kind: 'unknown' };

/**
 * Stores an answer as a sealed ApprovalDecision. Its name is made from the form's nonce, so a form that is sent twice
 * stores one object. Where somebody else took that name, or the same form said something else before, the answer gets
 * a random one: neither may swallow it.
 */
export async function submitAnswer(visit: Visit, answer: Answer): Promise<Submitted> {
  const named = objectName(answer);
  const first = await attempt(visit, answer, named);
  if (first !== 'taken') return first;
  const second = await attempt(visit, answer, randomName(visit));
  return second === 'taken' ? { kind: 'unknown' } : second;
}

async function attempt(visit: Visit, answer: Answer, name: string): Promise<Submitted | 'taken'> {
  const { context } = visit;
  const { namespace = '' } = answer.current.task.metadata;
  const key = `${namespace}/${name}`;
  try {
    const made = await context.createDecision({
      apiVersion,
      kind: approvalDecisionKind,
      metadata: { namespace, name },
      spec: sealedSpec(visit, answer, { namespace, name }),
    });
    if (made === 'created') {
      const { name: taskName, uid } = answer.current.task.metadata;
      context.log.info({ namespace, task: taskName, taskUid: uid, decision: name }, 'answer recorded');
      return { kind: 'recorded', key };
    }
    if (made === 'ending') return { kind: 'gone' };
    const existing = await context.readDecision(key);
    return isTheSame(visit, answer, existing) ? { kind: 'recorded', key } : 'taken';
  } catch (error) {
    logFailure(visit, error);
    return afterFailure(visit, answer, key);
  }
}

/** Without the error's text, which may quote what was sent. */
function logFailure({ context }: Visit, error: unknown): void {
  const known = error instanceof KubeError ? { status: error.status, reason: error.reason } : {};
  context.log.warn(
    { error: error instanceof Error ? error.name : typeof error, ...known },
    isForbidden(error) || isInvalid(error)
      ? 'could not store an answer: the API server refused it, as from any account but the operator’s own'
      : 'could not store an answer',
  );
}

/** A failed call may have stored the answer all the same, or have failed because the task is gone. */
async function afterFailure(visit: Visit, answer: Answer, key: Key): Promise<Submitted> {
  const { context } = visit;
  const { task } = answer.current;
  try {
    const stored = await context.readDecision(key);
    if (isTheSame(visit, answer, stored)) return { kind: 'recorded', key };
    const live = await context.readTask(`${task.metadata.namespace ?? ''}/${task.metadata.name}`);
    const isThere = live?.metadata.uid === task.metadata.uid && live.metadata.deletionTimestamp === undefined;
    return isThere ? { kind: 'unknown' } : { kind: 'gone' };
  } catch {
    return { kind: 'unknown' };
  }
}

function isTheSame(
  { keys }: Visit,
  { current, decision }: Answer,
  stored: ApprovalDecision | undefined,
): boolean {
  return (
    stored?.spec.decision === decision && isBy(current.recipient, stored) && isOurs(keys, current, stored)
  );
}

/** Whether an answer says that this recipient gave it. */
export function isBy(recipient: Recipient, { spec }: ApprovalDecision): boolean {
  return spec.approver === recipient.entry && spec.actor.username === answersAs(recipient);
}

/** Names of answers given through the form. Nothing else is asked of the API server in a visitor's words. */
const answerName = /^form-[\da-f]{40}$/u;

export function isAnswerName(text: string): boolean {
  return answerName.test(text);
}

/** Whether an answer to this very task was sealed by us. */
export function isOurs(
  keys: Visit['keys'],
  { task }: Pick<Current, 'task'>,
  { metadata, spec }: ApprovalDecision,
): boolean {
  const place = { namespace: metadata.namespace ?? '', name: metadata.name };
  return spec.taskRef.uid === task.metadata.uid && checkSeal(keys, { ...place, spec }) === 'valid';
}

function sealedSpec(
  { keys }: Visit,
  { current, decision, comment, browser }: Answer,
  place: { namespace: string; name: string },
): ApprovalDecisionSpec {
  const { task, approval, recipient } = current;
  const spec: ApprovalDecisionSpec = {
    taskRef: { name: task.metadata.name, uid: task.metadata.uid },
    attempt: approval.attempt,
    decision,
    comment,
    via: 'link',
    actor: { kind: 'link', issuer: '', username: answersAs(recipient), groups: [] },
    approver: recipient.entry,
    assurance: 'link',
  };
  const provenance = { linkGeneration: approval.linkGeneration, browser };
  return { ...spec, seal: sealDecision(keys, { ...place, spec }, provenance) };
}

function objectName({ current, nonce }: Answer): string {
  const { task, approval, recipient } = current;
  const text = JSON.stringify([
    task.metadata.uid,
    approval.attempt,
    recipient.entry,
    answersAs(recipient),
    nonce,
  ]);
  return `form-${createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 40)}`;
}

function randomName({ context }: Visit): string {
  return `form-${context.random(20).toString('hex')}`;
}
