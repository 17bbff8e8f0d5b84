import type { Line, Message } from './message.ts';
import { quoteLines } from './plaintext.ts';

/** What introduces text that the operator did not write itself, in every channel. */
export const wordsHeading = 'What the pipeline says (written by its author, not checked)';
export const factsHeading = 'What is waiting';
export const nextHeading = 'What happens next';
export const linkLabel = 'Open the request';
export const footer =
  'Sent by Tekton Approvals because the pipeline lists you as an approver. Replies are not read.';

/**
 * The text part of a mail: reads well aloud, from the most important to the least. Somebody else's words stand behind
 * `> ` on every line, so none of them can pass for ours.
 */
export function renderText(message: Message): string {
  const paragraphs = [
    message.lead,
    message.deadline,
    `${linkLabel}${message.viewOnly ? '' : ' and answer'}:\n${message.link}`,
    message.personal,
    ...(message.first === undefined ? [] : [firstText(message.first)]),
    section(factsHeading, message.facts.map(oneLine)),
    ...(message.words.length === 0 ? [] : [section(wordsHeading, message.words.map(quoted))]),
    message.asked,
    section(nextHeading, message.next.map(oneLine)),
    `--\n${footer}`,
  ];
  return `${paragraphs.join('\n\n')}\n`;
}

function section(heading: string, lines: readonly string[]): string {
  return `${heading}:\n${lines.join('\n')}`;
}

function oneLine(line: Line): string {
  return `${line.name}: ${line.value}`;
}

function quoted(line: Line): string {
  const joint = line.value.includes('\n') ? ':\n' : ': ';
  return quoteLines(line.name + joint + line.value, '> ');
}

function firstText(first: NonNullable<Message['first']>): string {
  return first.comment === ''
    ? first.sentence
    : `${first.sentence} The comment:\n${quoteLines(first.comment, '> ')}`;
}
