/**
 * A second opinion for tests, written against the rules of docs/spec and not against the code: what an approval lacks to be
 * one. It knows the people of `invariants.test.ts` by name instead of computing who is who.
 */
import type { Approval, Identity, Requester, Response, Submission, Terms } from './approval.ts';
import type { KnownPerson, People } from './directory.ts';

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

/** What is asked, and what a directory says of those who answer. */
export interface World {
  readonly terms: Terms;
  readonly people: People;
  readonly requester: Requester;
}

/** What is missing, in words; empty where the approval is sound. */
export function lacks(world: World, approval: Approval, submissions: readonly Submission[]): string[] {
  const round = roundOf(approval);
  const missing: string[] = [];
  if (round.some((response) => response.decision === 'reject')) missing.push('nobody rejected');
  if (new Set(approval.responses.map((r) => r.decisionUid)).size < approval.responses.length)
    missing.push('no answer twice');
  for (const response of round) missing.push(...flaws(world, approval, { response, submissions }));
  return [...missing, ...lacksPeople(world, round)];
}

/** What is missing where whoever started the run may not approve it. */
export function lacksIndependence({ requester, people, terms }: World, approval: Approval): string[] {
  const { name, certainty } = requester;
  const starter: Identity = { kind: 'kubernetes', issuer: '', subject: name, groups: [] };
  return roundOf(approval).flatMap(({ identity }) => [
    ...(certainty !== 'stamped' || name === '' || name.startsWith('system:')
      ? ['a requester who is known']
      : []),
    ...(identity.kind === 'link' && terms.groups.includes(identity.subject) ? ['a link of one person'] : []),
    ...lacksDistinct([identity, starter], people),
  ]);
}

function roundOf({ responses, attempt }: Approval): readonly Response[] {
  return responses.filter((response) => response.attempt === attempt);
}

/** Everybody of whom the directory says that this is their identity, or that a list means them by this name. */
function claimants({ persons }: People, identity: Identity): readonly KnownPerson[] {
  const { kind, issuer, subject } = identity;
  return persons.filter(({ handle, emails, kubernetesUsers, oidc }) => {
    if (kind === 'login') return oidc.some((one) => one.issuer === issuer && one.subject === subject);
    const names = kind === 'link' ? [handle, ...emails, ...kubernetesUsers] : kubernetesUsers;
    return names.includes(lowered(subject)) || names.includes(subject);
  });
}

const lowered = (name: string): string => name.replace('BOB@', 'bob@').replace('Alice+cli', 'alice+cli');

interface Claim {
  readonly response: Response;
  readonly submissions: readonly Submission[];
}

function flaws(world: World, approval: Approval, { response, submissions }: Claim): string[] {
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
    [isListed(proof.identity, response.entry, world), 'a listed author'],
    [world.terms.strategy !== 'FOUR_EYES' || !proof.identity.subject.startsWith('system:'), 'a human'],
  ];
  return needs.filter(([isMet]) => !isMet).map(([, need]) => need);
}

function isListed(identity: Identity, entry: string, { terms, people }: World): boolean {
  if (terms.groups.length === 0) return terms.approvers.includes(entry) && isMeant(identity, entry, people);
  const inGroup = identity.kind === 'link' ? identity.subject === entry : identity.groups.includes(entry);
  return terms.groups.includes(entry) && (inGroup || isKnownMember(identity, entry, people));
}

function isKnownMember(identity: Identity, group: string, people: People): boolean {
  const own = claimants(people, identity);
  const members = people.groups.find(({ name }) => name === group)?.members ?? [];
  return own.length === 1 && own.every(({ handle }) => members.includes(handle));
}

/** A list means somebody by an entry: whom the directory knows by it, or else whoever has that very name. */
function isMeant(identity: Identity, entry: string, people: People): boolean {
  const own = claimants(people, identity);
  const meant = claimants(people, { kind: 'link', issuer: '', subject: entry, groups: [] });
  if (meant.length > 1 || own.length > 1) return false;
  if (own.length === 1 && meant.length === 1) return own[0] === meant[0];
  return identity.subject === entry || lowered(identity.subject) === entry;
}

function lacksPeople({ terms, people }: World, round: readonly Response[]): string[] {
  const identities = round.map((response) => response.identity);
  switch (terms.strategy) {
    case 'SINGLE':
      return round.length === 1 ? [] : ['exactly one approval'];
    case 'MULTI': {
      const listed = terms.groups.length > 0 ? terms.groups : terms.approvers;
      const open = listed.filter((entry) => !round.some((response) => response.entry === entry));
      const all = listed.length > 0 && open.length === 0 ? [] : ['everybody'];
      return terms.groups.length > 0 ? all : [...all, ...lacksDistinct(identities, people)];
    }
    case 'FOUR_EYES':
      return lacksFourEyes(terms, round, people);
    default:
      return terms.strategy satisfies never;
  }
}

function lacksFourEyes(terms: Terms, round: readonly Response[], people: People): string[] {
  const identities = round.map((response) => response.identity);
  const browsers = round.flatMap(({ browser }) => browser ?? []);
  const missing = lacksDistinct(identities, people);
  if (round.length !== 2) missing.push('exactly two approvals');
  if (identities.some(({ kind, subject }) => kind === 'link' && terms.groups.includes(subject)))
    missing.push('personal links');
  if (new Set(browsers).size < browsers.length) missing.push('two browsers');
  return missing;
}

/** Two are two where the directory says so of both, or where onlookers know it and both came the same way. */
function lacksDistinct(identities: readonly Identity[], people: People): string[] {
  return identities.flatMap((one, index) =>
    identities.slice(index + 1).flatMap((other) => lacksDistance(one, other, people)),
  );
}

function lacksDistance(one: Identity, other: Identity, people: People): string[] {
  const [first = [], second = []] = [one, other].map((identity) => claimants(people, identity));
  if (first.length > 1 || second.length > 1) return ['undisputed people'];
  if (first.length === 0 || second.length === 0) return lacksDifference(one, other);
  return first[0] === second[0] ? ['different people'] : [];
}

function lacksDifference(one: Identity, other: Identity): string[] {
  const same = (whoIs[one.subject] ?? one.subject) === (whoIs[other.subject] ?? other.subject);
  const kinds = one.kind === other.kind && one.issuer === other.issuer;
  return [...(same ? ['different people'] : []), ...(kinds ? [] : ['one kind of proof'])];
}
