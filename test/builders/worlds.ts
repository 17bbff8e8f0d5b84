/** Random requests, people and answers, for the properties that hold for all of them. */
import * as fc from 'fast-check';
import type {
  Facts,
  Identity,
  Proof,
  Requester,
  Rules,
  Submission,
  Terms,
} from '../../src/domain/approval.ts';
import { directoryOf, type People } from '../../src/domain/directory.ts';
import {
  knownAs,
  kubernetesUser,
  linkHolder,
  minute,
  openRules,
  someApproval,
  someSubmission,
  start,
} from '../../src/domain/fixture.ts';
import type { World } from '../../src/domain/oracle.ts';

const robot = 'system:serviceaccount:ci:bot';

/** Few names that meet often: one person under several names, one name in several kinds. */
const identities: readonly Identity[] = [
  kubernetesUser('alice', ['qa', 'ops']),
  kubernetesUser('Alice+cli@x.io', ['qa']),
  kubernetesUser('bob', ['qa']),
  kubernetesUser('carol', ['ops', 'qa@x.io']),
  kubernetesUser('mallory'),
  kubernetesUser(robot, ['qa', 'ops']),
  linkHolder('alice'),
  linkHolder('alice@x.io'),
  linkHolder('BOB@x.io'),
  linkHolder('dave@x.io'),
  linkHolder('qa'),
  linkHolder('ops'),
  linkHolder('qa@x.io'),
  linkHolder('p1'),
  linkHolder('p2'),
  { kind: 'login', issuer: 'https://one', subject: 'erin@x.io', groups: ['ops'] },
  { kind: 'login', issuer: 'https://two', subject: 'frank@x.io', groups: ['ops'] },
];

/** What a directory may say of the cast, and of whom: it need not be true, and some of it may be disputed. */
const anyPeople: fc.Arbitrary<People> = fc
  .array(
    fc.record({
      emails: fc.subarray(['alice@x.io', 'bob@x.io', 'dave@x.io', 'qa@x.io'], { maxLength: 2 }),
      kubernetesUsers: fc.subarray(['alice', 'Alice+cli@x.io', 'bob', 'carol', robot], { maxLength: 2 }),
      oidc: fc.subarray(
        [
          { issuer: 'https://one', subject: 'erin@x.io' },
          { issuer: 'https://two', subject: 'frank@x.io' },
        ],
        { maxLength: 1 },
      ),
    }),
    { maxLength: 3 },
  )
  .chain((persons) =>
    fc.record({
      persons: fc.constant(persons.map((person, index) => knownAs(`p${String(index + 1)}`, person))),
      groups: fc.subarray([
        { name: 'qa', members: ['p1', 'p2'] },
        { name: 'qa@x.io', members: ['p1', 'p3', 'nobody'] },
      ]),
    }),
  );

/** Who takes part in one world. A small cast, so that listed people and wrong combinations of them are frequent. */
type Cast = readonly Identity[];

const anyCast = fc.subarray([...identities], { minLength: 2, maxLength: 5 });

const anyTerms = (cast: Cast): fc.Arbitrary<Terms> =>
  fc
    .record({
      strategy: fc.constantFrom('SINGLE' as const, 'MULTI' as const, 'FOUR_EYES' as const),
      approvers: fc.subarray([...new Set(cast.map(({ subject }) => subject.replace('BOB@', 'bob@')))], {
        minLength: 1,
      }),
      groups: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, fc.subarray(['qa', 'ops', 'qa@x.io'])),
      commentRequired: fc.constantFrom('never' as const, 'reject' as const),
      retries: fc.integer({ min: 0, max: 2 }),
      timeoutMs: fc.option(fc.constant(minute), { nil: undefined }),
    })
    .map(({ timeoutMs, ...terms }) => ({ ...terms, ...(timeoutMs !== undefined && { timeoutMs }) }));

