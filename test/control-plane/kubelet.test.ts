import { expect, test } from 'vitest';

import { kubeletAnnotations, outcomeByAnnotations } from './kubelet.ts';

const { results, exitCode, hold } = kubeletAnnotations;

test.each([
  { what: 'no annotation', annotations: {}, outcome: { exitCode: 0, results: {} } },
  { what: 'results', annotations: { [results]: '{"a":"1"}' }, outcome: { exitCode: 0, results: { a: '1' } } },
  { what: 'an exit code', annotations: { [exitCode]: '3' }, outcome: { exitCode: 3, results: {} } },
  { what: 'hold', annotations: { [hold]: 'true', [exitCode]: '3' }, outcome: 'hold' },
])('a pod with $what ends as asked', ({ annotations, outcome }) => {
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'pod', annotations } };
  expect(outcomeByAnnotations(pod)).toEqual(outcome);
});
