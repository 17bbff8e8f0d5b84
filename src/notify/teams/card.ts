import { cut } from '../../api/cut.ts';
import { wordsHeading } from '../headings.ts';
import type { Line, Message } from '../message.ts';
import type { Said } from '../said.ts';
import { bodyWithin } from '../sizelimit.ts';
import { isInert, ours, theirs, type Element, type Room } from './element.ts';

/**
 * Largest request, in bytes of UTF-8. Microsoft documents 28 KB for a message and means what it makes of it: messages are
 * refused from about 21 KB on.
 */
export const payloadLimit = 20_000;

const adaptiveCardType = 'application/vnd.microsoft.card.adaptive';

const cutSentence = 'This was too long for Teams, so texts are cut. The request shows all of them.';
const fallbackSentence = 'This version of Teams cannot show the card with the request.';

/** How long a text may be, tried in this order until the card fits. The last one always does. */
const rooms: readonly Room[] = [
  { points: Infinity, lines: 100 },
  ...[4000, 3000, 2000, 1500, 1000, 700, 500, 350, 250, 180, 120, 80, 60, 40, 24, 16, 8].map((points) => ({
    points,
    lines: Math.max(1, Math.floor(points / 40)),
  })),
];

/** What room our own sentences keep, and those that are little more than a name. Names can be long, so these are cut, too. */
const sentencePoints = { whole: 240, short: 64 };

/**
 * The body of the request that shows a message: a message with one Adaptive Card, or that card alone where `raw`.
 * Always within the limit: texts that are too long are cut, and a sentence says so.
 */
export function payloadOf(message: Message, { raw }: { readonly raw: boolean }): string {
  return bodyWithin(payloadLimit, rooms, (room) => {
    const card = cardOf(message, room);
    return JSON.stringify(raw ? card : wrapped(card));
  });
}

/** As the template "Send webhook alerts to a channel" reads it. */
function wrapped(content: object): object {
  return { type: 'message', attachments: [{ contentType: adaptiveCardType, contentUrl: null, content }] };
}

function cardOf(message: Message, room: Room): object {
  const { title, link, viewOnly } = message;
  return {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    msteams: { width: 'Full' },
    fallbackText: `${title}. ${fallbackSentence}`,
    body: bodyOf(message, room),
    actions: [
      { type: 'Action.OpenUrl', title: viewOnly ? 'See the request' : 'Review and answer', url: link },
    ],
  };
}

function bodyOf(message: Message, room: Room): readonly Element[] {
  const { title, lead, facts, words, answers, asked, deadline, next, personal, footer } = message;
  return [
    ours(title, { size: 'large', weight: 'bolder' }),
    ...sentence(lead, room),
    ...factsOf(facts, room),
    ...wordsOf(words, room),
    ...answers.flatMap((said) => answerOf(said, room)),
    ...sentence(asked, room),
    ...sentence(deadline, room),
    ...next.flatMap(({ name, value }) => sentence(value, room, name)),
    ...sentence(personal, room),
    ...(room.points === Infinity ? [] : [ours(cutSentence, { weight: 'bolder' })]),
    ours(footer, { size: 'small', isSubtle: true }),
  ];
}

function sentence(text: string, { points, lines }: Room, name = ''): readonly Element[] {
  if (text === '') return [];
  return theirs(text, { points: Math.max(points, sentencePoints.whole), lines }, name);
}

/** A table of what Markdown leaves alone; whatever else the operator read stands below it. */
function factsOf(facts: readonly Line[], { points, lines }: Room): readonly Element[] {
  const shown = facts.map(({ name, value }) => ({
    name,
    value: cut(value, Math.max(points, sentencePoints.short)),
  }));
  const plain = shown.filter(({ value }) => isInert(value));
  const others = shown.filter(({ value }) => !isInert(value));
  const table: Element = {
    type: 'FactSet',
    facts: plain.map(({ name, value }) => ({ title: name, value })),
  };
  return [
    ...(plain.length === 0 ? [] : [table]),
    ...others.flatMap(({ name, value }) => theirs(value, { points: Infinity, lines }, name)),
  ];
}

function wordsOf(words: readonly Line[], room: Room): readonly Element[] {
  if (words.length === 0) return [];
  const items = words.flatMap(({ name, value }) => theirs(value, room, name));
  return [apart([ours(wordsHeading, { size: 'small', isSubtle: true }), ...items])];
}

function answerOf({ sentence: said, comment }: Said, room: Room): readonly Element[] {
  const telling = theirs(said, { ...room, points: Math.max(room.points, sentencePoints.short) });
  return comment === '' ? telling : [...telling, apart(theirs(comment, room))];
}

/** Words of others stand on a ground of their own, so that none can pass for ours. */
function apart(items: readonly Element[]): Element {
  return { type: 'Container', style: 'emphasis', items };
}
