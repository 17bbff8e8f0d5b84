import { expect, test } from 'vitest';
import { deadlineAfter } from './deadline.ts';
import { start } from './fixture.ts';

test.each([
  ['stays where it is a whole second', 1_000, 1_000],
  ['is rounded up, so that nobody loses time', 1_001, 2_000],
  ['is never the beginning itself', 1, 1_000],
])('a deadline %s', (_name, timeout, expected) => {
  expect(deadlineAfter(start, timeout)).toBe(start + expected);
});
