import { expect, test } from 'vitest';
import { readableSpan, readableTime, readableTimeLeft } from './when.ts';

const minute = 60_000;

test.each([
  [0, 'less than a minute'],
  [minute, '1 minute'],
  [59.9 * minute, '59 minutes'],
  [60 * minute, '1 hour'],
  [125 * minute, '2 hours and 5 minutes'],
  [26 * 60 * minute, '1 day and 2 hours'],
  [7 * 24 * 60 * minute, '7 days'],
  [400 * 24 * 60 * minute, '1 year and 35 days'],
  [876_000 * 60 * minute, '100 years'],
])('%d ms are %s', (ms, text) => {
  expect(readableSpan(ms)).toBe(text);
});

test.each([
  [-1, 'less than a minute'],
  [0, 'less than a minute'],
  [1, '1 minute'],
  [24 * 60 * minute - 1, '1 day'],
  [24 * 60 * minute - minute, '23 hours and 59 minutes'],
  [60 * minute, '1 hour'],
])('%d ms that are left are %s', (ms, text) => {
  expect(readableTimeLeft(ms)).toBe(text);
});

test('a time is in UTC and says so', () => {
  expect(readableTime(Date.UTC(2026, 10, 21, 9, 5, 59))).toBe('2026-11-21 09:05 UTC');
});
