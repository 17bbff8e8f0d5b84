import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wireText } from './wiretext.ts';

describe('wireText', () => {
  it('is JSON and means what was given, whatever characters that has', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(JSON.parse(wireText({ text }))).toEqual({ text });
      }),
    );
  });

  it.each([
    ['delete', '\u007f', '\\u007f'],
    ['a control character above ASCII', '\u0080', '\\u0080'],
    ['next line', '\u0085', '\\u0085'],
    ['line separator', '\u2028', '\\u2028'],
    ['byte order mark', '\ufeff', '\\ufeff'],
    ['no character', '\uffff', '\\uffff'],
  ])('%s, which YAML refuses or changes, is escaped', (_, character, expected) => {
    expect(wireText({ text: `a ${character} b` })).toBe(`{"text":"a ${expected} b"}`);
  });

  it('letters, blanks and emoji stay as they are', () => {
    expect(wireText({ text: 'é \u00a0 ［ 👍🏽 \n' })).toBe('{"text":"é \u00a0 ［ 👍🏽 \\n"}');
  });
});
