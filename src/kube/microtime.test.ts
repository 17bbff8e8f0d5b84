import { describe, expect, it } from 'vitest';
import { microTime } from './microtime.ts';

describe('microTime', () => {
  it.each([
    [0, '1970-01-01T00:00:00.000000Z'],
    [Date.UTC(2026, 10, 21, 10, 0, 7, 42), '2026-11-21T10:00:07.042000Z'],
    [1_000.25, '1970-01-01T00:00:01.000250Z'],
  ])('writes %d with six digits: %s', (ms, text) => {
    expect(microTime(ms)).toBe(text);
  });
});
