import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { auditDigest } from './digest.ts';
import { decide } from './decide.ts';
import { byKubernetes, byLink, kubernetesUser, someFacts, someTerms, start } from './fixture.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const terms = someTerms({ strategy: 'MULTI', approvers: ['alice', 'bob', 'carol'] });
const submissions = [byLink('alice', { browser: 'b1', comment: 'fine\n' }), byLink('bob', { order: 2 })];
const { responses } = decide(someFacts({ terms, submissions }), start).approval;

describe('auditDigest', () => {
  test('is what an auditor computes by hand from the status', () => {
    const one =
      '{"assurance":"link","attempt":1,"browser":"b1","comment":"fine\\n","decision":"approve","decisionUid":"decision-1","entry":"alice","identity":{"issuer":"","kind":"link","subject":"alice"},"person":"alice","step":1,"time":"2026-01-01T00:00:01Z","via":"link"}';
    const two =
      '{"assurance":"link","attempt":1,"comment":"","decision":"approve","decisionUid":"decision-2","entry":"bob","identity":{"issuer":"","kind":"link","subject":"bob"},"person":"bob","step":1,"time":"2026-01-01T00:00:01Z","via":"link"}';
    const h0 = sha256('tekton-approvals/audit/v1/task\nspec');
    const h1 = sha256(`tekton-approvals/audit/v1/response\n${h0}\n${one}`);
    const h2 = sha256(`tekton-approvals/audit/v1/response\n${h1}\n${two}`);
    expect(auditDigest('spec', responses, sha256)).toBe(h2);
    expect(auditDigest('spec', [], sha256)).toBe(h0);
  });

  test.each([
    ['another request', 'other', responses],
    ['a response less', 'spec', responses.slice(1)],
    ['another order', 'spec', responses.toReversed()],
    ['a changed comment', 'spec', responses.map((r) => ({ ...r, comment: `${r.comment}.` }))],
    ['another person', 'spec', responses.map((r) => ({ ...r, person: 'mallory' }))],
  ])('differs for %s', (_name, digest, changed) => {
    expect(auditDigest(digest, changed, sha256)).not.toBe(auditDigest('spec', responses, sha256));
  });

  test('does not depend on the groups of an identity, which no status keeps', () => {
    const member = decide(someFacts({ submissions: [byKubernetes(kubernetesUser('alice', ['qa']))] }), start)
      .approval.responses;
    const stored = member.map((r) => ({ ...r, identity: kubernetesUser('alice') }));
    expect(auditDigest('spec', stored, sha256)).toBe(auditDigest('spec', member, sha256));
  });
});
