import type { Approval, Response, Strategy, Terms } from './approval.ts';
import { approvalsAmong, countedResponses, rejectionsAmong } from './counted.ts';
import { joinedCommentBytes, joinParts, joinPartsWithin, neutralise } from './text.ts';

/** The Tekton results of a run: always all of them, always strings. */
export interface Results {
  /** `true` only where the task was approved; `false` also where it ended without a decision. */
  readonly decision: 'true' | 'false';
  /** MULTI: one part per response, joined with bars. FOUR_EYES: the last step's. */
  readonly comment: string;
  /** Joined with bars for MULTI and FOUR_EYES, in the order of the answers. */
  readonly approvedBy: string;
  readonly rejectedBy: string;
  /** Empty while pending. */
  readonly outcome: string;
  /** JSON array of the persons whose approval counted, each once; empty if there is none. Tekton reads it as an array. */
  readonly approvers: string;
  readonly auditDigest: string;
}

/**
 * Renders an approval as Tekton results. Only responses of the attempt that settled count. A rejection is always the
 * last response, so that the parts of `comment` belong to those of `approvedBy` followed by `rejectedBy`.
 */
export function results(terms: Terms, approval: Approval, digestHead: string): Results {
  const counted = countedResponses(approval);
  const approvals = approvalsAmong(counted);
  return {
    decision: approval.outcome === 'approved' ? 'true' : 'false',
    comment: comment(terms.strategy, counted),
    approvedBy: names(terms.strategy, approvals),
    rejectedBy: names(terms.strategy, rejectionsAmong(counted)),
    outcome: approval.outcome ?? '',
    approvers: approvals.length === 0 ? '' : JSON.stringify(distinctNames(approvals)),
    auditDigest: digestHead,
  };
}

/** The results of a run that ended without an approval of its own: nobody was asked, or the record of it is gone. */
export function resultsWithoutApproval(outcome: 'cancelled' | 'invalid'): Results {
  return {
    decision: 'false',
    comment: '',
    approvedBy: '',
    rejectedBy: '',
    outcome,
    approvers: '',
    auditDigest: '',
  };
}

function comment(strategy: Strategy, counted: readonly Response[]): string {
  const comments = counted.map((response) => response.comment);
  return strategy === 'MULTI'
    ? joinPartsWithin(comments, joinedCommentBytes)
    : neutralise(comments.at(-1) ?? '');
}

function names(strategy: Strategy, responses: readonly Response[]): string {
  const persons = responses.map((response) => response.person);
  // A lone name keeps its bars: `auth0|1234` is what existing pipelines compare with.
  return strategy === 'SINGLE' ? neutralise(persons.at(0) ?? '') : joinParts(persons);
}

function distinctNames(approvals: readonly Response[]): readonly string[] {
  return [...new Set(approvals.map((response) => neutralise(response.person)))];
}
