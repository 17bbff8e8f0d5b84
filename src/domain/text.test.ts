import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  isBlank,
  isTooLong,
  joinParts,
  joinPartsWithin,
  neutralise,
  utf8Bytes,
  withoutControls,
} from './text.ts';

describe('neutralise', () => {
  test.each([
    [
      'a reference to another result',
      'see $(tasks.build.results.token)',
      'see \uff04(tasks.build.results.token)',
    ],
    ['an escaped reference, which the kubelet would unescape', '$$(HOME)', '$\uff04(HOME)'],
    ['every reference, nested ones too', '$($(a)', '\uff04(\uff04(a)'],
    ['half a reference, whose other half may follow', 'costs 5 $', 'costs 5 \uff04'],
    ['a reference with a control character in it', '$\u0000(a)', '\uff04(a)'],
    ['line breaks of Windows and of old', 'a\r\nb\rc', 'a\nb\nc'],
    ['control characters', '\u0000a\u001b[31m\u0085\tb', 'a[31m\tb'],
    ['a JSON array', '["x"]', '\uff3b"x"]'],
    ['a JSON array with blanks around it', ' \n["x", 1]\t', ' \n\uff3b"x", 1]\t'],
    ['an empty JSON array', '[]', '\uff3b]'],
    ['an array that holds a reference', '["$(a)"]', '\uff3b"\uff04(a)"]'],
  ])('takes the meaning from %s', (_attack, text, expected) => {
    expect(neutralise(text)).toBe(expected);
  });

  test.each(['', 'fine', '$5 (five)', '$ (a)', '[x] done', '["x"', '{"a": ["b"]}', 'see ["x"]', '100 % ($)'])(
    'leaves %j as it is',
    (text) => {
      expect(neutralise(text)).toBe(text);
    },
  );

  const shapes = fc.string({
    unit: fc.constantFrom('$', '(', '[', ']', '"', 'a', ',', ' ', '1', '|', '\n', '\u0000'),
    maxLength: 20,
  });
  const arrays = fc
    .tuple(fc.jsonValue(), fc.constantFrom('', ' ', '\r\n'))
    .map(([value, blank]) => `${blank}${JSON.stringify([value])}${blank}`);

  test('leaves no reference and no JSON array, whatever the text, and changes nothing the second time', () => {
    fc.assert(
      fc.property(fc.oneof(shapes, arrays, fc.string()), (text) => {
        const safe = neutralise(text);
        expect(safe).not.toMatch(/\$(?:\(|$)/u);
        expect(isArray(safe)).toBe(false);
        expect(neutralise(safe)).toBe(safe);
        expect(Array.from(safe)).toHaveLength(Array.from(withoutControls(text)).length);
      }),
      { numRuns: 2_000 },
    );
  });

  test('joined parts are as safe as single ones, and splitting gives as many parts again', () => {
    fc.assert(
      fc.property(
        fc.array(shapes, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 60, max: 200 }),
        (parts, bytes) => {
          for (const joined of [joinParts(parts), joinPartsWithin(parts, bytes)]) {
            expect(joined).not.toMatch(/\$(?:\(|\||$)/u);
            expect(isArray(joined)).toBe(false);
            expect(joined.split('|')).toHaveLength(parts.length);
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

function isArray(text: string): boolean {
  try {
    return Array.isArray(JSON.parse(text));
  } catch {
    return false;
  }
}

describe('joinPartsWithin', () => {
  test('cuts equal shares between code points, marked, and keeps short parts whole', () => {
    const joined = joinPartsWithin(['\u{1f600}'.repeat(50), 'ok', 'x'.repeat(100)], 94);
    expect(joined.split('|')).toEqual([`${'\u{1f600}'.repeat(6)}\u2026`, 'ok', `${'x'.repeat(27)}\u2026`]);
  });

  test('never exceeds its bytes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'binary', maxLength: 300 }), { minLength: 1, maxLength: 20 }),
        (parts) => {
          expect(utf8Bytes(joinPartsWithin(parts, 400))).toBeLessThanOrEqual(400);
        },
      ),
    );
  });

  test('100 comments of the longest kind stay within 16 KiB', () => {
    const joined = joinPartsWithin(
      Array.from({ length: 100 }, () => '\u00e9'.repeat(1_024)),
      16_384,
    );
    expect(utf8Bytes(joined)).toBeLessThanOrEqual(16_384);
    expect(utf8Bytes(joined)).toBeGreaterThan(16_000);
  });
});

describe('a comment', () => {
  test.each([
    ['1024 characters', 'x'.repeat(1_024), false],
    ['1025 characters', 'x'.repeat(1_025), true],
    ['512 emoji, which are 2 KiB', '\u{1f600}'.repeat(512), false],
    ['513 emoji', '\u{1f600}'.repeat(513), true],
    ['1024 letters of two bytes', '\u00e9'.repeat(1_024), false],
    ['683 letters of three bytes', '\u20ac'.repeat(683), true],
    ['a megabyte', 'x'.repeat(1_000_000), true],
  ])('of %s: too long is %s', (_name, text, expected) => {
    expect(isTooLong(text)).toBe(expected);
  });

  test.each(['', ' ', '\n\t', '\u00a0', '\u200b', '\u2060\ufeff', '\u3164', '\u202e', '\u0000'])(
    '%j shows nothing',
    (text) => {
      expect(isBlank(text)).toBe(true);
    },
  );

  test.each(['.', ' a ', '\u{1f600}', '\u00e9'])('%j shows something', (text) => {
    expect(isBlank(text)).toBe(false);
  });
});
