import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Approval, Submission } from './approval.ts';
import { decide, settleAfterDeadlineMs, unknownProofGraceMs } from './decide.ts';
import { minute, someApproval, someSubmission, start } from './fixture.ts';
import { lacks, lacksIndependence } from './oracle.ts';
import { anyWorld, attemptSeconds, factsOf, type Ask } from '../../test/builders/worlds.ts';

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
