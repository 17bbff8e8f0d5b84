import type { Response } from './approval.ts';
import { canonicalJson } from './canonical.ts';
import { formatInstant } from './instant.ts';

const domains = {
  task: 'tekton-approvals/audit/v1/task',
  response: 'tekton-approvals/audit/v1/response',
} as const;

/**
 * The head of the hash chain over what was shown and every counted response, over all attempts, in their order. Anybody
 * can compute it again from ApprovalTask `spec.digest` and `status.responses`:
 *
 *     h(0) = sha256("tekton-approvals/audit/v1/task" LF spec.digest)
 *     h(i) = sha256("tekton-approvals/audit/v1/response" LF h(i-1) LF canonicalJson(status.responses[i-1]))
 *
 * LF is one line feed; hashes are written in lower-case hex; canonicalJson is RFC 8785. The first line keeps a link of
 * this chain apart from everything else that is hashed. A response has exactly the fields that the status shows:
 * decisionUid, attempt, step, entry, person, identity {kind, issuer, subject}, decision, comment, time (RFC 3339, UTC,
 * whole seconds), via, assurance, and browser where there is one.
 *
 * `sha256` takes text, hashes its UTF-8, and returns hex.
 */
export function auditDigest(
  specDigest: string,
  responses: readonly Response[],
  sha256: (text: string) => string,
): string {
  return responses.reduce(
    (head, response) => sha256([domains.response, head, canonicalJson(recordOf(response))].join('\n')),
    sha256([domains.task, specDigest].join('\n')),
  );
}

/** Field by field, so that a field which is added for other purposes does not change old digests. */
function recordOf(response: Response): object {
  const { kind, issuer, subject } = response.identity;
  return {
    decisionUid: response.decisionUid,
    attempt: response.attempt,
    step: response.step,
    entry: response.entry,
    person: response.person,
    identity: { kind, issuer, subject },
    decision: response.decision,
    comment: response.comment,
    time: formatInstant(response.time),
    via: response.via,
    assurance: response.assurance,
    browser: response.browser,
  };
}
