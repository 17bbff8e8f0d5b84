/** Builders for tests, the domain's own and those of its callers. A test says only what it is about. */
import type {
  Approval,
  Facts,
  Identity,
  Instant,
  Proof,
  Requester,
  Rules,
  Submission,
  Terms,
} from './approval.ts';
import { deadlineAfter } from './deadline.ts';
import { nobodyKnown, type KnownPerson } from './directory.ts';

/** A round instant: 2026-01-01T00:00:00Z. */
export const start: Instant = 1_767_225_600_000;

export const minute = 60_000;

export function someTerms(terms: Partial<Terms> = {}): Terms {
  return {
    strategy: 'SINGLE',
    approvers: ['alice', 'bob'],
    groups: [],
    commentRequired: 'never',
    retries: 0,
    ...terms,
  };
}

/** A first attempt from `start`, with the deadline that its terms give. */
export function someApproval(approval: Partial<Approval> = {}, terms: Terms = someTerms()): Approval {
  const { timeoutMs } = terms;
  return {
    attempt: 1,
    startTime: start,
    ...(timeoutMs !== undefined && { deadline: deadlineAfter(start, timeoutMs) }),
    responses: [],
    pastAttempts: [],
    linkGeneration: 1,
    ...approval,
  };
}

export const openRules: Rules = {
  minAssurance: { SINGLE: 'link', MULTI: 'link', FOUR_EYES: 'link' },
  robots: [],
  requesterMayNotApprove: false,
};

const unknownRequester: Requester = { name: '', certainty: 'unknown' };

/** A person of the directory who is known by nothing but what the test gives. */
export function knownAs(handle: string, person: Partial<KnownPerson> = {}): KnownPerson {
  return { handle, emails: [], kubernetesUsers: [], oidc: [], chat: [], ...person };
}

export function someFacts(facts: Partial<Facts> = {}): Facts {
  const terms = facts.terms ?? someTerms();
  return {
    approval: someApproval({}, terms),
    terms,
    rules: openRules,
    requester: unknownRequester,
    directory: nobodyKnown,
    submissions: [],
    ...facts,
  };
}

export function kubernetesUser(subject: string, groups: readonly string[] = []): Identity {
  return { kind: 'kubernetes', issuer: '', subject, groups };
}

export function linkHolder(entry: string): Identity {
  return { kind: 'link', issuer: '', subject: entry, groups: [] };
}

type Answer = Partial<Omit<Submission, 'order' | 'proof' | 'via'>> & { readonly order?: number };

/** An approval through Kubernetes a second after `start`, by a user that the API server vouched for. */
export function byKubernetes(identity: Identity, answer: Answer = {}): Submission {
  return someSubmission({ kind: 'vouched', identity }, { via: 'kubernetes', ...answer });
}

/** An approval through the form behind the link that was made for an entry. */
export function byLink(entry: string, answer: Answer & Partial<SealedProof> = {}): Submission {
  const { assurance = 'link', linkGeneration = 1, browser, ...rest } = answer;
  const seal = {
    identity: linkHolder(entry),
    assurance,
    linkGeneration,
    ...(browser !== undefined && { browser }),
  };
  return someSubmission({ kind: 'sealed', ...seal }, { via: 'link', ...rest });
}

type SealedProof = Omit<Extract<Proof, { kind: 'sealed' }>, 'kind' | 'identity'>;

/** An approval with any proof. Without an order it is the first; without a uid, it is named by its order. */
export function someSubmission(
  proof: Proof,
  answer: Answer & { readonly via?: Submission['via'] } = {},
): Submission {
  const { order = 1, ...rest } = answer;
  return {
    uid: `decision-${order}`,
    order: BigInt(order),
    fits: true,
    createdAt: start + 1_000,
    decision: 'approve',
    comment: '',
    via: 'kubernetes',
    proof,
    ...rest,
  };
}
