import { linkLabel, nextHeading, wordsHeading } from '../headings.ts';
import type { Line, Message } from '../message.ts';
import { quoteLines } from '../plaintext.ts';
import type { Said } from '../said.ts';
import { factsHeadingOf, isAsking } from '../wording.ts';

/**
 * The text part of a mail: reads well aloud, from the most important to the least. Somebody else's words stand behind
 * `> ` on every line, so none of them can pass for ours.
 */
export function renderText(message: Message): string {
  const { title, lead, facts, words } = message;
  const asking = isAsking(message.kind);
  const paragraphs = [
    `${title}.`,
    lead,
    ...(asking ? askingParagraphs(message) : tellingParagraphs(message)),
    section(factsHeadingOf(message), facts.map(oneLine)),
    section(wordsHeading, words.map(quoted)),
    ...(asking ? [message.asked, section(nextHeading, message.next.map(oneLine))] : []),
    `--\n${message.footer}`,
  ];
  return `${paragraphs.filter((paragraph) => paragraph !== '').join('\n\n')}\n`;
}

/** What to do comes first. */
function askingParagraphs(message: Message): readonly string[] {
  return [message.deadline, linkOf(message), message.personal, ...message.answers.map(said)];
}

/** What happened comes first, and what everybody said; there is nothing left to do. */
function tellingParagraphs(message: Message): readonly string[] {
  return [followsOf(message), ...message.answers.map(said), linkOf(message)];
}

function linkOf({ link, viewOnly }: Message): string {
  return link === '' ? '' : `${linkLabel}${viewOnly ? '' : ' and answer'}:\n${link}`;
}

/** What follows from the end, as sentences. */
export function followsOf({ next }: Message): string {
  return next.map(({ value }) => value).join(' ');
}

function section(heading: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `${heading}:\n${lines.join('\n')}`;
}

function oneLine(line: Line): string {
  return `${line.name}: ${line.value}`;
}

function quoted(line: Line): string {
  const joint = line.value.includes('\n') ? ':\n' : ': ';
  return quoteLines(line.name + joint + line.value, '> ');
}

function said({ sentence, comment }: Said): string {
  return comment === '' ? sentence : `${sentence} The comment:\n${quoteLines(comment, '> ')}`;
}
