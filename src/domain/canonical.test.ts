import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from './canonical.ts';

describe('canonicalJson', () => {
  test.each([
    [
      'keys sorted by their UTF-16 units, also keys that look like numbers',
      { b: 1, a: 2, 10: 3, 9: 4 },
      '{"10":3,"9":4,"a":2,"b":1}',
    ],
    [
      'the order of RFC 8785, section 3.2.3',
      { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6, '\u00f6': 7 },
      '{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}',
    ],
    ['lists in their own order', [3, 1, 2], '[3,1,2]'],
    ['nothing between the parts', { a: [{ b: null }, true] }, '{"a":[{"b":null},true]}'],
    ['members that are undefined left out', { a: undefined, b: 1 }, '{"b":1}'],
    ['numbers as ECMAScript writes them', [1.5, 1e21, -0, 0.000001], '[1.5,1e+21,0,0.000001]'],
    ['quotes, controls and lone surrogates escaped', '"\n\u0001\ud800', '"\\"\\n\\u0001\\ud800"'],
    [
      'a member named __proto__ like any other',
      JSON.parse('{"__proto__":{"a":1}}') as unknown,
      '{"__proto__":{"a":1}}',
    ],
  ])('writes %s', (_name, value, expected) => {
    expect(canonicalJson(value)).toBe(expected);
  });

  test.each([
    ['NaN', Number.NaN],
    ['an infinity', [Number.POSITIVE_INFINITY]],
    ['undefined outside of an object', [undefined]],
    ['undefined alone', undefined],
    ['a bigint', { a: 1n }],
    ['a function', () => 1],
  ])('throws for %s', (_name, value) => {
    expect(() => canonicalJson(value)).toThrow(TypeError);
  });

  test('does not depend on the order in which members were set, and loses nothing', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(reversed(JSON.parse(text)))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, member]) => [key, reversed(member)]),
  );
}
