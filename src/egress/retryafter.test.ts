import { describe, expect, it } from 'vitest';
import { retryAfterMs } from './retryafter.ts';

const now = Date.UTC(1994, 10, 6, 8, 49, 7);

describe('Retry-After', () => {
  it.each([
    ['seconds', '120', 120_000],
    ['no wait', '0', 0],
    ['seconds with leading zeros', '007', 7_000],
    ['a date', 'Sun, 06 Nov 1994 08:49:37 GMT', 30_000],
    ['a date of RFC 850', 'Sunday, 06-Nov-94 08:49:37 GMT', 30_000],
    ['a date of asctime', 'Sun Nov  6 08:49:37 1994', 30_000],
    ['a date that has passed', 'Sun, 06 Nov 1994 08:49:00 GMT', 0],
    ['blanks around it', ' 3 ', 3_000],
    ['more seconds than a number holds', '9'.repeat(400), Number.MAX_SAFE_INTEGER],
  ])('is understood as %s', (_what, value, expected) => {
    expect(retryAfterMs({ 'retry-after': value }, now)).toBe(expected);
  });

  it.each([
    ['nothing', ''],
    ['a negative number', '-5'],
    ['a fraction', '1.5'],
    ['a number in another form', '1e3'],
    ['a year', '1995-01-01'],
    ['a local time', 'Sun, 06 Nov 1994 08:49:37 CET'],
    ['a date that there is not', 'Sun, 99 Foo 1994 08:49:37 GMT'],
    ['words', 'later'],
  ])('that is %s asks for nothing', (_what, value) => {
    expect(retryAfterMs({ 'retry-after': value }, now)).toBeUndefined();
  });

  it('that is missing asks for nothing', () => {
    expect(retryAfterMs({}, now)).toBeUndefined();
  });
});
