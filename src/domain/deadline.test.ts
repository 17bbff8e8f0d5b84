import { expect, test } from 'vitest';
import { deadlineAfter, earlierEnd } from './deadline.ts';
import { start } from './fixture.ts';

test.each([
  ['stays where it is a whole second', 1_000, 1_000],
  ['is rounded up, so that nobody loses time', 1_001, 2_000],
  ['is never the beginning itself', 1, 1_000],
])('a deadline %s', (_name, timeout, expected) => {
  expect(deadlineAfter(start, timeout)).toBe(start + expected);
});

test.each([
  ['neither', undefined, undefined, undefined],
  ['the own deadline alone', 5, undefined, { at: 5, by: 'request' }],
  ['the pipeline run alone', undefined, 5, { at: 5, by: 'pipelineRun' }],
  ['the pipeline run first', 6, 5, { at: 5, by: 'pipelineRun' }],
  ['the own deadline first', 5, 6, { at: 5, by: 'request' }],
  ['both at once', 5, 5, { at: 5, by: 'request' }],
])('the earlier end: %s', (...[, own, pipelineRun, end]) => {
  expect(earlierEnd(own, pipelineRun)).toEqual(end);
});
