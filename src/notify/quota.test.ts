import { expect, test } from 'vitest';
import { Quota } from './quota.ts';

test('so many in any hour, for each namespace', () => {
  const quota = new Quota(2);
  expect([quota.take('a', 0), quota.take('a', 1_000), quota.take('a', 2_000)]).toEqual([0, 0, 3_598_000]);
  expect(quota.take('b', 2_000)).toBe(0);
  expect(quota.take('a', 3_600_000)).toBe(0);
  expect(quota.take('a', 3_600_500)).toBe(500);
});

test('whoever took nothing for an hour is forgotten', () => {
  const quota = new Quota(2);
  for (let at = 0; at < 10 * 3_600_000; at += 60_000) quota.take(`namespace-${String(at)}`, at);
  expect(quota.size).toBeLessThanOrEqual(121);
});
