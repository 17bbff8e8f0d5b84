import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ApprovalDecisionSpec } from '../api/approvaldecision.ts';
import { someDecision, someRing } from './fixture.ts';
import { prove } from './keyring.ts';
import { checkSeal, sealDecision, type Sealable } from './seal.ts';

const ring = someRing('k1');
const provenance = { linkGeneration: 1, browser: 'b'.repeat(64) };

function sealed(spec: ApprovalDecisionSpec = someDecision(), place: Partial<Sealable> = {}): Sealable {
  const decision = { namespace: 'shop', name: 'link-1', ...place, spec };
  return { ...decision, spec: { ...spec, seal: sealDecision(ring, decision, provenance) } };
}

describe('a seal', () => {
  it('holds for any answer, in the place and with the words that it was made for', () => {
    const spec = fc.record({ comment: fc.string(), decision: fc.constantFrom('approve', 'reject') });
    fc.assert(
      fc.property(spec, fc.record({ namespace: fc.string(), name: fc.string() }), (said, place) => {
        const decision = sealed(someDecision(said), place);
        expect(checkSeal(ring, decision)).toBe('valid');
      }),
    );
  });

  it('holds in whatever order the API server gives the fields back', () => {
    const { spec, ...place } = sealed();
    const turned = Object.fromEntries(Object.entries(spec).toReversed()) as ApprovalDecisionSpec;
    expect(checkSeal(ring, { ...place, spec: turned })).toBe('valid');
  });

  it('breaks with any change of a comment', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (said, claimed) => {
        const decision = sealed(someDecision({ comment: said }));
        const forged = { ...decision, spec: { ...decision.spec, comment: claimed } };
        expect(checkSeal(ring, forged)).toBe(said === claimed ? 'valid' : 'invalid');
      }),
    );
  });

  it.each<[string, (decision: Sealable) => Sealable]>([
    ['name', (one) => ({ ...one, name: 'link-2' })],
    ['namespace', (one) => ({ ...one, namespace: 'bank' })],
    ['task', withSpec({ taskRef: { name: 'release-approve', uid: 'another' } })],
    ['task of the same uid', withSpec({ taskRef: { name: 'payout', uid: someDecision().taskRef.uid } })],
    ['attempt', withSpec({ attempt: 2 })],
    ['answer', withSpec({ decision: 'reject' })],
    ['approver', withSpec({ approver: 'bob@example.com' })],
    ['person', withSpec({ actor: { ...someDecision().actor, username: 'bob@example.com' } })],
    ['group', withSpec({ actor: { ...someDecision().actor, groups: ['admins'] } })],
    ['channel', withSpec({ via: 'web' })],
    ['assurance', withSpec({ assurance: 'login' })],
    ['link generation', withSeal({ linkGeneration: 2 })],
    ['browser', withSeal({ browser: 'c'.repeat(64) })],
    ['browser, which is left out', withSeal({ browser: '' })],
    ['proof', withSeal({ mac: prove(ring, 'seal', 'something else') })],
    ['proof, which is empty', withSeal({ mac: '' })],
    ['proof, which names no key of ours', withSeal({ mac: '__proto__.x' })],
  ])('of another %s is refused', (_what, change) => {
    expect(checkSeal(ring, change(sealed()))).toBe('invalid');
  });

  it('that is missing is refused', () => {
    expect(checkSeal(ring, { namespace: 'shop', name: 'link-1', spec: someDecision() })).toBe('invalid');
  });

  it('of a person who copies the form, but has no key, is refused', () => {
    const decision = { namespace: 'shop', name: 'link-1', spec: someDecision() };
    const seal = sealDecision(someRing('thief'), decision, provenance);
    expect(checkSeal(ring, { ...decision, spec: { ...decision.spec, seal } })).toBe('invalid');
  });

  it('outlives a rotation, until its key is removed', () => {
    expect(checkSeal(someRing('k2', 'k1'), sealed())).toBe('valid');
    expect(checkSeal(someRing('k2'), sealed())).toBe('invalid');
  });
});

function withSpec(change: Partial<ApprovalDecisionSpec>): (decision: Sealable) => Sealable {
  return (decision) => ({ ...decision, spec: { ...decision.spec, ...change } });
}

function withSeal(
  change: Partial<NonNullable<ApprovalDecisionSpec['seal']>>,
): (decision: Sealable) => Sealable {
  return (decision) => {
    const { seal } = decision.spec;
    if (seal === undefined) throw new Error('not sealed');
    return withSpec({ seal: { ...seal, ...change } })(decision);
  };
}
