import { cut } from '../../api/cut.ts';

/** The elements of Adaptive Cards 1.4 that a card of ours is made of (adaptivecards.io/schemas/1.4.0). */
export type Element = TextBlock | RichTextBlock | FactSet | Container;

export interface TextBlock {
  readonly type: 'TextBlock';
  /** Is Markdown: never holds a word of others. */
  readonly text: string;
  readonly wrap: true;
  readonly size?: 'large' | 'small';
  readonly weight?: 'bolder';
  readonly isSubtle?: true;
}

export interface RichTextBlock {
  readonly type: 'RichTextBlock';
  readonly inlines: readonly TextRun[];
  readonly spacing?: 'none' | 'small';
}

export interface TextRun {
  readonly type: 'TextRun';
  /** Is no Markdown. */
  readonly text: string;
  readonly weight?: 'bolder';
}

export interface FactSet {
  readonly type: 'FactSet';
  /** Both of a fact are Markdown. */
  readonly facts: readonly { readonly title: string; readonly value: string }[];
}

export interface Container {
  readonly type: 'Container';
  readonly style: 'emphasis';
  readonly items: readonly Element[];
}

/** How much of a card's texts fits. */
export interface Room {
  /** Code points of one text. */
  readonly points: number;
  /** Lines of one text. What is more stands in the last of them. */
  readonly lines: number;
}

/** A sentence of our own, without anybody else's words. */
export function ours(text: string, more: Partial<TextBlock> = {}): TextBlock {
  return { type: 'TextBlock', text, wrap: true, ...more };
}

/**
 * A text with words of others in it, shown letter by letter: a TextRun takes no Markdown, while a TextBlock and both
 * sides of a fact do (learn.microsoft.com: "Text features" of Adaptive Cards, "Format cards in Teams"). A line is a block
 * of its own, for a run is not promised to keep line breaks.
 */
export function theirs(text: string, room: Room, name = ''): readonly RichTextBlock[] {
  const [first = '', ...rest] = linesOf(cut(text, room.points), room.lines);
  const label = name === '' ? [] : runsOf(`${cut(name, room.points)}: `, 'bolder');
  return [
    { type: 'RichTextBlock', spacing: 'small', inlines: [...label, ...runsOf(first)] },
    ...rest.map((line): RichTextBlock => ({ type: 'RichTextBlock', spacing: 'none', inlines: runsOf(line) })),
  ];
}

function linesOf(text: string, most: number): readonly string[] {
  const lines = text.split('\n').filter((line) => line !== '');
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most - 1), lines.slice(most - 1).join(' ')];
}

/** Between the braces of the date functions of Adaptive Cards, which are replaced in runs as well ("Text features"). */
const withinFunction = /(?<=\{)(?=\{(?:DATE|TIME)\()/iu;

function runsOf(text: string, weight?: 'bolder'): readonly TextRun[] {
  return text
    .split(withinFunction)
    .map((part): TextRun => ({ type: 'TextRun', text: part, ...(weight && { weight }) }));
}

/**
 * Letters, digits and the marks that mean nothing in any Markdown wherever they stand in a line: no beginning of a list,
 * and no scheme of an address that would become a link. Names of Kubernetes objects and mail addresses are of this form.
 */
const inert = /^(?!\d+[.)](?:\s|$))[\p{L}\p{N}][\p{L}\p{M}\p{N} .,;@()-]*$/u;

/** Whether Markdown shows a text as it is. */
export function isInert(text: string): boolean {
  return inert.test(text);
}
