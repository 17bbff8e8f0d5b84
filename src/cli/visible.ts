/** Stands for what a terminal would obey or hide. */
const box = '\u25a1';

/**
 * What is shown as a box: control characters (ESC, with which every ANSI sequence begins, C1 among them), what turns
 * the direction of text, and what nobody sees.
 */
const hidden =
  /[\p{Cc}\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;
/** Joiners belong into emoji and into some scripts; between letters of these they only hide. */
const joiner = /(?<=^|[\s\p{N}\p{P}\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}])[\u200c\u200d]/gu;
/** Marks piled on one letter grow over the lines above and below. */
const pile = /(\p{M}{4})\p{M}+/gu;
/**
 * A personal link, or its token alone: whoever has it answers as somebody else, and people paste it into comments. What it
 * says is JSON in base64url, so that no name of Kubernetes looks like one.
 */
const secret = /\bv1\.[\w-]+\.eyJ[\w-]*(?:\.[\w-]*)?/gu;
const lineBreak = /\r\n?|[\n\v\f\u0085\u2028\u2029]/u;

/**
 * Text of others as one line that a terminal shows as it is: nothing in it is obeyed and nothing is hidden, but for the
 * token of a personal link.
 */
export function visible(text: string): string {
  const shown = text.toWellFormed().replaceAll(hidden, box).replaceAll(joiner, box);
  return shown.replaceAll(pile, `$1${box}`).replaceAll(secret, 'v1.…');
}

/** The same, line by line. */
export function visibleLines(text: string): string[] {
  return text.split(lineBreak).map((line) => visible(line.replaceAll('\t', '    ')));
}

/** JSON that holds no character which a terminal would obey or hide; it parses to the same. */
export function visibleJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2).replaceAll(hidden, (found) =>
    // The line feeds and blanks of the layout are not escaped; those of texts are already.
    found === '\n' ? found : escaped(found),
  );
}

function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, i) => character.charCodeAt(i))
    .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
    .join('');
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
/** East Asian wide and full-width (Unicode UAX 11), in ranges that are broad where nothing else is. */
const wide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18d08}\u{1aff0}-\u{1b2fb}\u{20000}-\u{3fffd}]/u;
const emoji = /\p{Emoji_Presentation}|\p{Extended_Pictographic}\ufe0f|[\u{1f1e6}-\u{1f1ff}]{2}|\ufe0f\u20e3/u;

/** How many columns of a terminal a visible text takes. */
export function widthOf(text: string): number {
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += widthOfGrapheme(segment);
  return width;
}

function widthOfGrapheme(grapheme: string): number {
  if (/^\p{M}+$/u.test(grapheme)) return 0;
  return wide.test(grapheme) || emoji.test(grapheme) ? 2 : 1;
}

/** At most so many columns; what is cut ends in an ellipsis. */
export function cutToWidth(text: string, max: number): string {
  if (widthOf(text) <= max) return text;
  let kept = '';
  let width = 1;
  for (const { segment } of graphemes.segment(text)) {
    width += widthOfGrapheme(segment);
    if (width > max) break;
    kept += segment;
  }
  return `${kept}\u2026`;
}

/**
 * Lines of at most so many columns, broken at blanks where there are any. A terminal that breaks a line itself begins
 * the next where ours begin.
 */
export function wrapped(text: string, max: number): string[] {
  const lines: string[] = [];
  let line = '';
  let width = 0;
  for (const { segment } of graphemes.segment(text)) {
    line += segment;
    width += widthOfGrapheme(segment);
    if (width <= max) continue;
    const blank = line.lastIndexOf(' ', line.length - 1);
    const end = blank > 0 ? blank + 1 : line.length - segment.length;
    lines.push(line.slice(0, end).trimEnd());
    line = line.slice(end);
    width = widthOf(line);
  }
  return [...lines, line];
}
