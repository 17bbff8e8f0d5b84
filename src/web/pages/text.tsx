import type { JSX } from 'preact';

/** All that starts a new line, as one character. */
const lineBreak = /\r\n?|[\v\f\u0085\u2028\u2029]/gu;

/**
 * Letters of scripts that need joiners, and emoji, which are built with joiners and variation selectors. After
 * anything else, such a character only makes two texts look the same that are not.
 */
const joinable = String.raw`[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f\p{M}]|(?![\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}])\p{L}`;
const selectable = String.raw`[\p{Emoji}\p{Script=Han}\p{Script=Mongolian}\p{Script=Myanmar}]`;

/**
 * Runs of one and the same character that a reader does not see: controls; what Unicode calls default ignorable, which
 * holds blanks without width, fillers and all that turns the direction of a line (UAX 9); annotation marks; a blank of
 * Braille.
 */
const hidden = new RegExp(
  [
    String.raw`(?!\n|\t)`,
    String.raw`(?!(?<=${joinable})[\u200c\u200d])`,
    String.raw`(?!(?<=${selectable})[\ufe00-\ufe0f\u{e0100}-\u{e01ef}\u180b-\u180f])`,
    String.raw`([\p{Cc}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb\u2800])\1*`,
  ].join(''),
  'gu',
);

/** A part of a text: shown as it is, or a hidden character with how often it follows itself. */
export type Piece = string | { readonly codePoint: string; readonly times: number };

/** Splits text of people or pipelines into what can be seen and what cannot. Line breaks become line feeds. */
export function pieces(text: string): readonly Piece[] {
  const whole = text.toWellFormed().replaceAll(lineBreak, '\n');
  const found: Piece[] = [];
  let from = 0;
  for (const match of whole.matchAll(hidden)) {
    if (match.index > from) found.push(whole.slice(from, match.index));
    found.push(marked(match[0]));
    from = match.index + match[0].length;
  }
  return from < whole.length ? [...found, whole.slice(from)] : found;
}

function marked(run: string): Piece {
  const characters = Array.from(run);
  const hex = (run.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return { codePoint: `U+${hex}`, times: characters.length };
}

/** More empty lines in a row than one only push what follows out of sight. */
const emptyLines = /\n[^\S\n]*(?:\n[^\S\n]*)+\n/gu;

/** Text of several lines, as somebody wrote it, in a block of its own. Escaped; hidden characters are shown as what they are. */
export function Lines({ of, class: name }: { of: string; class?: string }): JSX.Element {
  const text = of.replaceAll(lineBreak, '\n').replaceAll(emptyLines, '\n\n').trim();
  return (
    <p class={name === undefined ? 'lines' : `lines ${name}`} dir="auto">
      {pieces(text).map(Shown)}
    </p>
  );
}

/** A name or value within a line of ours: never breaks it, never turns its direction. */
export function Name({ of }: { of: string }): JSX.Element {
  return <bdi>{pieces(of.replaceAll(lineBreak, '\n').replaceAll(/\s+/gu, ' ').trim()).map(Shown)}</bdi>;
}

function Shown(piece: Piece): JSX.Element | string {
  if (typeof piece === 'string') return piece;
  const times = piece.times === 1 ? '' : ` ×${String(piece.times)}`;
  return (
    <span class="hidden-character" title="A character that cannot be seen">
      {piece.codePoint + times}
    </span>
  );
}
