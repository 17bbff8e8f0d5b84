import { expect, test } from 'vitest';
import { reference, runWith, sha256 } from '../../test/builders/parameters.ts';
import { referenceOf, runHash } from './reference.ts';

const { apiVersion, kind } = reference;
const hash = (spec: object) => runHash(runWith(spec), sha256);

test.each<[string, unknown]>([
  ['a reference', { customRef: { ...reference, name: 'anything' } }],
  ['an embedded spec', { customSpec: { ...reference, spec: {} } }],
])('%s with our exact apiVersion and kind is ours', (_, spec) => {
  expect(referenceOf(runWith(spec))).toEqual({ kind: 'ours' });
});

test.each([
  ['another version', { apiVersion: 'tekton.automatiko.io/v1', kind }],
  ['no version', { apiVersion: 'tekton.automatiko.io', kind }],
  ['another case of the kind', { apiVersion, kind: 'approvaltask' }],
  ['another kind of our group', { apiVersion, kind: 'ApprovalDecision' }],
  ['another case of the group', { apiVersion: 'Tekton.Automatiko.io/v1beta1', kind }],
  ['a blank in front', { apiVersion: ` ${apiVersion}`, kind }],
  ['no kind', { apiVersion }],
])('%s is refused with the exact spelling', (_, customRef) => {
  const found = referenceOf(runWith({ customRef }));
  expect(found.kind).toBe('unsupported');
  expect(found).toHaveProperty(
    'message',
    expect.stringContaining(
      'Write apiVersion: tekton.automatiko.io/v1beta1 and kind: ApprovalTask, exactly so.',
    ),
  );
  expect(referenceOf(runWith({ customSpec: customRef })).kind).toBe('unsupported');
});

test.each<[string, unknown]>([
  ['nothing', undefined],
  ['text', 'x'],
  ['an empty spec', {}],
  ['a reference without apiVersion', { customRef: { kind } }],
  ['another group', { customRef: { apiVersion: 'openshift-pipelines.org/v1alpha1', kind } }],
  ['a group that only ends like ours', { customRef: { apiVersion: 'x.tekton.automatiko.io/v1beta1', kind } }],
  [
    'a reference of others beside an embedded spec of ours',
    { customRef: { apiVersion: 'a/v1', kind: 'B' }, customSpec: reference },
  ],
  ['numbers', { customRef: { apiVersion: 1, kind: 2 } }],
])('%s is left to others', (_, spec) => {
  expect(referenceOf(runWith(spec))).toEqual({ kind: 'foreign' });
});

test('the hash of a run covers reference, embedded spec and params, and nothing else', () => {
  const before = hash({ customRef: reference, params: [{ name: 'a', value: 'b' }] });
  expect(hash({ params: [{ value: 'b', name: 'a' }], customRef: reference, status: 'RunCancelled' })).toBe(
    before,
  );
  expect(hash({ customRef: reference, params: [{ name: 'a', value: 'c' }] })).not.toBe(before);
  expect(hash({ customSpec: reference, params: [{ name: 'a', value: 'b' }] })).not.toBe(before);
  expect(hash({ customSpec: { spec: { a: 1.5 } } })).not.toBe(hash({ customSpec: { spec: { a: 2.5 } } }));
});

test('a run that is nested too deeply has a hash that no readable run has, instead of overflowing the stack', () => {
  const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));
  const deep = hash({ customRef: reference, params: nested(10_000) });
  expect(deep).not.toMatch(/^[0-9a-f]{64}$/);
  expect(hash({ customRef: reference, params: nested(20) })).toMatch(/^[0-9a-f]{64}$/);
});
