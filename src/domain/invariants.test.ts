import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Approval, Facts, Identity, Proof, Requester, Rules, Submission, Terms } from './approval.ts';
import { decide, settleAfterDeadlineMs, unknownProofGraceMs } from './decide.ts';
import { directoryOf, type People } from './directory.ts';
import {
  knownAs,
  kubernetesUser,
  linkHolder,
  minute,
  openRules,
  someApproval,
  someSubmission,
  start,
} from './fixture.ts';
import { lacks, lacksIndependence, type World } from './oracle.ts';

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
const attemptSeconds = 62;

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

const anyWorld = anyCast.chain((cast) =>
  fc
    .tuple(anyTerms(cast), anyPeople, anyRules, anyRequester, anyAnswers(cast))
    .map(([terms, people, rules, requester, attempts]) => ({
      ask: { terms, people, rules, requester },
      attempts,
    })),
);
type Ask = World & { readonly rules: Rules };

function factsOf({ terms, people, rules, requester }: Ask, facts: Partial<Facts>): Facts {
  const directory = directoryOf(people);
  return { approval: someApproval({}, terms), terms, rules, requester, directory, submissions: [], ...facts };
}

const runs = { numRuns: 2_000 };

/** How answers reach the operator: random numbers decide on batches, order of arrival, repeats and unknown proofs. */
type Chance = (upTo: number) => number;
const inOneBatch: Chance = () => 0;

const chances = fc.infiniteStream(fc.nat()).map(
  (stream): Chance =>
    (upTo) =>
      Number(stream.next().value) % upTo,
);

/** What a restart keeps: the groups of an identity are not stored with its response. */
function stored(approval: Approval): Approval {
  const responses = approval.responses.map((r) => ({ ...r, identity: { ...r.identity, groups: [] } }));
  return { ...approval, responses };
}

/** Plays the controller: offers all answers without a verdict, in batches, and lists them after each deadline. */
function play(ask: Ask, attempts: readonly (readonly Submission[])[], chance: Chance): Approval[] {
  const { terms } = ask;
  const states = [someApproval({}, terms)];
  const judged = new Set<string>();
  const seen: Submission[] = [];
  const look = (now: number, listedAt?: number): void => {
    const mayBeUnknown = listedAt === undefined;
    const offered = seen
      .filter(({ uid }) => !judged.has(uid) || chance(4) === 1)
      .map((one) => (mayBeUnknown && chance(5) === 1 ? { ...one, proof: { kind: 'unknown' as const } } : one))
      .toSorted(() => chance(3) - 1);
    const approval = states.at(-1) ?? someApproval({}, terms);
    const facts = factsOf(ask, {
      approval,
      submissions: offered,
      ...(listedAt !== undefined && { listedAt }),
    });
    const decided = decide(facts, now);
    for (const { uid } of decided.verdicts) if (chance(8) !== 1) judged.add(uid);
    states.push(stored(decided.approval));
  };
  attempts.forEach((answers, index) => {
    const ends = start + (index + 1) * attemptSeconds * 1_000;
    for (const answer of answers) {
      seen.push(answer);
      if (chance(2) === 1) look(ends - 3_000);
    }
    look(ends, ends);
  });
  return states;
}

describe('over random answers', { timeout: 300_000 }, () => {
  test('a task ends the same however its answers are batched, shuffled, repeated or late in being proven', () => {
    fc.assert(
      fc.property(anyWorld, chances, ({ ask, attempts }, chance) => {
        const expected = play(ask, attempts, inOneBatch).at(-1);
        expect(play(ask, attempts, chance).at(-1)).toEqual(expected);
      }),
      runs,
    );
  });

  test('a settled approval never changes', () => {
    fc.assert(
      fc.property(anyWorld, chances, ({ ask, attempts }, chance) => {
        const states = play(ask, attempts, chance);
        const settled = states.filter(({ outcome }) => outcome !== undefined);
        for (const state of settled) expect(state).toEqual(settled[0]);
        const [final] = settled;
        if (final === undefined) return;
        const ending = { kind: 'drift', because: 'late' } as const;
        const late = { approval: final, submissions: attempts.flat(), ending, listedAt: 2 * start };
        const after = decide(factsOf(ask, late), 2 * start);
        expect(after.approval).toBe(final);
        const counted = after.verdicts.filter(({ verdict }) => verdict === 'counted').map(({ uid }) => uid);
        expect(counted.toSorted()).toEqual(final.responses.map((r) => r.decisionUid).toSorted());
      }),
      runs,
    );
  });

  test('a task is never approved without the people that its strategy needs', () => {
    const approved = { SINGLE: 0, MULTI: 0, FOUR_EYES: 0, byOthers: 0 };
    fc.assert(
      fc.property(anyWorld, chances, ({ ask, attempts }, chance) => {
        const final = play(ask, attempts, chance).at(-1);
        if (final?.outcome !== 'approved') return;
        approved[ask.terms.strategy] += 1;
        if (ask.rules.requesterMayNotApprove) approved.byOthers += 1;
        expect(lacks(ask, final, attempts.flat())).toEqual([]);
        if (ask.rules.requesterMayNotApprove) expect(lacksIndependence(ask, final)).toEqual([]);
      }),
      runs,
    );
    // The worlds must be good enough that there is something to judge.
    expect(Math.min(...Object.values(approved))).toBeGreaterThan(20);
  });

  test('every answer that is offered with a known proof gets a verdict, and counted means recorded', () => {
    fc.assert(
      fc.property(anyWorld, ({ ask, attempts: [answers = []] }) => {
        const facts = factsOf(ask, { submissions: answers });
        const { approval, verdicts } = decide(facts, start + settleAfterDeadlineMs);
        expect(verdicts.map(({ uid }) => uid)).toEqual(answers.map(({ uid }) => uid));
        const counted = verdicts.filter(({ verdict }) => verdict === 'counted').map(({ uid }) => uid);
        expect(approval.responses.map((r) => r.decisionUid)).toEqual(counted);
      }),
      runs,
    );
  });

  test('a cancel in the same instant as answers wins over them, and an earlier settlement over a cancel', () => {
    fc.assert(
      fc.property(anyWorld, ({ ask, attempts: [answers = []] }) => {
        const facts = factsOf(ask, { submissions: answers });
        const ending = { kind: 'cancel', because: 'stop' } as const;
        const together = decide({ ...facts, ending }, start);
        expect(together.approval).toMatchObject({ outcome: 'cancelled', because: 'stop', responses: [] });
        const first = decide(facts, start).approval;
        const second = decide({ ...facts, approval: first, ending }, start).approval;
        expect(second.outcome).toBe(first.outcome ?? 'cancelled');
      }),
      runs,
    );
  });

  test('an answer that is never proven lets nobody behind it approve', () => {
    fc.assert(
      fc.property(anyWorld, fc.nat(), ({ ask, attempts: [answers = []] }, position) => {
        const terms = { ...ask.terms, timeoutMs: minute };
        const at = position % answers.length;
        const unknown = someSubmission({ kind: 'unknown' }, { order: at + 1 });
        const facts = factsOf({ ...ask, terms }, { submissions: answers.with(at, unknown) });
        const listedAt = start + minute + settleAfterDeadlineMs;
        const { approval } = decide({ ...facts, listedAt }, listedAt + unknownProofGraceMs);
        const without = decide({ ...facts, submissions: answers.slice(0, at) }, start).approval;
        expect(approval.outcome === 'approved').toBe(without.outcome === 'approved');
        expect(approval.outcome !== undefined || approval.attempt === 2).toBe(true);
      }),
      runs,
    );
  });
});
