import * as fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { adaptiveCard, drawn, textsOf, type AdaptiveCard } from '../../../test/fakes/adaptive-card.ts';
import { escaped } from '../../../test/fakes/inbox.ts';
import { approvalBy } from '../fixture.ts';
import { channelMessage, everyKind, hostileTexts, url } from '../messagefixture.ts';
import { plainLines } from '../plaintext.ts';
import type { Message } from '../message.ts';
import { payloadLimit, payloadOf } from './card.ts';

const golden = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`golden/${name}.json`, import.meta.url), 'utf8'));

/** The card as the published schema reads it; throws where it breaks the schema. */
const cardIn = (message: Message): AdaptiveCard =>
  adaptiveCard.parse(JSON.parse(payloadOf(message, { raw: true })));

const shown = (message: Message): string => drawn(cardIn(message));
const allText = (message: Message): string =>
  textsOf(cardIn(message))
    .map(({ text }) => text)
    .join('\n');

describe('the card', () => {
  test.each(['requested', 'decided'] as const)('of the kind %s is this one', (kind) => {
    expect(JSON.parse(payloadOf(channelMessage(kind), { raw: false }))).toEqual(golden(kind));
  });

  test.each(everyKind)(
    'channel-05: of the kind %s keeps to the published schema, and opens one address',
    (kind) => {
      const card = cardIn(channelMessage(kind));
      expect(card.version).toBe('1.4');
      expect(card.actions).toEqual([expect.objectContaining({ type: 'Action.OpenUrl', url })]);
      expect(card.msteams).toEqual({ width: 'Full' });
    },
  );

  test('stands alone where the flow wants it so', () => {
    const message = channelMessage('requested');
    const whole = JSON.parse(payloadOf(message, { raw: false })) as { attachments: { content: unknown }[] };
    expect(JSON.parse(payloadOf(message, { raw: true }))).toEqual(whole.attachments[0]?.content);
  });

  test('sets what the author and the approvers wrote apart from what the operator says', () => {
    const html = shown(channelMessage('decided'));
    const apart = [...html.matchAll(/<div class="emphasis">(.*?)<\/div>/gs)].map(([, inner = '']) => inner);
    expect(apart).toHaveLength(2);
    expect(apart[0]).toContain('Release 2.4 to production');
    expect(apart[1]).toContain('Looks good');
  });

  test('has a fact that Markdown would change outside the table of facts', () => {
    const requester = { name: '*root*', certainty: 'asserted' as const };
    const html = shown(channelMessage('requested', { requester }));
    expect(html).toContain('<strong>Requested by: </strong>*root* (says the trigger; not proven)');
    expect(html).toContain('<dt>Namespace</dt><dd>shop</dd>');
  });
});

describe('words of others', () => {
  /** Where others can write: the author of the pipeline, who answers, and whoever names people. */
  const places: readonly (readonly [where: string, of: (text: string) => Message, max: number])[] = [
    ['a description', (text) => channelMessage('requested', { description: text.slice(0, 4096) }), 4096],
    [
      'a context line',
      (text) => channelMessage('requested', { context: [{ name: 'about', value: text.slice(0, 1024) }] }),
      1024,
    ],
    [
      'a comment',
      (text) =>
        channelMessage(
          'decided',
          {},
          { responses: [approvalBy('ann@example.com', { comment: text.slice(0, 1024) })] },
        ),
      1024,
    ],
  ];

  const cases = hostileTexts.flatMap(([row, what, text]) =>
    places.map(([where, of, max]) => [row, what, where, { message: of(text), text, max }] as const),
  );

  test.each(cases)('%s: %s in %s is shown as it is', (...[, , , { message, text, max }]) => {
    const firstLines = plainLines(text.slice(0, max), max).split('\n').slice(0, 3);
    const html = shown(message);
    for (const line of firstLines.map((whole) => whole.slice(0, 300))) expect(html).toContain(escaped(line));
    // Nothing but our own button leads anywhere, and our own headings alone are bold.
    expect(html.match(/<a /g)).toHaveLength(1);
    expect(html).not.toMatch(/<(?:b|i|li|script|img|at)>/);
  });

  test.each(hostileTexts)('%s: %s in the name of who started it is no Markdown', (_row, _what, text) => {
    const requester = { name: text.slice(0, 250), certainty: 'asserted' as const };
    const html = shown(channelMessage('requested', { requester }));
    expect(html.match(/<a /g)).toHaveLength(1);
    expect(html).not.toMatch(/<(?:b|i|li|script|img|at)>/);
    expect(html).not.toContain('the moment');
  });
});

describe('a card that would be too large', () => {
  const context = Array.from({ length: 32 }, (_, n) => ({
    name: `${String(n)}${'😀'.repeat(100)}`,
    value: '\\"'.repeat(500),
  }));
  const responses = Array.from({ length: 40 }, (_, n) =>
    approvalBy(`${String(n)}${'é'.repeat(200)}@example.com`, { comment: '👍'.repeat(1024) }),
  );

  test('is cut, says so, and keeps all that the operator says itself', () => {
    const message = channelMessage('requested', { description: '😀'.repeat(4096), context });
    const text = allText(message);
    expect(text).toContain('texts are cut. The request shows all of them.');
    expect(text).toContain(message.lead);
    expect(text).toContain(message.asked);
    expect(text).toContain(message.deadline);
    for (const { value } of message.next) expect(text).toContain(value);
    expect(text).toMatch(/😀…/u);
  });

  test('says nothing of the kind where everything fits', () => {
    expect(allText(channelMessage('requested'))).not.toContain('cut');
  });

  test.each(everyKind)('channel-05: fits with the longest of everything, of the kind %s', (kind) => {
    const spec = {
      description: '{'.repeat(4096),
      context,
      pipeline: '😀'.repeat(256),
      approvers: Array.from({ length: 100 }, (_, n) => `${String(n)}${'😀'.repeat(250)}`),
      requester: { name: '😀'.repeat(256), certainty: 'asserted' as const },
    };
    const message = channelMessage(kind, spec, { responses });
    const body = payloadOf(message, { raw: false });
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(payloadLimit);
    expect(body.isWellFormed()).toBe(true);
    cardIn(message);
  });

  test('fits and is well formed whatever people write', () => {
    const text = fc.string({ unit: 'binary', maxLength: 1500 });
    const lines = fc.array(fc.record({ name: fc.string({ unit: 'binary', maxLength: 60 }), value: text }), {
      maxLength: 32,
    });
    fc.assert(
      fc.property(text, lines, text, (description, given, comment) => {
        const spec = { description, context: given };
        const message = channelMessage('decided', spec, { responses: [approvalBy('ann', { comment })] });
        const body = payloadOf(message, { raw: false });
        expect(Buffer.byteLength(body)).toBeLessThanOrEqual(payloadLimit);
        expect(body.isWellFormed()).toBe(true);
        const words = textsOf(cardIn(message)).filter(({ isMarkdown }) => isMarkdown);
        for (const one of words) expect(one.text).not.toMatch(/[*_[\]`<>~#|\\{}]/u);
      }),
      { numRuns: 40 },
    );
  });
});
