import { render } from 'preact-render-to-string';
import { describe, expect, test } from 'vitest';

import { Lines, Name, pieces } from './text.tsx';

/** Hidden characters as `<U+200B>`, everything else as it is. */
function shown(text: string): string {
  return pieces(text)
    .map((piece) =>
      typeof piece === 'string' ? piece : `<${piece.codePoint}${piece.times > 1 ? ` x${piece.times}` : ''}>`,
    )
    .join('');
}

test.each([
  ['a right-to-left override', 'invoice_\u202egnp.exe', 'invoice_<U+202E>gnp.exe'],
  ['isolates and marks', '\u2066a\u2069\u200f\u061c', '<U+2066>a<U+2069><U+200F><U+061C>'],
  ['a blank without width', 'ad\u200bmin', 'ad<U+200B>min'],
  ['many of them in a row', `a${'\u200b'.repeat(500)}b`, 'a<U+200B x500>b'],
  ['a byte order mark, a soft hyphen, a word joiner', '\ufeffa\u00adb\u2060', '<U+FEFF>a<U+00AD>b<U+2060>'],
  ['tag characters, which hide a second text', 'ok\u{e0041}\u{e0042}', 'ok<U+E0041><U+E0042>'],
  ['fillers that look like a blank', 'a\u3164b\u2800c\uffa0', 'a<U+3164>b<U+2800>c<U+FFA0>'],
  ['annotation marks', 'a\ufff9b\ufffbc', 'a<U+FFF9>b<U+FFFB>c'],
  ['variation selectors that carry data', 'a\ufe01\u{e0100}b', 'a<U+FE01><U+E0100>b'],
  ['a joiner between Latin letters', 'ad\u200dmin, ad\u200cmin', 'ad<U+200D>min, ad<U+200C>min'],
  ['control characters', 'a\u0000b\u001b[31mc\u007f\u009b', 'a<U+0000>b<U+001B>[31mc<U+007F><U+009B>'],
  ['half a surrogate pair', 'a\ud83d', 'a\ufffd'],
])('%s is shown as what it is', (_what, text, expected) => {
  expect(shown(text)).toBe(expected);
});

test.each([
  ['an emoji of several joined ones', '\u{1f469}\u200d\u{1f4bb} \u2764\ufe0f\u200d\u{1f525} 1\ufe0f\u20e3'],
  ['Persian with a joiner', '\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645'],
  ['Hindi with a joiner', '\u0915\u094d\u200d\u0937'],
  ['lines and tabs', 'a\n\tb'],
  ['accents, composed or not', 'caf\u00e9 cafe\u0301'],
])('%s stays as it is', (_what, text) => {
  expect(pieces(text)).toEqual([text]);
});

describe('text of several lines', () => {
  test('keeps its line breaks, whatever they were', () => {
    expect(render(<Lines of={'a\r\nb\rc\u2028d'} />)).toBe('<p class="lines" dir="auto">a\nb\nc\nd</p>');
  });

  test('cannot push what follows out of sight by empty lines', () => {
    expect(render(<Lines of={`a${'\n \n'.repeat(1000)}b`} />)).toBe('<p class="lines" dir="auto">a\n\nb</p>');
  });
});

test('H23: a name is one line, whatever it was', () => {
  expect(render(<Name of={'x\r\nBcc: eve@evil.example\n\n'} />)).toBe('<bdi>x Bcc: eve@evil.example</bdi>');
});
