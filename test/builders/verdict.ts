import { expect } from 'vitest';
import type { Facts, Submission } from '../../src/domain/approval.ts';
import { decide } from '../../src/domain/decide.ts';
import { minute, openRules, someApproval, someFacts, someTerms, start } from '../../src/domain/fixture.ts';
import { refusals } from '../../src/domain/refusal.ts';

/** Settings and the one question that the tests of what counts and of what is refused share. */

export const robot = 'system:serviceaccount:ci:bot';
export const timed = someTerms({ timeoutMs: minute, retries: 2 });
const secondAttempt = someApproval({
  attempt: 2,
  startTime: start + 62_500,
  deadline: start + 123_000,
  linkGeneration: 2,
  pastAttempts: [{ attempt: 1, startTime: start, deadline: start + minute, completionTime: start + 62_500 }],
});
export const inSecond: Partial<Facts> = { terms: timed, approval: secondAttempt };
export const loginOnly: Facts['rules'] = {
  ...openRules,
  minAssurance: { ...openRules.minAssurance, SINGLE: 'login' },
};

/** The verdict on one answer. */
export function verdictOn(submission: Submission, facts: Partial<Facts> = {}): string {
  const { verdicts, approval } = decide(someFacts({ ...facts, submissions: [submission] }), start + 5_000);
  const [verdict] = verdicts;
  if (verdict === undefined) return 'none yet';
  if (verdict.verdict === 'refused') {
    expect(approval.responses).toEqual(facts.approval?.responses ?? []);
    expect(verdict.message.startsWith(refusals[verdict.code])).toBe(true);
    return verdict.code;
  }
  expect(approval.responses.map((response) => response.decisionUid)).toContain(verdict.uid);
  return 'counted';
}
