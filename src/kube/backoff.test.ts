import { describe, expect, it } from 'vitest';
import { Backoff } from './backoff.ts';

describe('Backoff', () => {
  it.each([
    [0, [200, 200, 200, 200, 200]],
    [0.5, [300, 500, 600, 600, 600]],
    [1, [400, 800, 1_000, 1_000, 1_000]],
  ])('stays between its limits where chance says %d', (chance, waits) => {
    const backoff = new Backoff({ minMs: 200, maxMs: 1_000, random: () => chance });
    expect(waits.map(() => backoff.next())).toEqual(waits);
    backoff.reset();
    expect(backoff.next()).toBe(waits[0]);
  });
});
