import { factsHeading, linkLabel, nextHeading, wordsHeading } from '../headings.ts';
import type { Line, Message } from '../message.ts';
import { quoteLines } from '../plaintext.ts';
import type { Said } from '../said.ts';

/**
 * The text part of a mail: reads well aloud, from the most important to the least. Somebody else's words stand behind
 * `> ` on every line, so none of them can pass for ours.
 */
export function renderText(message: Message): string {
  const { title, lead, deadline, personal, answers, facts, words, asked, next } = message;
  const paragraphs = [
    `${title}.`,
    lead,
    deadline,
    message.link === '' ? '' : `${linkLabel}${message.viewOnly ? '' : ' and answer'}:\n${message.link}`,
    personal,
    ...answers.map(said),
    section(factsHeading, facts.map(oneLine)),
    section(wordsHeading, words.map(quoted)),
    asked,
    section(nextHeading, next.map(oneLine)),
    `--\n${message.footer}`,
  ];
  return `${paragraphs.filter((paragraph) => paragraph !== '').join('\n\n')}\n`;
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
