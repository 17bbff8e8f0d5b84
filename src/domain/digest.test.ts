import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Response } from './approval.ts';
import { decide } from './decide.ts';
import { chainStart, continueChain } from './digest.ts';
import { byKubernetes, byLink, kubernetesUser, someFacts, someTerms, start } from './fixture.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const terms = someTerms({ strategy: 'MULTI', approvers: ['alice', 'bob', 'carol'] });
const submissions = [byLink('alice', { browser: 'b1', comment: 'fine\n' }), byLink('bob', { order: 2 })];
const { responses } = decide(someFacts({ terms, submissions }), start).approval;

const begun = (shown: string): { head: string; recorded: number } => ({
  head: chainStart(shown, sha256),
  recorded: 0,
});
const headOf = (shown: string, given: readonly Response[]): string =>
  continueChain(begun(shown), given, sha256).head;

describe('the chain of a request', () => {
  const one =
    '{"assurance":"link","attempt":1,"browser":"b1","comment":"fine\\n","decision":"approve","decisionUid":"decision-1","entry":"alice","identity":{"issuer":"","kind":"link","subject":"alice"},"person":"alice","step":1,"time":"2026-01-01T00:00:01Z","via":"link"}';
  const two =
    '{"assurance":"link","attempt":1,"comment":"","decision":"approve","decisionUid":"decision-2","entry":"bob","identity":{"issuer":"","kind":"link","subject":"bob"},"person":"bob","step":1,"time":"2026-01-01T00:00:01Z","via":"link"}';
  const h0 = sha256('tekton-approvals/audit/v1/task\nspec');
  const h1 = sha256(`tekton-approvals/audit/v1/response\n${h0}\n${one}`);
  const h2 = sha256(`tekton-approvals/audit/v1/response\n${h1}\n${two}`);

  test('is what an auditor computes by hand from the status, and each response has the head up to it', () => {
    const chained = continueChain(begun('spec'), responses, sha256);
    expect(chained.head).toBe(h2);
    expect(chained.responses.map(({ digest }) => digest)).toEqual([h1, h2]);
    expect(headOf('spec', [])).toBe(h0);
  });

  test('goes on from the head that was stored, and hashes nothing again that was recorded before', () => {
    const [first, second] = continueChain(begun('spec'), responses, sha256).responses;
    const edited = [first, second].flatMap((r) => (r === undefined ? [] : [{ ...r, person: 'mallory' }]));
    const longer = continueChain({ head: h2, recorded: 2 }, [...edited, ...responses.slice(0, 1)], sha256);
    expect(longer.responses.slice(0, 2)).toEqual(edited);
    expect(longer.head).toBe(sha256(`tekton-approvals/audit/v1/response\n${h2}\n${one}`));
  });

  test.each([
    ['another request', 'other', responses],
    ['a response less', 'spec', responses.slice(1)],
    ['another order', 'spec', responses.toReversed()],
    ['a changed comment', 'spec', responses.map((r) => ({ ...r, comment: `${r.comment}.` }))],
    ['another person', 'spec', responses.map((r) => ({ ...r, person: 'mallory' }))],
  ])('has another head for %s', (_name, digest, changed) => {
    expect(headOf(digest, changed)).not.toBe(h2);
  });

  test('does not depend on the groups of an identity, which no status keeps', () => {
    const member = decide(someFacts({ submissions: [byKubernetes(kubernetesUser('alice', ['qa']))] }), start)
      .approval.responses;
    const stored = member.map((r) => ({ ...r, identity: kubernetesUser('alice') }));
    expect(headOf('spec', stored)).toBe(headOf('spec', member));
  });
});
