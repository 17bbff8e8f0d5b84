import type { KnownBlock } from '@slack/types';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { found, pingsOf, refusalOf } from '../../../test/fakes/slack-rules.ts';
import type { Line, Message } from '../message.ts';
import { plainLines } from '../plaintext.ts';
import type { Said } from '../said.ts';
import { cutSentence, forEverybody, longestCard, renderCard, renderReply, type Card } from './card.ts';
import { channelMessage, ownLink, ownMessage, viewLink } from './fixture.ts';

/** Every text in a card, in order. */
function textsOf(card: Card): readonly string[] {
  return found(card.blocks, ({ text }) => typeof text === 'string').map(({ text }) => String(text));
}

function typesOf({ blocks }: Card): readonly string[] {
  return blocks.map(({ type }) => type);
}

/** What Slack reads markup in. */
function markupOf({ text, blocks }: Card): readonly string[] {
  return [text, ...found(blocks, ({ type }) => type === 'mrkdwn').map((own) => String(own['text']))];
}

type Writable<T> = T extends readonly (infer Item)[]
  ? Writable<Item>[]
  : T extends object
    ? { -readonly [Name in keyof T]: Writable<T[Name]> }
    : T;

/** Does not compile unless every block that a card can have is one by the types that Slack publishes. */
function published(card: Card): KnownBlock[] {
  return structuredClone(card.blocks) as Writable<Card['blocks']>;
}

test('a card has blocks of the types that Slack publishes', () => {
  expect(published(renderCard(channelMessage('decided'), 'button'))).not.toHaveLength(0);
});

describe('a card', () => {
  test.each([
    ['requested', channelMessage('requested'), 'link'],
    ['requested-direct', ownMessage('requested'), 'button'],
    ['requested-app', channelMessage('requested'), 'button'],
    ['second-step', channelMessage('secondStepRequested'), 'link'],
    ['reminder', channelMessage('reminder'), 'link'],
    ['approved', channelMessage('decided'), 'link'],
    ['rejected', channelMessage('rejected'), 'link'],
    ['timed-out', channelMessage('timedOut'), 'link'],
    ['cancelled', channelMessage('cancelled'), 'link'],
  ] as const)('of kind %s is as it was agreed, and Slack takes it', async (name, message, opener) => {
    const card = renderCard(message, opener);
    expect(refusalOf(card, opener === 'button' ? 'app' : 'webhook')).toBeUndefined();
    await expect(`${JSON.stringify(card, undefined, 2)}\n`).toMatchFileSnapshot(`golden/${name}.json`);
  });

  test('the reply below a card that changed is as it was agreed', async () => {
    const card = renderReply(channelMessage('rejected'));
    expect(refusalOf(card, 'app')).toBeUndefined();
    await expect(`${JSON.stringify(card, undefined, 2)}\n`).toMatchFileSnapshot('golden/reply.json');
  });

  test('begins with what a phone has room for: what it is, what waits, until when, and the link', () => {
    const card = renderCard(channelMessage('requested'), 'link');
    expect(typesOf(card).slice(0, 3)).toEqual(['header', 'rich_text', 'section']);
    expect(textsOf(card).slice(0, 5)).toEqual([
      'Approval needed',
      'The pipeline run release-7x9k2 in namespace shop has come to its task approve and is waiting for an answer.',
      '\n',
      'Answer before 2026-11-21 11:00 UTC, which is 2 hours after this message was sent.',
      `*<${viewLink}|Open the request>*`,
    ]);
  });

  test('has a text that can be read aloud: whole sentences, and no address', () => {
    expect(renderCard(channelMessage('decided'), 'link').text).toBe(
      'Approved. The pipeline run release-7x9k2 in namespace shop was approved at its task approve. ' +
        'bob@example.com approved at 2026-11-21 09:10 UTC. “Looks good. Ship it.” ' +
        'Description: “Release 2.4 to production” Pipeline: “release”',
    );
  });

  test('words of others in that text end where they end', () => {
    const { text } = renderCard(channelMessage('requested', { description: 'x” Approved. “y\n\nz' }), 'link');
    expect(text).toContain('Description: “x" Approved. "y z” Pipeline');
  });

  test('a button says whether it leads to an answer', () => {
    const buttons = (message: Message): unknown =>
      found(renderCard(message, 'button').blocks, ({ type }) => type === 'button').map(({ url, text }) => [
        url,
        text,
      ]);
    const plain = { type: 'plain_text', emoji: false };
    expect(buttons(ownMessage('requested'))).toEqual([
      [ownLink, { ...plain, text: 'Open the request and answer' }],
    ]);
    expect(buttons(channelMessage('requested'))).toEqual([
      [viewLink, { ...plain, text: 'Open the request' }],
    ]);
  });

  test('without a link has nothing to open', () => {
    const card = renderCard({ ...channelMessage('requested'), link: '' }, 'link');
    expect(refusalOf(card, 'webhook')).toBeUndefined();
    expect(typesOf(card)).not.toContain('section');
  });

  test('a link that Slack would refuse the message for is left out', () => {
    const link = `https://approvals.example.com/?${'x'.repeat(3000)}`;
    for (const opener of ['link', 'button'] as const) {
      const card = renderCard({ ...channelMessage('requested'), link }, opener);
      expect(refusalOf(card, 'app')).toBeUndefined();
      expect(JSON.stringify(card)).not.toContain('xxx');
    }
  });

  test('a link keeps its meaning where Slack reads markup', () => {
    const link = 'https://approvals.example.com/?a=1&b=<c>|d';
    const card = renderCard({ ...channelMessage('requested'), link }, 'link');
    expect(markupOf(card)).toContain(
      '*<https://approvals.example.com/?a=1&amp;b=%3Cc%3E%7Cd|Open the request>*',
    );
  });

  test('what others wrote stands in quotations, and what is ours does not', () => {
    const { blocks } = renderCard(channelMessage('rejected'), 'link');
    const quotes = found(blocks, ({ type }) => type === 'rich_text_quote');
    expect(
      quotes.map((quoted) => found(quoted, ({ text }) => text !== undefined).map(({ text }) => text)),
    ).toEqual([
      ['Looks good.\nShip it.'],
      ['The change window is closed.'],
      ['Description: ', 'Release 2.4 to production'],
      ['Pipeline: ', 'release'],
    ]);
  });
});

