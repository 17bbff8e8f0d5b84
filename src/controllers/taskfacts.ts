import type { ApprovalDecision } from '../api/approvaldecision.ts';
import type { ApprovalTask } from '../api/approvaltask.ts';
import { approvalOf, openApproval, termsOf } from '../api/storedapproval.ts';
import type { Approval, Facts, Instant } from '../domain/approval.ts';
import { settleAfterDeadlineMs } from '../domain/decide.ts';
import { nobodyKnown } from '../domain/directory.ts';
import { defined } from '../domain/defined.ts';
import { keyOf, type Key } from '../kube/object.ts';
import { indexes } from './caches.ts';
import type { ControllerContext } from './context.ts';
import type { DecisionList, DecisionLists } from './decisionlist.ts';
import { gatherRun } from './ending.ts';
import type { PolicyProof, ProofState } from './policyproof.ts';
import type { RefusalTrail } from './refusaltrail.ts';
import { isFromKubernetes, submissionOf } from './submission.ts';
import type { Written } from './written.ts';

/** What only the approvaltask controller needs beside the common context. */
export interface ApprovalTaskContext extends ControllerContext {
  readonly lists: DecisionLists;
  readonly proof: PolicyProof;
  readonly writtenTasks: Written<ApprovalTask>;
  readonly writtenDecisions: Written;
  readonly refusals: RefusalTrail;
  /** Asks for a look at the run of a task that was settled: the watch brings the task's new state only later. */
  readonly showOnRun: (key: Key) => void;
  /** When this process began to lead. */
  readonly leadingSince: () => Instant;
}

/** Everything that a reconcile of one task rests on, read once. */
export interface Gathered {
  readonly facts: Facts;
  /** Answers in hand without a stored verdict. */
  readonly waiting: readonly ApprovalDecision[];
  /** Absent where no waiting answer rests on the API server's word. */
  readonly policy?: ProofState;
  readonly now: number;
}

/** Gathers what bears on a task. Of a settled one only the answers that still want to be told so. */
export async function gather(context: ApprovalTaskContext, key: Key, task: ApprovalTask): Promise<Gathered> {
  const approval = approvalOf(task.status) ?? openApproval(task);
  const pending = approval.outcome === undefined;
  const ending = pending ? await gatherRun(context, task) : undefined;
  const listed = pending ? await listAfterDeadline(context, task, approval) : undefined;
  const inHand = [...context.caches.decisions.byIndex(indexes.task, key), ...(listed?.items ?? [])];
  const waiting = unjudged(context, inHand, task);
  const policy = pending ? await provePolicy(context, task, waiting) : undefined;
  const directory = context.directory();
  const witnesses = { keys: context.keys(), policy, directory, since: context.leadingSince() };
  const facts = defined({
    approval,
    terms: termsOf(task.spec),
    rules: context.settings.rules,
    requester: task.spec.requester,
    directory: directory ?? nobodyKnown,
    submissions: waiting.map((decision) => submissionOf(decision, task, witnesses)),
    ending,
    listedAt: listed?.listedAt,
  });
  return defined({ facts, waiting, policy, now: context.client.serverNow() });
}

/** Only where an answer rests on it. */
async function provePolicy(
  { proof }: ApprovalTaskContext,
  { metadata }: ApprovalTask,
  waiting: readonly ApprovalDecision[],
): Promise<ProofState | undefined> {
  return waiting.some(isFromKubernetes) ? proof.prove(metadata.namespace ?? '') : undefined;
}

async function listAfterDeadline(
  context: ApprovalTaskContext,
  task: ApprovalTask,
  approval: Approval,
): Promise<DecisionList | undefined> {
  const { deadline } = approval;
  if (deadline === undefined || context.client.serverNow() < deadline + settleAfterDeadlineMs)
    return undefined;
  return context.lists.after(task.metadata.namespace ?? '', deadline + settleAfterDeadlineMs);
}

/** Answers to this task, once each, that no verdict was written for. */
function unjudged(
  context: ApprovalTaskContext,
  decisions: readonly ApprovalDecision[],
  task: ApprovalTask,
): ApprovalDecision[] {
  return newestOfEach(decisions).filter(
    (decision) =>
      decision.spec.taskRef.name === task.metadata.name &&
      decision.status?.verdict === undefined &&
      context.writtenDecisions.behind(keyOf(decision.metadata), decision) === 0,
  );
}

/** A list may be older than the cache, or newer: a verdict that either has seen must not be given again. */
function newestOfEach(decisions: readonly ApprovalDecision[]): ApprovalDecision[] {
  const byUid = new Map<string, ApprovalDecision>();
  for (const decision of decisions) {
    const { uid, resourceVersion } = decision.metadata;
    const known = byUid.get(uid);
    if (known === undefined || BigInt(known.metadata.resourceVersion) < BigInt(resourceVersion))
      byUid.set(uid, decision);
  }
  return [...byUid.values()];
}
