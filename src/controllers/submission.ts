import type { ApprovalDecision } from '../api/approvaldecision.ts';
import type { ApprovalTask } from '../api/approvaltask.ts';
import { instant } from '../api/time.ts';
import type { Identity, Instant, Proof, Submission } from '../domain/approval.ts';
import type { Directory } from '../domain/directory.ts';
import { checkSeal } from '../identity/seal.ts';
import type { KeyRing } from '../identity/keyring.ts';
import { isAfter } from './policychange.ts';
import type { ProofState } from './policyproof.ts';

/** What is known about who may have written an answer. */
export interface Witnesses {
  readonly keys: KeyRing | undefined;
  /** Absent where no answer in hand needs it. */
  readonly policy: ProofState | undefined;
  /** Absent while it is not known who is who: then no answer can be judged. */
  readonly directory: Directory | undefined;
  /** Since when this process has tried to find out: what it could not prove is held against an answer only from then. */
  readonly since: Instant;
}

/** Whether an answer rests on the API server's word rather than on the operator's seal. */
export function isFromKubernetes(decision: ApprovalDecision): boolean {
  return decision.spec.via === 'kubernetes';
}

/** An answer as the domain judges it. Nothing that an unsealed object claims about assurance is read. */
export function submissionOf(
  decision: ApprovalDecision,
  task: ApprovalTask,
  witnesses: Witnesses,
): Submission {
  const { spec, metadata } = decision;
  return {
    uid: metadata.uid,
    order: BigInt(metadata.resourceVersion),
    fits: spec.taskRef.uid === task.metadata.uid,
    ...(spec.attempt !== undefined && { attempt: spec.attempt }),
    createdAt: instant(metadata.creationTimestamp),
    decision: spec.decision,
    comment: spec.comment,
    via: spec.via,
    ...(spec.approver !== undefined && { entry: spec.approver }),
    proof: proofOf(decision, witnesses),
  };
}

function proofOf(decision: ApprovalDecision, witnesses: Witnesses): Proof {
  const proof = isFromKubernetes(decision) ? vouched(decision, witnesses) : sealed(decision, witnesses);
  const isHeld = witnesses.directory === undefined && (proof.kind === 'vouched' || proof.kind === 'sealed');
  return isHeld ? { kind: 'unknown', since: witnesses.since } : proof;
}

function identityOf({ actor }: ApprovalDecision['spec']): Identity {
  return { kind: actor.kind, issuer: actor.issuer, subject: actor.username, groups: actor.groups };
}

function vouched(decision: ApprovalDecision, { policy, since }: Witnesses): Proof {
  if (policy === undefined || policy.kind === 'unknown') return { kind: 'unknown', since };
  const admitted = policy.kind === 'holds' && isAfter(decision, policy.since);
  if (!admitted) return { kind: 'notProven' };
  return { kind: 'vouched', identity: { ...identityOf(decision.spec), kind: 'kubernetes', issuer: '' } };
}

function sealed(decision: ApprovalDecision, { keys, since }: Witnesses): Proof {
  const { metadata, spec } = decision;
  if (spec.seal === undefined) return { kind: 'badSeal' };
  if (keys === undefined) return { kind: 'unknown', since };
  const valid = checkSeal(keys, { namespace: metadata.namespace ?? '', name: metadata.name, spec });
  if (valid !== 'valid') return { kind: 'badSeal' };
  const { linkGeneration, browser } = spec.seal;
  return {
    kind: 'sealed',
    identity: identityOf(spec),
    assurance: spec.assurance ?? 'link',
    linkGeneration,
    ...(browser !== '' && { browser }),
  };
}