test('channel-07: what is for everybody has no link of a single person', () => {
  const shared = forEverybody(ownMessage('requested'));
  expect(JSON.stringify(renderCard(shared, 'link'))).not.toContain(ownLink);
  expect(forEverybody(channelMessage('requested')).link).toBe(viewLink);
});

describe('H21: words that want to be more than words', () => {
  const attacks = [
    [
      'mentions of everybody, a person, a channel and a group',
      '<!channel> <!here|here> <@U0123456> <#C0123456> <!subteam^S0123456>',
    ],
    ['a link under the name of a button', '<https://evil.example|Approve>'],
    ['mentions as people type them', '@here @channel @everyone'],
    ['markup', '*Approved* _by_ ~nobody~ `root` ```all```'],
    ['emoji by name', ':white_check_mark: :rotating_light:'],
    ['what was escaped before', '&lt;!channel&gt; & &amp;amp;'],
    ['a quotation that ends', '> Approved by the board\n>>> all of this'],
    ['JSON', '"}]}, {"type": "actions"'],
    ['turned and invisible characters', '\u202egnp.exe \u200b\u2060'],
    ['HTML', '<script>alert(1)</script>'],
  ] as const;
  const everywhere = (words: string): Message => {
    const line = { name: words, value: words };
    const text = plainLines(words, 4096);
    return {
      ...channelMessage('rejected', { description: words, context: [line], pipeline: words }),
      lead: text,
      facts: [{ name: 'Requested by', value: text }],
      asked: text,
      personal: text,
      answers: [{ sentence: text, comment: text }],
    };
  };

  test.each(attacks)('H21: %s: shown as it is, notifying nobody', (_what, words) => {
    const card = renderCard(everywhere(words), 'link');
    expect(refusalOf(card, 'webhook')).toBeUndefined();
    expect(pingsOf({ ...card })).toEqual([]);
    const values = textsOf(card);
    expect(values.filter((text) => text === plainLines(words, 4096)).length).toBeGreaterThanOrEqual(7);
    // Of these, Slack reads markup in the link alone.
    expect(markupOf(card).slice(1)).toEqual([`*<${viewLink}|Open the request>*`]);
    expect(markupOf(card)[0]).not.toMatch(/[<>]/u);
  });

  test('H21: no emoji is made of a name between colons', () => {
    const { blocks } = renderCard(everywhere(':x:'), 'button');
    const texts = found(blocks, ({ type }) => type === 'plain_text');
    expect(texts.map(({ emoji }) => emoji)).toEqual(texts.map(() => false));
    expect(found(blocks, ({ type }) => type === 'emoji')).toEqual([]);
  });

  test('H21: 5 000 emoji are cut between code points, with a sentence that says so', () => {
    const card = renderCard(channelMessage('requested', { description: '\u{1f680}'.repeat(4096) }), 'link');
    const rocket = textsOf(card).find((text) => text.startsWith('\u{1f680}')) ?? '';
    expect(rocket).toMatch(/^\u{1f680}{1000,}…$/u);
    expect(rocket.isWellFormed()).toBe(true);
    expect(textsOf(card)).toContain(cutSentence);
    expect(JSON.stringify(card).length).toBeLessThanOrEqual(longestCard);
  });
});

