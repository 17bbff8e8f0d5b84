import { expect, test } from 'vitest';
import { median, percentile } from './statistics.ts';

const oneToHundred = Array.from({ length: 100 }, (_, index) => 100 - index);

test.each([
  [0.5, oneToHundred, 50],
  [0.95, oneToHundred, 95],
  [0.95, [1, 2, 3], 3],
  [0.5, [7], 7],
])(
  'the share %s of values is the one of that rank, always one that was measured',
  (share, values, expected) => {
    expect(percentile(values, share)).toBe(expected);
  },
);

test('the median of an even number of values is one of them', () => {
  expect(median([4, 1, 3, 2])).toBe(2);
});

test('nothing measured has no median', () => {
  expect(() => median([])).toThrow('nothing was measured');
});
