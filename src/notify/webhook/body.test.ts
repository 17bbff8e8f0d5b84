import * as fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { approvalBy } from '../fixture.ts';
import type { Message } from '../message.ts';
import { channelMessage, everyKind, hostileTexts } from '../messagefixture.ts';
import { plainLines } from '../plaintext.ts';
import { bodyLimit, bodyOf, eventType, type EventFrame } from './body.ts';
import type { WebhookData } from './data.ts';

const golden = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`golden/${name}.json`, import.meta.url), 'utf8'));

const frame: EventFrame = {
  type: 'approval.requested',
  id: 'a'.repeat(64),
  source: 'https://approvals.example.com',
  now: '2026-11-21T09:00:05.000Z',
};

/** As it is sent, with the type of its kind. */
function bodyFor(message: Message, format: 'json' | 'cloudevents' = 'json'): string {
  return bodyOf(message, format, { ...frame, type: eventType(message.kind) ?? frame.type });
}

interface Body {
  readonly type: string;
  readonly timestamp: string;
  readonly data: WebhookData;
}

const read = (message: Message): Body => JSON.parse(bodyFor(message)) as Body;

describe('the body', () => {
  test.each(['requested', 'decided'] as const)('of the kind %s is this one', (kind) => {
    expect(JSON.parse(bodyFor(channelMessage(kind)))).toEqual(golden(kind));
  });

  test('is a CloudEvent where the channel wants it so', () => {
    expect(JSON.parse(bodyFor(channelMessage('decided'), 'cloudevents'))).toEqual(golden('cloudevent'));
  });

  test.each([
    ['requested', 'approval.requested', '2026-11-21T09:00:00Z'],
    ['secondStepRequested', 'approval.requested', '2026-11-21T09:10:00Z'],
    ['responded', 'approval.responded', '2026-11-21T09:10:00Z'],
    ['decided', 'approval.settled', '2026-11-21T09:20:00Z'],
    ['timedOut', 'approval.timedOut', '2026-11-21T11:00:00Z'],
    ['cancelled', 'approval.cancelled', '2026-11-21T09:01:00Z'],
  ] as const)('of the kind %s is called %s and tells when it happened', (kind, type, timestamp) => {
    expect(read(channelMessage(kind))).toMatchObject({ type, timestamp });
  });

  test('names the second step of FOUR_EYES', () => {
    expect(read(channelMessage('secondStepRequested')).data).toMatchObject({ step: 2 });
    expect(read(channelMessage('requested')).data).toMatchObject({ step: 1 });
  });

  test('channel-13: is never called as Tekton or CDEvents call theirs', () => {
    const types = everyKind.flatMap((kind) => eventType(kind) ?? []);
    expect(new Set(types).size).toBe(5);
    for (const type of types) expect(type).toMatch(/^approval\.[a-zA-Z]+$/);
  });

  test('has the time of sending where the request does not say when it happened', () => {
    const message = channelMessage('requested');
    const { startTime: _startTime, ...event } = message.event;
    expect(JSON.parse(bodyFor({ ...message, event }))).toMatchObject({ timestamp: frame.now });
  });

  test('tells no machine of a reminder', () => {
    expect(eventType('reminder')).toBeUndefined();
  });
});

describe('words of others', () => {
  test.each(hostileTexts)('%s: %s in description and comment arrives as text', (...[, , text]) => {
    const comment = text.slice(0, 1024);
    const message = channelMessage(
      'decided',
      { description: text.slice(0, 4096) },
      { responses: [approvalBy('ann@example.com', { comment })] },
    );
    const { data } = read(message);
    expect(plainLines(text.slice(0, 4096), 4096).startsWith(data.description.replace(/…$/u, ''))).toBe(true);
    expect(plainLines(comment, 1024).startsWith(data.responses[0]?.comment.replace(/…$/u, '') ?? '-')).toBe(
      true,
    );
    expect(data).toMatchObject({ outcome: 'approved', name: 'release-approve' });
  });
});

describe('an event that would be too large', () => {
  const long = {
    description: '😀'.repeat(4096),
    pipeline: '😀'.repeat(256),
    context: Array.from({ length: 32 }, (_, n) => ({
      name: `${String(n)}${'😀'.repeat(100)}`,
      value: '"'.repeat(1024),
    })),
    approvers: Array.from({ length: 100 }, (_, n) => `${String(n)}${'😀'.repeat(250)}`),
    requester: { name: '😀'.repeat(256), certainty: 'asserted' as const },
  };
  const responses = Array.from({ length: 400 }, (_, n) =>
    approvalBy(`person-${String(n)}@example.com`, { comment: '👍'.repeat(1024) }),
  );

  test('is cut between characters, and names the fields that are not whole', () => {
    const { data } = read(channelMessage('requested', { description: '😀'.repeat(4096) }, { responses }));
    expect(data.truncated).toEqual(['description', 'responses']);
    expect(data.description).toMatch(/^(?:😀)+…$/u);
    expect(data.approvers).toHaveLength(3);
  });

  test('keeps the last answers, which are the news', () => {
    const { data } = read(channelMessage('decided', {}, { responses }));
    expect(data.truncated).toEqual(['responses']);
    expect(data.responses.at(-1)?.person).toBe('person-399@example.com');
  });

  test('names nothing where everything fits', () => {
    expect(read(channelMessage('requested')).data).not.toHaveProperty('truncated');
  });

  test.each(everyKind)('fits with the longest of everything, of the kind %s', (kind) => {
    for (const format of ['json', 'cloudevents'] as const) {
      const body = bodyFor(channelMessage(kind, long, { responses }), format);
      expect(Buffer.byteLength(body)).toBeLessThanOrEqual(bodyLimit);
      expect(body.isWellFormed()).toBe(true);
      expect(JSON.parse(body)).toMatchObject({ data: { name: 'release-approve', uid: 'uid-1' } });
    }
  });

  test('fits and is well formed whatever people write', () => {
    const text = fc.string({ unit: 'binary', maxLength: 4000 });
    const names = fc.array(fc.string({ unit: 'binary', minLength: 1, maxLength: 250 }), { maxLength: 100 });
    fc.assert(
      fc.property(text, names, text, (description, approvers, comment) => {
        const message = channelMessage(
          'decided',
          { description, approvers },
          {
            responses: [approvalBy('ann', { comment })],
          },
        );
        const body = bodyFor(message);
        expect(Buffer.byteLength(body)).toBeLessThanOrEqual(bodyLimit);
        expect(body.isWellFormed()).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});
