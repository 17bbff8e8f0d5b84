import { cut } from '../api/cut.ts';

/** C0, DEL and C1, without tab and line feed. */
const control = /(?![\t\n])\p{Cc}/gu;
const lineBreak = /\r\n?|[\v\f\u0085\u2028\u2029]/gu;
/** Characters that turn the direction of what follows (Unicode UAX 9), so that a reader sees another order. */
const bidi = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
/** Characters that nobody sees. The joiners U+200C and U+200D stay: scripts and emoji need them. */
const invisible = /[\u00ad\u180e\u200b\u2060-\u2064\ufeff\u{e0000}-\u{e007f}]/gu;

/**
 * Text of a pipeline or a person as data: control characters removed, direction controls shown as what they are,
 * invisible characters removed, halves of surrogate pairs replaced, cut to `max` code points. Lines are kept, ended by
 * a line feed. It still has to be escaped for where it is shown.
 */
export function plainLines(text: string, max: number): string {
  const visible = text
    .toWellFormed()
    .replaceAll(lineBreak, '\n')
    .replaceAll(control, '')
    .replaceAll(invisible, '')
    .replaceAll('\t', '    ')
    .replaceAll(bidi, marker);
  return cut(visible, max)
    .replaceAll(/[ ]+$/gmu, '')
    .replaceAll(/\n{3,}/gu, '\n\n')
    .trim();
}

/** The same on one line, as for a name, a subject or a header. */
export function plainLine(text: string, max: number): string {
  return cut(plainLines(text, Number.MAX_SAFE_INTEGER).replaceAll(/\s+/gu, ' '), max);
}

function marker(character: string): string {
  return `[U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`;
}

/**
 * Breaks text into lines of at most `width` characters (a longer word is broken), each with the prefix. So no line of
 * somebody else's text can look like one of ours, however a mail program wraps it.
 */
export function quoteLines(text: string, prefix: string, width = 72): string {
  const room = width - prefix.length;
  return text
    .split('\n')
    .flatMap((line) => wrap(line, room))
    .map((line) => (prefix + line).trimEnd())
    .join('\n');
}

function wrap(line: string, room: number): string[] {
  const lines: string[] = [];
  let left = Array.from(line);
  while (left.length > room) {
    const blank = left.lastIndexOf(' ', room);
    const end = blank > 0 ? blank : room;
    lines.push(left.slice(0, end).join(''));
    left = left.slice(blank > 0 ? end + 1 : end);
  }
  return [...lines, left.join('')];
}