const badProofs: readonly Proof[] = [{ kind: 'badSeal' }, { kind: 'notProven' }];

const anyProof = (cast: Cast): fc.Arbitrary<Proof> =>
  fc.oneof(
    { weight: 1, arbitrary: fc.constantFrom(...badProofs) },
    {
      weight: 12,
      arbitrary: fc
        .record({ identity: fc.constantFrom(...cast), browser: fc.constantFrom('', 'b1', 'b2') })
        .map(({ identity, browser }): Proof => {
          if (identity.kind === 'kubernetes') return { kind: 'vouched', identity };
          const seal = { kind: 'sealed', identity, assurance: 'link', linkGeneration: 1 } as const;
          return browser === '' ? seal : { ...seal, browser };
        }),
    },
  );

const rarely = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });

/** An answer made so many seconds after the beginning of its attempt; the deadline is at 60. */
const anyAnswer = (cast: Cast) =>
  fc.record({
    second: fc.oneof(
      { weight: 9, arbitrary: fc.integer({ min: 0, max: 59 }) },
      fc.integer({ min: 60, max: 61 }),
    ),
    decision: fc.oneof(
      { weight: 7, arbitrary: fc.constant('approve' as const) },
      fc.constant('reject' as const),
    ),
    comment: fc.constantFrom('', 'fine', ' '),
    entry: rarely(fc.constantFrom('qa', 'ops', 'alice', 'bob@x.io')),
    attempt: rarely(fc.integer({ min: 1, max: 3 })),
    fits: fc.oneof({ weight: 12, arbitrary: fc.constant(true) }, fc.constant(false)),
    proof: anyProof(cast),
  });

/** The attempts of a world begin 62 seconds apart: a list two seconds after each deadline ends them. */
export const attemptSeconds = 62;

/** One list of answers for each attempt, in their own order. Creation times run against that order at times. */
const anyAnswers = (cast: Cast): fc.Arbitrary<readonly (readonly Submission[])[]> =>
  fc
    .array(fc.array(anyAnswer(cast), { minLength: 2, maxLength: 10 }), { minLength: 1, maxLength: 3 })
    .map((attempts) =>
      attempts.map((answers, index) =>
        answers.map(({ second, entry, attempt, proof, ...rest }, position) => {
          const createdAt = start + (index * attemptSeconds + Math.min(second, attemptSeconds - 1)) * 1_000;
          return someSubmission(proof.kind === 'sealed' ? { ...proof, linkGeneration: index + 1 } : proof, {
            ...rest,
            order: index * 100 + position + 1,
            createdAt,
            via: proof.kind === 'vouched' || proof.kind === 'notProven' ? 'kubernetes' : 'link',
            ...(entry !== undefined && { entry }),
            ...(attempt !== undefined && { attempt }),
          });
        }),
      ),
    );

/** One robot is allowed, so that FOUR_EYES has something to ignore. */
const anyRules: fc.Arbitrary<Rules> = fc
  .boolean()
  .map((requesterMayNotApprove) => ({ ...openRules, robots: [robot], requesterMayNotApprove }));

const anyRequester: fc.Arbitrary<Requester> = fc.record({
  name: fc.constantFrom('', 'alice', 'bob', 'mallory', robot),
  certainty: fc.constantFrom('stamped' as const, 'stamped' as const, 'asserted' as const),
});

export const anyWorld = anyCast.chain((cast) =>
  fc
    .tuple(anyTerms(cast), anyPeople, anyRules, anyRequester, anyAnswers(cast))
    .map(([terms, people, rules, requester, attempts]) => ({
      ask: { terms, people, rules, requester },
      attempts,
    })),
);
export type Ask = World & { readonly rules: Rules };

export function factsOf({ terms, people, rules, requester }: Ask, facts: Partial<Facts>): Facts {
  const directory = directoryOf(people);
  return { approval: someApproval({}, terms), terms, rules, requester, directory, submissions: [], ...facts };
}
