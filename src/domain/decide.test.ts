import { describe, expect, test } from 'vitest';
import type { Facts, Proof } from './approval.ts';
import { decide, settleAfterDeadlineMs, unknownProofGraceMs } from './decide.ts';
import {
  byKubernetes,
  byLink,
  kubernetesUser,
  minute,
  someApproval,
  someFacts,
  someSubmission,
  someTerms,
  start,
} from './fixture.ts';

const alice = kubernetesUser('alice');
const bob = kubernetesUser('bob');
const timed = someTerms({ timeoutMs: minute });
const retried = someTerms({ timeoutMs: minute, retries: 2 });
const deadline = start + minute;
const listedAt = deadline + settleAfterDeadlineMs;
const patienceEnds = deadline + unknownProofGraceMs;
const unknown = (
  order: number,
  rest: { decision?: 'reject'; createdAt?: number; since?: number } = {},
): Facts['submissions'][number] => {
  const { since, ...answer } = rest;
  const proof: Proof = { kind: 'unknown', ...(since !== undefined && { since }) };
  return someSubmission(proof, { order, ...answer });
};

describe('what settles a task', () => {
  test('an approval, at the time of the answer', () => {
    const { approval, lookAgainAt } = decide(
      someFacts({ submissions: [byKubernetes(alice, { comment: 'fine' })] }),
      start + 9_000,
    );
    expect(approval).toMatchObject({
      outcome: 'approved',
      completionTime: start + 1_000,
      responses: [
        {
          person: 'alice',
          entry: 'alice',
          step: 1,
          attempt: 1,
          comment: 'fine',
          assurance: 'kubernetes',
          time: start + 1_000,
        },
      ],
    });
    expect(approval.because).toBeUndefined();
    expect(lookAgainAt).toBeUndefined();
  });

  test.each([
    ['drift', 'invalid'],
    ['cancel', 'cancelled'],
  ] as const)('%s, before every answer, at once and with its words', (kind, outcome) => {
    const facts = someFacts({
      submissions: [byKubernetes(alice)],
      ending: { kind, because: 'the words' },
      listedAt,
      terms: timed,
    });
    const { approval, verdicts } = decide(facts, start + 9_000);
    expect(approval).toMatchObject({
      outcome,
      because: 'the words',
      completionTime: start + 9_000,
      responses: [],
    });
    expect(verdicts).toMatchObject([{ code: 'settled' }]);
  });

  test('H11: approve and reject in the same instant: the smaller resourceVersion alone, whatever the order of arrival and the clocks', () => {
    const first = byKubernetes(alice, { order: 9, decision: 'reject', createdAt: start + 3_000 });
    const second = byKubernetes(bob, { order: 10, createdAt: start + 2_000 });
    const { approval, verdicts } = decide(someFacts({ submissions: [second, first] }), start);
    expect(approval).toMatchObject({ outcome: 'rejected', completionTime: start + 3_000 });
    expect(verdicts).toMatchObject([
      { uid: 'decision-9', verdict: 'counted' },
      { uid: 'decision-10', code: 'settled' },
    ]);
  });
});

describe('the deadline', () => {
  test('ends the task once a list of answers was made two seconds after it', () => {
    const { approval, lookAgainAt } = decide(someFacts({ terms: timed, listedAt }), listedAt + 500);
    expect(approval).toMatchObject({ outcome: 'timedOut', completionTime: listedAt });
    expect(lookAgainAt).toBeUndefined();
  });

  test.each([
    ['without such a list', undefined],
    ['with a list that is a millisecond too early', listedAt - 1],
  ])('ends nothing %s, however late it is', (_name, tooEarly) => {
    const facts = someFacts({ terms: timed, ...(tooEarly !== undefined && { listedAt: tooEarly }) });
    const { approval, lookAgainAt } = decide(facts, deadline + 9 * minute);
    expect(approval).toBe(facts.approval);
    expect(lookAgainAt).toBe(deadline + 9 * minute + 1_000);
  });

  test('is looked at again two seconds after it', () => {
    expect(decide(someFacts({ terms: timed }), start).lookAgainAt).toBe(listedAt);
  });

  test('never comes where no timeout was given', () => {
    const { approval, lookAgainAt } = decide(someFacts({ listedAt: 2 * start }), 2 * start);
    expect([approval.outcome, lookAgainAt]).toEqual([undefined, undefined]);
  });

  test('counts whoever answered in time, however late the answer is looked at', () => {
    const submissions = [byKubernetes(alice, { createdAt: deadline - 1_000 })];
    const { approval } = decide(
      someFacts({ terms: timed, submissions, listedAt: listedAt + 9 * minute }),
      listedAt + 9 * minute,
    );
    expect(approval).toMatchObject({ outcome: 'approved', completionTime: deadline - 1_000 });
  });

  test('starts the next attempt with a new clock and dead links, while retries are left', () => {
    const terms = { ...retried, strategy: 'MULTI' as const };
    const { approval, lookAgainAt } = decide(
      someFacts({ terms, submissions: [byKubernetes(alice)], listedAt }),
      listedAt,
    );
    expect(approval).toMatchObject({
      attempt: 2,
      startTime: listedAt,
      deadline: listedAt + minute,
      linkGeneration: 2,
      pastAttempts: [{ attempt: 1, startTime: start, deadline, completionTime: listedAt }],
      responses: [{ attempt: 1, person: 'alice' }],
    });
    expect(approval.outcome).toBeUndefined();
    expect(lookAgainAt).toBe(listedAt + minute + settleAfterDeadlineMs);

    const later = { terms, approval, submissions: [byKubernetes(bob, { order: 2, createdAt: listedAt })] };
    expect(decide(someFacts(later), listedAt).approval.outcome).toBeUndefined();
  });

  test('goes through missed attempts one at a time, each with its whole time', () => {
    let { approval } = someFacts({ terms: retried });
    const ends: number[] = [];
    for (
      let now = start + 99 * minute;
      approval.outcome === undefined;
      now += minute + settleAfterDeadlineMs
    ) {
      approval = decide(someFacts({ terms: retried, approval, listedAt: now }), now).approval;
      ends.push(now);
    }
    expect(approval).toMatchObject({ outcome: 'timedOut', attempt: 3, completionTime: ends.at(-1) });
    expect(ends).toHaveLength(3);
  });

  test('H53: a rejection is never retried', () => {
    const submissions = [byKubernetes(alice, { decision: 'reject' })];
    const { approval } = decide(someFacts({ terms: retried, submissions, listedAt }), listedAt);
    expect(approval).toMatchObject({ outcome: 'rejected', attempt: 1 });
  });

  test('a restart re-arms nothing: the same state gives the same deadline', () => {
    const approval = someApproval({}, timed);
    expect(decide(someFacts({ terms: timed, approval }), start + 59_000).approval).toBe(approval);
  });
});

