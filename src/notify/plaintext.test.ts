import { expect, test } from 'vitest';
import { plainLine, plainLines, quoteLines } from './plaintext.ts';

test.each([
  ['line breaks of every kind', 'a\r\nb\rc\u2028d\u0085e', 'a\nb\nc\nd\ne'],
  ['control characters and terminal codes', 'a\u0000b\u001b[31mc\u007fd\u009b', 'ab[31mcd'],
  ['a right-to-left override', 'deploy \u202egnp.exe', 'deploy [U+202E]gnp.exe'],
  ['isolates and marks', '\u2066x\u2069 \u200fy \u061cz', '[U+2066]x[U+2069] [U+200F]y [U+061C]z'],
  ['zero-width characters', 'ad\u200bm\ufeffin\u2060', 'admin'],
  ['tag characters, which hide a second text', `ok${String.fromCodePoint(0xe0041, 0xe0042)}`, 'ok'],
  ['half a surrogate pair', 'a\ud83db', 'a\ufffdb'],
  ['an emoji of several joined ones', '\u{1f469}\u200d\u{1f4bb}', '\u{1f469}\u200d\u{1f4bb}'],
  ['empty lines that push the rest out of sight', 'a\n\n\n\n\n\n\n\nb', 'a\n\nb'],
  ['markup, which stays text', '<script>{{7*7}}${x} <!channel>', '<script>{{7*7}}${x} <!channel>'],
])('%s', (_what, text, expected) => {
  expect(plainLines(text, 100)).toBe(expected);
});

test('5 000 emoji are cut between code points', () => {
  const cutText = plainLines('\u{1f680}'.repeat(5000), 4096);
  expect(Array.from(cutText)).toHaveLength(4096);
  expect(cutText.isWellFormed()).toBe(true);
  expect(cutText.endsWith('…')).toBe(true);
});

test('a name is one line, whatever it was', () => {
  expect(plainLine('x\r\nBcc: eve@evil.example\r\n\r\nbody', 100)).toBe('x Bcc: eve@evil.example body');
});

test('every line of a quotation has the prefix, also where a long line had to be broken', () => {
  const spaced = `one${' '.repeat(90)}Open the request: https://evil.example`;
  const quoted = quoteLines(`${spaced}\n\n${'w'.repeat(200)}`, '> ');
  for (const line of quoted.split('\n')) {
    expect(line).toMatch(/^>/u);
    expect(line.length).toBeLessThanOrEqual(72);
  }
});
