import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatGoDuration, parseGoDuration } from './duration.ts';

describe('parseGoDuration', () => {
  test.each([
    ['0', 0],
    ['+0', 0],
    ['-0', 0],
    ['0s', 0],
    ['90s', 90_000],
    ['+5s', 5_000],
    ['-1s', -1_000],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['1.s', 1_000],
    ['.5s', 500],
    ['500ms', 500],
    ['30m1h', 5_400_000],
    ['1h1h', 7_200_000],
    ['1ns', 1],
    ['-1ns', -1],
    ['1us', 1],
    ['1\u00b5s', 1],
    ['1\u03bcs', 1],
    ['1500us', 2],
    ['0.0000000001s', 0],
    ['9223372036.854775807s', 9_223_372_036_855],
    ['-9223372036.854775808s', -9_223_372_036_855],
  ])('reads %s as %d ms', (text, expected) => {
    expect(parseGoDuration(text)).toBe(expected);
  });

  test.each([
    ['a number without a unit', '10'],
    ['months, or minutes shouted', '1M'],
    ['days', '1d'],
    ['a second number without a unit', '1h30'],
    ['an exponent', '1e3s'],
    ['nothing', ''],
    ['a blank in front', ' 1h'],
    ['a blank behind', '1h '],
    ['a line break behind', '1h\n'],
    ['infinity', '\u221e'],
    ['a sign alone', '+'],
    ['a unit alone', 's'],
    ['a point alone', '.s'],
    ['two signs', '--1s'],
    ['a sign in the middle', '1h-1m'],
    ['two points', '1..5s'],
    ['two units', '1hm'],
    ['a comma', '1,5h'],
    ['ISO 8601', 'PT1H'],
    ['digits of another script', '\u0661s'],
    ['a nanosecond more than an int64 holds', '9223372036.854775808s'],
    ['a nanosecond less than an int64 holds', '-9223372036.854775809s'],
    ['300 years', '2628000h'],
    ['a name of Object', '1constructor'],
    ['a megabyte of digits', `${'9'.repeat(1_000_000)}s`],
    ['a megabyte of zeros', `0.${'0'.repeat(1_000_000)}1s`],
    ['a megabyte of terms', '1s'.repeat(500_000)],
  ])('refuses %s', (_name, text) => {
    expect(parseGoDuration(text)).toBeUndefined();
  });

  const term = fc.record({
    whole: fc.stringMatching(/^\d{0,6}$/u),
    fraction: fc.option(fc.stringMatching(/^\d{0,9}$/u), { nil: undefined }),
    unit: fc.constantFrom('ns', 'us', '\u00b5s', '\u03bcs', 'ms', 's', 'm', 'h'),
  });

  /** Go's own loop over the text (time/format.go), character by character, where the code uses patterns. */
  // oxlint-disable-next-line complexity -- keeps the shape of Go's loop, so that the two can be compared
  function model(text: string): number | undefined {
    const units: Record<string, bigint> = {
      ns: 1n,
      us: 10n ** 3n,
      '\u00b5s': 10n ** 3n,
      '\u03bcs': 10n ** 3n,
      ms: 10n ** 6n,
      s: 10n ** 9n,
      m: 60n * 10n ** 9n,
      h: 3_600n * 10n ** 9n,
    };
    const isDigit = (c: string | undefined): boolean => c !== undefined && c >= '0' && c <= '9';
    let rest = Array.from(text);
    const negative = rest[0] === '-';
    if (rest[0] === '-' || rest[0] === '+') rest = rest.slice(1);
    if (rest.join('') === '0') return 0;
    if (rest.length === 0) return undefined;
    const take = (wanted: (c: string) => boolean): string => {
      let taken = '';
      while (rest[0] !== undefined && wanted(rest[0])) taken += rest.shift();
      return taken;
    };
    let total = 0n;
    while (rest.length > 0) {
      const whole = take(isDigit);
      const hasPoint = rest[0] === '.';
      if (hasPoint) rest.shift();
      const fraction = hasPoint ? take(isDigit) : '';
      if (whole === '' && fraction === '') return undefined;
      const unit = units[take((c) => c !== '.' && !isDigit(c))];
      if (unit === undefined) return undefined;
      total += BigInt(whole === '' ? '0' : whole) * unit;
      if (fraction !== '') total += (BigInt(fraction) * unit) / 10n ** BigInt(fraction.length);
    }
    if (total > 2n ** 63n - (negative ? 0n : 1n)) return undefined;
    const size = Number(total / 1_000_000n) + (total % 1_000_000n === 0n ? 0 : 1);
    return size === 0 ? 0 : negative ? -size : size;
  }

  test('agrees with a model of the loop that Go runs, on well-formed durations', () => {
    fc.assert(
      fc.property(fc.constantFrom('', '+', '-'), fc.array(term, { maxLength: 4 }), (sign, drawn) => {
        const text =
          sign +
          drawn
            .map(({ whole, fraction, unit }) => whole + (fraction === undefined ? '' : `.${fraction}`) + unit)
            .join('');
        expect(parseGoDuration(text)).toBe(model(text));
      }),
      { numRuns: 3_000 },
    );
  });

  test('agrees with that model on noise', () => {
    const noise = fc.string({
      unit: fc.constantFrom(...Array.from('0123456789.+-hmsnu\u00b5 e')),
      maxLength: 12,
    });
    fc.assert(
      fc.property(noise, (text) => {
        expect(parseGoDuration(text)).toBe(model(text));
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('formatGoDuration', () => {
  test.each([
    [0, '0s'],
    [1, '1ms'],
    [999, '999ms'],
    [1_000, '1s'],
    [1_500, '1.5s'],
    [60_000, '1m0s'],
    [90_000, '1m30s'],
    [3_600_000, '1h0m0s'],
    [5_400_001, '1h30m0.001s'],
    [90_000_000, '25h0m0s'],
    [-1_500, '-1.5s'],
  ])('prints %d ms as %s, as Go does', (milliseconds, expected) => {
    expect(formatGoDuration(milliseconds)).toBe(expected);
  });

  test('prints what is read back as the same', () => {
    fc.assert(
      fc.property(fc.integer({ min: -9_223_372_036_854, max: 9_223_372_036_854 }), (milliseconds) => {
        expect(parseGoDuration(formatGoDuration(milliseconds))).toBe(milliseconds === 0 ? 0 : milliseconds);
      }),
    );
  });
});
