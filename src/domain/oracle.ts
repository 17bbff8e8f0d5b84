/**
 * A second opinion for tests, written against the rules of docs/spec and not against the code: what an approval lacks to be
 * one. It knows the people of `invariants.test.ts` by name instead of computing who is who.
 */
import type { Approval, Identity, Response, Submission, Terms } from './approval.ts';

/** Who stands behind a name, as an onlooker knows. */
const whoIs: Readonly<Record<string, string>> = {
  alice: 'Alice',
  'Alice+cli@x.io': 'Alice',
  'alice@x.io': 'Alice',
  bob: 'Bob',
  'BOB@x.io': 'Bob',
  'dave@x.io': 'Dave',
  carol: 'Carol',
  mallory: 'Mallory',
  'erin@x.io': 'Erin',
  'frank@x.io': 'Frank',
};

/** What is missing, in words; empty where the approval is sound. */
export function lacks(terms: Terms, approval: Approval, submissions: readonly Submission[]): string[] {
  const round = approval.responses.filter((response) => response.attempt === approval.attempt);
  const missing: string[] = [];
  if (round.some((response) => response.decision === 'reject')) missing.push('nobody rejected');
  if (new Set(approval.responses.map((r) => r.decisionUid)).size < approval.responses.length)
    missing.push('no answer twice');
  for (const response of round) missing.push(...flaws(terms, approval, { response, submissions }));
  return [...missing, ...lacksPeople(terms, round)];
}

interface Claim {
  readonly response: Response;
  readonly submissions: readonly Submission[];
}

function flaws(terms: Terms, approval: Approval, { response, submissions }: Claim): string[] {
  const submission = submissions.find((one) => one.uid === response.decisionUid);
  if (submission === undefined) return ['an answer for every response'];
  const { proof } = submission;
  if (proof.kind !== 'vouched' && proof.kind !== 'sealed') return ['a proven author'];
  const { deadline = Infinity, startTime } = approval;
  const needs: readonly (readonly [boolean, string])[] = [
    [submission.fits, 'an answer to this task'],
    [submission.decision === response.decision, 'the decision that was given'],
    [(submission.attempt ?? approval.attempt) === approval.attempt, 'an answer that names this attempt'],
    [submission.createdAt < deadline, 'an answer in time'],
    [submission.createdAt >= startTime, 'an answer to this attempt'],
    [isListed(proof.identity, response.entry, terms), 'a listed author'],
    [terms.strategy !== 'FOUR_EYES' || !proof.identity.subject.startsWith('system:'), 'a human'],
  ];
  return needs.filter(([isMet]) => !isMet).map(([, need]) => need);
}

function isListed(identity: Identity, entry: string, terms: Terms): boolean {
  const inGroup = identity.kind === 'link' ? identity.subject === entry : identity.groups.includes(entry);
  if (terms.groups.length > 0) return terms.groups.includes(entry) && inGroup;
  const same = identity.subject === entry || identity.subject.replace('BOB@', 'bob@') === entry;
  return terms.approvers.includes(entry) && same;
}

function lacksPeople(terms: Terms, round: readonly Response[]): string[] {
  const identities = round.map((response) => response.identity);
  switch (terms.strategy) {
    case 'SINGLE':
      return round.length === 1 ? [] : ['exactly one approval'];
    case 'MULTI': {
      const listed = terms.groups.length > 0 ? terms.groups : terms.approvers;
      const open = listed.filter((entry) => !round.some((response) => response.entry === entry));
      const all = listed.length > 0 && open.length === 0 ? [] : ['everybody'];
      return terms.groups.length > 0 ? all : [...all, ...lacksDistinct(identities)];
    }
    case 'FOUR_EYES':
      return lacksFourEyes(terms, round, identities);
    default:
      return terms.strategy satisfies never;
  }
}

function lacksFourEyes(terms: Terms, round: readonly Response[], identities: readonly Identity[]): string[] {
  const browsers = round.flatMap(({ browser }) => browser ?? []);
  const missing = lacksDistinct(identities);
  if (round.length !== 2) missing.push('exactly two approvals');
  if (terms.groups.length > 0 && identities.some(({ kind }) => kind === 'link'))
    missing.push('personal links');
  if (new Set(browsers).size < browsers.length) missing.push('two browsers');
  return missing;
}

function lacksDistinct(identities: readonly Identity[]): string[] {
  const people = new Set(identities.map(({ subject }) => whoIs[subject] ?? subject));
  const kinds = new Set(identities.map(({ kind, issuer }) => `${kind} ${issuer}`));
  return [
    ...(people.size < identities.length ? ['different people'] : []),
    ...(kinds.size > 1 ? ['one kind of proof'] : []),
  ];
}