describe('an answer whose proof is unknown', () => {
  test('gets no verdict, holds up those behind it, not those before it, and is looked at again in a second', () => {
    const terms = someTerms({ strategy: 'MULTI', approvers: ['alice', 'bob', 'carol'] });
    const submissions = [byKubernetes(alice), unknown(2), byKubernetes(bob, { order: 3 })];
    const decided = decide(someFacts({ terms, submissions }), start);
    expect(decided.verdicts).toMatchObject([{ uid: 'decision-1', verdict: 'counted' }]);
    expect(decided.approval.outcome).toBeUndefined();
    expect(decided.lookAgainAt).toBe(start + 1_000);
  });

  test('does not hold up anybody when it is for another task or too late', () => {
    const submissions = [
      { ...unknown(1), fits: false },
      unknown(2, { createdAt: deadline }),
      byKubernetes(alice, { order: 3 }),
    ];
    const { verdicts } = decide(someFacts({ terms: timed, submissions }), start);
    expect(verdicts).toMatchObject([{ code: 'wrongTask' }, { code: 'late' }, { verdict: 'counted' }]);
  });

  test('does not hold up a cancel', () => {
    const ending = { kind: 'cancel', because: 'stop' } as const;
    const { approval, verdicts } = decide(someFacts({ submissions: [unknown(1)], ending }), start);
    expect(approval.outcome).toBe('cancelled');
    expect(verdicts).toMatchObject([{ code: 'settled' }]);
  });

  test('keeps the task open after the deadline, for a minute', () => {
    const facts = someFacts({ terms: timed, submissions: [unknown(1)], listedAt });
    expect(decide(facts, patienceEnds - 1)).toEqual({
      approval: facts.approval,
      verdicts: [],
      lookAgainAt: patienceEnds + 999,
    });
  });

  test('is then refused, and the task times out without approval: a rejection may have been among it', () => {
    const submissions = [unknown(1, { decision: 'reject' }), byKubernetes(alice, { order: 2 })];
    const { approval, verdicts } = decide(someFacts({ terms: timed, submissions, listedAt }), patienceEnds);
    expect(approval).toMatchObject({ outcome: 'timedOut', completionTime: patienceEnds, responses: [] });
    expect(verdicts).toMatchObject([{ code: 'identityNotProven' }, { uid: 'decision-2', code: 'settled' }]);
  });

  test('then gives way to a proven rejection behind it, also where retries are left', () => {
    const submissions = [
      unknown(1),
      byKubernetes(alice, { order: 2 }),
      byKubernetes(bob, { order: 3, decision: 'reject' }),
    ];
    const { approval, verdicts } = decide(someFacts({ terms: retried, submissions, listedAt }), patienceEnds);
    expect(approval).toMatchObject({ outcome: 'rejected', responses: [{ person: 'bob' }] });
    expect(verdicts).toMatchObject([
      { code: 'identityNotProven' },
      { verdict: 'counted' },
      { uid: 'decision-2', code: 'settled' },
    ]);
  });

  test('then leaves approvals before it counted, and those behind it to an earlier attempt', () => {
    const terms = { ...retried, strategy: 'MULTI' as const };
    const submissions = [byLink('alice'), unknown(2), byLink('bob', { order: 3 })];
    const { approval, verdicts } = decide(someFacts({ terms, submissions, listedAt }), patienceEnds);
    expect(approval).toMatchObject({ attempt: 2, startTime: patienceEnds, responses: [{ person: 'alice' }] });
    expect(verdicts).toMatchObject([
      { verdict: 'counted' },
      { code: 'identityNotProven' },
      { code: 'superseded' },
    ]);
  });

  test('is given its minute from the first try, where the operator was away at the deadline', () => {
    const back = deadline + 60 * minute;
    const facts = someFacts({ terms: timed, submissions: [unknown(1, { since: back })], listedAt: back });
    expect(decide(facts, back + unknownProofGraceMs - 1).verdicts).toEqual([]);
    expect(decide(facts, back + unknownProofGraceMs).approval.outcome).toBe('timedOut');
  });
});
