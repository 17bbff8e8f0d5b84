import { linkLabel, nextHeading, wordsHeading } from '../headings.ts';
import type { Line, Message } from '../message.ts';
import type { Said } from '../said.ts';
import { factsHeadingOf, isAsking } from '../wording.ts';
import {
  aside,
  button,
  context,
  escaped,
  header,
  heading,
  link,
  paragraph,
  quote,
  quotedLink,
  rich,
  type Block,
  type Rich,
} from './blocks.ts';
import { fitting, sizeOf } from './room.ts';

/** A message as Slack takes it. Screen readers and notifications have `text` alone. */
export interface Card {
  readonly text: string;
  readonly blocks: readonly Block[];
}

/**
 * The most that a card takes as JSON. Slack names 50 blocks and 3,000 characters in each, and refuses from about 13,200
 * in sum (https://github.com/slackapi/bolt-js/issues/2509); what it counts there is not documented.
 */
export const longestCard = 10_000;

/** The longest of each part that is ours, as JSON. Together they leave room for the words of others. */
const longest = {
  text: 1000,
  title: 150,
  lead: 700,
  deadline: 300,
  link: 2200,
  personal: 400,
  facts: 6,
  name: 60,
  fact: 256,
  asked: 700,
  next: 4,
  step: 170,
  footer: 250,
} as const;

/** What takes the place of words for which there is no room. */
export const cutSentence = '(cut; the request shows all)';

/** Room for what surrounds the words of others: two blocks, a heading, and that they were cut. */
const frames = 500;

/** Of the room for others' words, how much answers may take where there are both. */
const answersShare = 0.6;

/**
 * Renders a message, the most important first, as a phone shows it. `opener` is what opens the request: a button needs an
 * app, for Slack tells its owner of each click.
 */
export function renderCard(message: Message, opener: 'link' | 'button'): Card {
  const text = fallback(message);
  const head = headOf(message, opener);
  const tail = tailOf(message);
  const room = longestCard - frames - sizeOf({ text, blocks: [...head, ...tail] });
  const { answers, words } = message;
  const said = saidIn(answers, words.length === 0 ? room : room * answersShare);
  const quoted = words.length === 0 ? [] : [heading(wordsHeading), ...wordsIn(words, room - sizeOf(said))];
  return { text, blocks: [...head, ...rich(said), ...rich(quoted), ...tail] };
}

/** The few words below a card that has changed, by which those are told who follow it. */
export function renderReply(message: Message): Card {
  const lead = paragraph('', fitting(message.lead, longest.lead));
  const said = saidIn(message.answers, longestCard / 2);
  return { text: fallback({ ...message, words: [] }), blocks: rich([lead, ...said]) };
}

/** A personal link goes to its person alone (channel-7): whoever reads a channel must not find one there. */
export function forEverybody(message: Message): Message {
  return message.viewOnly ? message : { ...message, link: '', personal: '' };
}

/** What is read aloud and shown in a notification. Slack would read markup in it. */
function fallback({ title, lead, deadline, answers, words }: Message): string {
  const parts = [
    `${title}.`,
    lead,
    deadline,
    ...answers.map(({ sentence, comment }) => (comment === '' ? sentence : `${sentence} ${spoken(comment)}`)),
    ...words.map(({ name, value }) => `${name}: ${spoken(value)}`),
  ];
  const whole = parts.filter((part) => part !== '').join(' ');
  return escaped(fitting(whole, longest.text, escaped));
}

/** Somebody else's words within a sentence, which end where they end. */
function spoken(words: string): string {
  return `“${words.replaceAll(/[\u201c\u201d]/gu, '"').replaceAll(/\s+/gu, ' ')}”`;
}

function headOf(message: Message, opener: 'link' | 'button'): readonly Block[] {
  const { title, lead, deadline, personal } = message;
  const sentences = [fitting(lead, longest.lead), fitting(deadline, longest.deadline)];
  return [
    header(fitting(title, longest.title)),
    ...rich(sentences.filter((sentence) => sentence !== '').map((sentence) => paragraph('', sentence))),
    ...openers(message, opener),
    ...(personal === '' ? [] : [context(fitting(personal, longest.personal))]),
  ];
}

function openers({ link: url, viewOnly }: Message, opener: 'link' | 'button'): readonly Block[] {
  const label = viewOnly ? linkLabel : `${linkLabel} and answer`;
  const made = opener === 'button' ? button(label, url) : link(label, url);
  return url === '' || sizeOf(made) > longest.link ? [] : [made];
}

function tailOf(message: Message): readonly Block[] {
  const { facts, asked, next, footer } = message;
  const known = facts.slice(0, longest.facts).map((line) => lineOf(line, longest.fact));
  const steps = next.slice(0, longest.next).map((line) => lineOf(line, longest.step));
  const follows = [...(asked === '' ? [] : [paragraph('', fitting(asked, longest.asked))]), ...steps];
  return [
    ...rich(known.length === 0 ? [] : [heading(factsHeadingOf(message)), ...known]),
    // After the end one line is left, which has a name of its own.
    ...rich(isAsking(message.kind) && follows.length > 0 ? [heading(nextHeading), ...follows] : follows),
    context(fitting(footer, longest.footer)),
  ];
}

function lineOf({ name, value }: Line, room: number): Rich {
  return paragraph(fitting(name, longest.name), fitting(value, room));
}

/** Every answer gets the same room: who answered last matters as much as who answered first. */
function saidIn(answers: readonly Said[], room: number): readonly Rich[] {
  const share = room / answers.length;
  const parts = answers.map(({ sentence, comment }) => {
    const said = [piece(sentence, (text) => paragraph('', text)), piece(comment, (text) => quote('', text))];
    return filled(said, share);
  });
  return marked(
    parts.flatMap(({ shown }) => shown),
    parts.some(({ isCut }) => isCut),
  );
}

/** In the order in which they are given: what does not fit is at the end. */
function wordsIn(words: readonly Line[], room: number): readonly Rich[] {
  const pieces = words.map(({ name, value, href }) => {
    const label = fitting(name, longest.fact);
    // An address that had to be cut leads nowhere.
    return piece(value, (text) => (text === href ? quotedLink(label, href) : quote(label, text)));
  });
  const { shown, isCut } = filled(pieces, room);
  return marked(shown, isCut);
}

function marked(shown: readonly Rich[], isCut: boolean): readonly Rich[] {
  return isCut ? [...shown, aside(cutSentence)] : shown;
}

/** Words of somebody else, and how they are shown. */
interface Piece {
  readonly words: string;
  readonly show: (words: string) => Rich;
}

function piece(words: string, show: Piece['show']): Piece {
  return { words, show };
}

interface Filled {
  readonly shown: readonly Rich[];
  /** Whether anything is missing. */
  readonly isCut: boolean;
}

/** As many of the pieces as there is room for, the last of them cut. */
function filled(pieces: readonly Piece[], room: number): Filled {
  const shown: Rich[] = [];
  let left = room;
  for (const { words, show } of pieces.filter((one) => one.words !== '')) {
    const part = fitting(words, left - sizeOf(show('')) - frame);
    if (part !== '') shown.push(show(part));
    if (part !== words) return { shown, isCut: true };
    left -= sizeOf(shown.at(-1)) + 1;
  }
  return { shown, isCut: false };
}

/** What an element of text takes besides its text. */
const frame = sizeOf({ type: 'text', text: '' }) + 1;
