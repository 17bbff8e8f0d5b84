import type { Response } from './approval.ts';
import { canonicalJson } from './canonical.ts';
import { formatInstant } from './instant.ts';

const domains = {
  task: 'tekton-approvals/audit/v1/task',
  response: 'tekton-approvals/audit/v1/response',
} as const;

/** sha256 of a text's UTF-8, in lower-case hex. */
export type Sha256 = (text: string) => string;

/** A counted response as the status shows it: times are text, and there is nothing but these fields. */
export type AuditRecord = Omit<Response, 'time' | 'identity' | 'browser' | 'digest'> & {
  readonly identity: Pick<Response['identity'], 'kind' | 'issuer' | 'subject'>;
  readonly time: string;
  readonly browser?: string | undefined;
};

/**
 * The hash chain over what was shown and every counted response, over all attempts, in their order. Anybody can compute
 * it again from ApprovalTask `spec.digest` and `status.responses` (docs/spec/audit.md):
 *
 *     h(0) = sha256("tekton-approvals/audit/v1/task" LF spec.digest)
 *     h(i) = sha256("tekton-approvals/audit/v1/response" LF h(i-1) LF canonicalJson(status.responses[i-1] without digest))
 *
 * LF is one line feed; canonicalJson is RFC 8785. The first line keeps a link of this chain apart from everything else
 * that is hashed. h(i) is the response's own `digest`, the last one is `status.auditDigest`.
 */
export function chainStart(specDigest: string, sha256: Sha256): string {
  return sha256([domains.task, specDigest].join('\n'));
}

/** The head after one more record. */
export function chainOn(head: string, record: AuditRecord, sha256: Sha256): string {
  return sha256([domains.response, head, canonicalJson(fieldsOf(record))].join('\n'));
}

/** Responses with the digest of each, and the head of their chain. */
export interface Chained {
  readonly responses: readonly Response[];
  readonly head: string;
}

/**
 * Continues a chain with what was counted after its first `recorded` responses. Those are left as they are stored, and
 * never hashed again: whoever changes one afterwards is found out, also while answers still come in.
 */
export function continueChain(
  chain: { readonly head: string; readonly recorded: number },
  responses: readonly Response[],
  sha256: Sha256,
): Chained {
  let { head } = chain;
  const added = responses.slice(chain.recorded).map((response) => {
    head = chainOn(head, recordOf(response), sha256);
    return { ...response, digest: head };
  });
  return { responses: [...responses.slice(0, chain.recorded), ...added], head };
}

function recordOf(response: Response): AuditRecord {
  return { ...response, time: formatInstant(response.time) };
}

/** Field by field, so that a field which is added for other purposes does not change old digests. */
function fieldsOf(record: AuditRecord): object {
  const { kind, issuer, subject } = record.identity;
  return {
    decisionUid: record.decisionUid,
    attempt: record.attempt,
    step: record.step,
    entry: record.entry,
    person: record.person,
    mapped: record.mapped,
    identity: { kind, issuer, subject },
    decision: record.decision,
    comment: record.comment,
    time: record.time,
    via: record.via,
    assurance: record.assurance,
    browser: record.browser,
  };
}
