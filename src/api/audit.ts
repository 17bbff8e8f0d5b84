import { fittingOutcomes, verifyChain, type ChainReport } from '../domain/audit.ts';
import { chainStart, type Sha256 } from '../domain/digest.ts';
import type { ApprovalTask } from './approvaltask.ts';
import { publishedHeads, type Published, type PublishingRun } from './published.ts';
import { digestOfShown } from './shown.ts';
import { approvalOf, termsOf } from './storedapproval.ts';
import type { CustomRun } from './tekton.ts';

export type { PublishingRun } from './published.ts';

/** The objects that tell of one request. What is not at hand, or belongs to another request, is not compared. */
export interface Audited {
  readonly task: ApprovalTask;
  readonly run?: CustomRun;
  readonly pipelineRun?: PublishingRun;
}

/** Where the record of a request does not fit. Records count from 1. */
export type Misfit =
  /** What was asked is not what `spec.digest` says. */
  | { readonly kind: 'spec' }
  | { readonly kind: 'record'; readonly record: number; readonly decisionUid: string }
  /** Not `status.auditDigest`: records are missing at the end, or none has a digest of its own. */
  | { readonly kind: 'head' }
  /** The outcome is not what the records come to. */
  | { readonly kind: 'outcome' }
  /** The chain fits in itself, but another head was handed to the pipeline: it was computed again as a whole. */
  | { readonly kind: 'published'; readonly on: Published['on'] };

export type AuditReport =
  | {
      readonly ok: true;
      readonly records: number;
      readonly head: string;
      /** The objects that publish the same head, such as `CustomRun`. */
      readonly published: readonly string[];
    }
  | { readonly ok: false; readonly at: Misfit; readonly sentence: string };

/**
 * Checks the record of a request as it is stored: what was asked against `spec.digest`, each counted answer against the
 * chain, the outcome against the answers, and the head of the chain against what was handed to the pipeline. `sha256`
 * takes text and returns lower-case hex.
 */
export function verifyTask(audited: Audited, sha256: Sha256): AuditReport {
  const { task } = audited;
  const head = task.status?.auditDigest ?? chainStart(task.spec.digest, sha256);
  const published = publishedHeads(audited);
  return (
    checkSpec(task, sha256) ??
    checkChain(task, head, sha256) ??
    checkOutcome(task) ??
    checkPublished(published, head) ?? {
      ok: true,
      records: recordsOf(task).length,
      head,
      published: published.map(({ on }) => on),
    }
  );
}

type Broken = Extract<AuditReport, { ok: false }> | undefined;

const misfit = (at: Misfit, sentence: string): Broken => ({ ok: false, at, sentence });
const recordsOf = ({ status }: ApprovalTask): Responses => status?.responses ?? [];
type Responses = NonNullable<NonNullable<ApprovalTask['status']>['responses']>;

/** A task that was made by hand has no digest to compare with. */
function checkSpec({ spec }: ApprovalTask, sha256: Sha256): Broken {
  const isByHand = spec.customRunRef === undefined && spec.digest === '';
  if (isByHand || digestOfShown(spec, sha256) === spec.digest) return undefined;
  return misfit({ kind: 'spec' }, 'What was asked does not fit spec.digest: the request was changed.');
}

function checkChain(task: ApprovalTask, head: string, sha256: Sha256): Broken {
  const records = recordsOf(task);
  const report = verifyChain({ specDigest: task.spec.digest, records, head }, sha256);
  if (report.ok) return undefined;
  return report.at === 'head' ? misfit({ kind: 'head' }, headSentence) : wrongRecord(records, report);
}

const headSentence =
  'The records do not lead to status.auditDigest: one is missing at the end, or one that has no digest of its own was changed.';

function wrongRecord(records: Responses, { at, why }: Extract<ChainReport, { why: unknown }>): Broken {
  const { decisionUid = '', person = '' } = records[at] ?? {};
  const record = at + 1;
  const named = `Record ${String(record)} (${person}, decision ${decisionUid})`;
  return misfit({ kind: 'record', record, decisionUid }, `${named} ${whyNot[why]}`);
}

const whyNot = {
  changed: 'does not fit: it was changed, or what stood in front of it was.',
  added: 'does not belong there: it was put in afterwards, or put there twice.',
  unproven:
    'or one behind it does not fit. Which cannot be told: older versions of the operator stored no digest with each.',
} as const;

function checkOutcome({ spec, status }: ApprovalTask): Broken {
  const approval = approvalOf(status);
  if (approval === undefined) return undefined;
  const outcome = approval.outcome ?? 'pending';
  if (fittingOutcomes(termsOf(spec), approval).includes(outcome)) return undefined;
  const sentence = `The outcome, ${outcome}, is not what the records come to: it was changed afterwards.`;
  return misfit({ kind: 'outcome' }, sentence);
}

function checkPublished(published: readonly Published[], head: string): Broken {
  const other = published.find(({ heads }) => !heads.includes(head));
  if (other === undefined) return undefined;
  const sentence = `The records fit one another, but the ${other.on} was handed another auditDigest: they were changed and computed again as a whole.`;
  return misfit({ kind: 'published', on: other.on }, sentence);
}
