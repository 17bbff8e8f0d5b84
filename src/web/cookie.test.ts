import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCookies } from './cookie.ts';

describe('the cookies of a request', () => {
  it.each<[string, string | undefined, [string, string][]]>([
    ['none', undefined, []],
    ['an empty header', '', []],
    [
      'several',
      'a=1; b=2',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    [
      'blanks around them',
      ' a = 1 ;b=2 ',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    ['a value with an equals sign', 'a=b=c', [['a', 'b=c']]],
    ['no name, or no value', '=1; a; ;b=', [['b', '']]],
    ['one name twice: the first counts', 'a=1; a=2', [['a', '1']]],
    [
      'names that objects have',
      '__proto__=1; constructor=2',
      [
        ['__proto__', '1'],
        ['constructor', '2'],
      ],
    ],
  ])('%s', (_what, header, expected) => {
    expect([...readCookies(header)]).toEqual(expected);
  });

  it('are read from any header without an error', () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        expect(readCookies(header)).toBeInstanceOf(Map);
      }),
    );
  });
});
