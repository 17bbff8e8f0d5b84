import { expect, test } from 'vitest';
import type { ApprovalDecision } from '../api/approvaldecision.ts';
import { nobodyKnown } from '../domain/directory.ts';
import { start } from '../domain/fixture.ts';
import { someRing } from '../identity/fixture.ts';
import { sealDecision } from '../identity/seal.ts';
import { namespace, ring, someAnswer, someTask } from './fixture.ts';
import type { ProofState } from './policyproof.ts';
import { submissionOf, type Witnesses } from './submission.ts';

const holds: ProofState = { kind: 'holds', since: { at: start - 10_000, version: 5n } };
const witnesses = (more: Partial<Witnesses> = {}): Witnesses => ({
  keys: ring,
  policy: holds,
  directory: nobodyKnown,
  since: start,
  ...more,
});
const proofOf = (answer: ApprovalDecision, more: Partial<Witnesses> = {}) =>
  submissionOf(answer, someTask(), witnesses(more)).proof;

function sealed(spec: Partial<ApprovalDecision['spec']> = {}, after: object = {}): ApprovalDecision {
  const answer = someAnswer({
    via: 'link',
    actor: { kind: 'link', issuer: '', username: 'alice@x.io', groups: [] },
    ...spec,
  });
  const seal = sealDecision(
    ring,
    { namespace, name: answer.metadata.name, spec: answer.spec },
    { linkGeneration: 2, browser: 'b' },
  );
  return { ...answer, spec: { ...answer.spec, seal, ...after } };
}

test('an answer made after the policy took force is vouched for', () => {
  const identity = { kind: 'kubernetes', issuer: '', subject: 'alice', groups: [] };
  expect(proofOf(someAnswer())).toEqual({ kind: 'vouched', identity });
});

test.each<[string, ProofState | undefined, string]>([
  ['of the second in which the policy changed', { ...holds, since: { at: start, version: 5n } }, 'notProven'],
  ['older than the policy’s version', { ...holds, since: { at: start - 10_000, version: 7n } }, 'notProven'],
  ['where a forgery was accepted', { kind: 'broken', forgery: 'x' }, 'notProven'],
  ['where the proof is not known', { kind: 'unknown', because: '429' }, 'unknown'],
  ['where nobody asked for the proof', undefined, 'unknown'],
])('a Kubernetes answer %s is not vouched for', (_, policy, kind) => {
  expect(proofOf(someAnswer(), { policy }).kind).toBe(kind);
});

test('versions are compared as numbers, however many digits they have', () => {
  const policy: ProofState = { ...holds, since: { at: start - 10_000, version: 9n } };
  expect(proofOf(someAnswer({}, { resourceVersion: '10' }), { policy }).kind).toBe('vouched');
});

test('a person who claims a link, a login or an assurance through Kubernetes is a Kubernetes user all the same', () => {
  const actor = { kind: 'link', issuer: 'https://idp', username: 'mallory', groups: ['ops'] } as const;
  const answer = someAnswer({ assurance: 'kubernetes', actor: { ...actor, groups: ['ops'] } });
  expect(proofOf(answer)).toEqual({
    kind: 'vouched',
    identity: { kind: 'kubernetes', issuer: '', subject: 'mallory', groups: ['ops'] },
  });
});

test('a sealed answer carries what its seal covers', () => {
  expect(proofOf(sealed({ assurance: 'login' }))).toMatchObject({
    kind: 'sealed',
    assurance: 'login',
    linkGeneration: 2,
    browser: 'b',
  });
});

test.each<[string, ApprovalDecision]>([
  ['via: link without a seal', someAnswer({ via: 'link' })],
  ['a seal under another comment', sealed({}, { comment: 'changed' })],
  ['a seal under another approver', sealed({}, { approver: 'bob@x.io' })],
  ['a stronger assurance than the seal covers', sealed({ assurance: 'link' }, { assurance: 'login' })],
  ['a seal copied to another name', { ...sealed(), metadata: { ...sealed().metadata, name: 'copy' } }],
  [
    'a seal copied to another namespace',
    { ...sealed(), metadata: { ...sealed().metadata, namespace: 'bank' } },
  ],
])('%s is a bad seal, whether or not the policy holds', (_, answer) => {
  expect(proofOf(answer)).toEqual({ kind: 'badSeal' });
  expect(proofOf(answer, { policy: undefined })).toEqual({ kind: 'badSeal' });
});

test('a seal of a removed key is bad; without any keys it is not known', () => {
  expect(proofOf(sealed(), { keys: someRing('k2') })).toEqual({ kind: 'badSeal' });
  expect(proofOf(sealed(), { keys: undefined })).toEqual({ kind: 'unknown', since: start });
});

test('while it is not known who is who, a proven answer is not judged yet, and a forged one is known as such', () => {
  const unknown = { kind: 'unknown', since: start };
  expect(proofOf(someAnswer(), { directory: undefined })).toEqual(unknown);
  expect(proofOf(sealed(), { directory: undefined })).toEqual(unknown);
  expect(proofOf(someAnswer({ via: 'link' }), { directory: undefined })).toEqual({ kind: 'badSeal' });
});

test('an answer to another task of the same name does not fit', () => {
  const answer = someAnswer({ taskRef: { name: 'release-7-approve', uid: 'older' } });
  expect(submissionOf(answer, someTask(), witnesses()).fits).toBe(false);
});