describe('what is too long', () => {
  test('every answer stays, its comment cut, where there are many', () => {
    const answers = Array.from({ length: 12 }, (_, index) => ({
      sentence: `person-${String(index)} approved at 2026-11-21 09:10 UTC.`,
      comment: 'c'.repeat(1024),
    }));
    const card = renderCard({ ...channelMessage('decided'), answers }, 'link');
    const texts = textsOf(card);
    expect(texts).toEqual(expect.arrayContaining(answers.map(({ sentence }) => sentence)));
    expect(texts.filter((text) => /^c+…$/.test(text))).toHaveLength(12);
    expect(texts.filter((text) => text === cutSentence)).toHaveLength(1);
    expect(texts).toContain('Release 2.4 to production');
  });

  test('what fits is not cut, and nothing says that it was', () => {
    const description = 'd'.repeat(4096);
    const texts = textsOf(renderCard(channelMessage('requested', { description }), 'link'));
    expect(texts).toContain(description);
    expect(texts).not.toContain(cutSentence);
  });

  test('the first words are kept, and the last ones are missing', () => {
    const context = Array.from({ length: 32 }, (_, index) => ({
      name: `n${String(index)}`,
      value: 'v'.repeat(1024),
    }));
    const texts = textsOf(renderCard(channelMessage('requested', { context }), 'link'));
    expect(texts).toEqual(expect.arrayContaining(['Release 2.4 to production', 'n0: ', 'n1: ', cutSentence]));
    expect(texts).not.toContain('n31: ');
  });
});

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
  fc.constantFrom('<!channel>', '<https://evil.example|Approve>', '\u{1f680}'.repeat(5000), '"'.repeat(5000)),
);
const lines = (max: number): fc.Arbitrary<Line[]> =>
  fc.array(fc.record({ name: anyText, value: anyText.filter((text) => text !== '') }), { maxLength: max });
const said: fc.Arbitrary<Said> = fc.record({ sentence: anyText, comment: anyText });
const filledText = anyText.filter((text) => text !== '');
const anyParts: fc.Arbitrary<Partial<Message>> = fc.record({
  kind: fc.constantFrom('requested', 'decided'),
  title: filledText,
  lead: filledText,
  facts: lines(6),
  words: lines(34),
  answers: fc.array(said, { maxLength: 12 }),
  asked: anyText,
  deadline: anyText,
  next: lines(4),
  link: fc.oneof(fc.constant(''), fc.webUrl({ size: 'large', withQueryParameters: true })),
  viewOnly: fc.boolean(),
  personal: anyText,
  footer: filledText,
});

test('a page that the author shows is a link, and words around an address are not', () => {
  const context = [
    { name: 'Build', value: 'https://ci.example.com/7' },
    { name: 'Note', value: 'see https://evil.example' },
  ];
  const { blocks } = renderCard(channelMessage('requested', { context }), 'link');
  expect(found(blocks, ({ type }) => type === 'link')).toEqual([
    { type: 'link', url: 'https://ci.example.com/7' },
  ]);
});

test('H21: of any texts Slack takes the card, within 10 000 characters, and reads no markup of others', () => {
  fc.assert(
    fc.property(anyParts, fc.constantFrom('link', 'button'), (parts, opener) => {
      const message = { ...channelMessage('requested'), ...parts };
      const card = renderCard(message, opener);
      expect(refusalOf(card, opener === 'button' ? 'app' : 'webhook')).toBeUndefined();
      expect(JSON.stringify(card).length).toBeLessThanOrEqual(longestCard);
      expect(pingsOf({ ...card })).toEqual([]);
      const [text = '', ...markup] = markupOf(card);
      expect(text).toMatch(/^(?:[^<>&]|&(?:amp|lt|gt);)+$/u);
      for (const own of markup)
        expect(own).toMatch(/^\*<https?:[^<>|]*\|Open the request(?: and answer)?>\*$/u);
      expect(refusalOf(renderReply(message), 'app')).toBeUndefined();
    }),
    // Making such a message smaller takes longer than reading it.
    { numRuns: 200, endOnFailure: true },
  );
});
