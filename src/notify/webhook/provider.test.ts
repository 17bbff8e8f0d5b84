import * as fc from 'fast-check';
import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { loopbackEgress } from '../../../test/fakes/loopback-egress.ts';
import {
  openWebhookReceiver,
  type WebhookReceiver,
  type WebhookReceiverOptions,
} from '../../../test/fakes/webhook-receiver.ts';
import type { Answer, Egress, Sending } from '../../egress/egress.ts';
import { channelMessage, hostileTexts } from '../messagefixture.ts';
import type { Provider, SendResult } from '../provider.ts';
import { webhookProvider } from './provider.ts';
import { signatureHeaders } from './signature.ts';

const now = Date.UTC(2026, 10, 21, 9, 0, 5, 250);
const id = 'a'.repeat(64);
const to = { id, threadId: id, address: '' };
const secretOf = (bytes: Uint8Array): string => `whsec_${Buffer.from(bytes).toString('base64')}`;
const [older, newer, foreign] = [1, 2, 3].map((n) => secretOf(Buffer.alloc(32, n))) as [
  string,
  string,
  string,
];

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function receiver(options: Partial<WebhookReceiverOptions> = {}): Promise<WebhookReceiver> {
  const one = await openWebhookReceiver({ secrets: [older], now: () => now, ...options });
  open.push(one);
  return one;
}

interface Sender {
  readonly secrets?: readonly string[];
  readonly format?: 'json' | 'cloudevents';
  readonly at?: number;
}

function providerFor(
  { url }: Pick<WebhookReceiver, 'url'>,
  { secrets = [newer, older], format = 'json', at = now }: Sender = {},
): Provider {
  const egress = loopbackEgress();
  open.push(egress);
  const channel = { name: 'audit', url, secrets, format };
  return webhookProvider(channel, egress, { source: 'https://approvals.example.com/', now: () => at });
}

const post = (one: Pick<WebhookReceiver, 'url'>, sender: Sender = {}): Promise<SendResult> =>
  providerFor(one, sender).send(channelMessage('requested'), to);

describe('a receiver of Standard Webhooks', () => {
  test.each([
    ['requested', 'approval.requested'],
    ['secondStepRequested', 'approval.requested'],
    ['responded', 'approval.responded'],
    ['decided', 'approval.settled'],
    ['timedOut', 'approval.timedOut'],
    ['cancelled', 'approval.cancelled'],
  ] as const)('takes an event of the kind %s as %s', async (kind, type) => {
    const one = await receiver();
    expect(await providerFor(one).send(channelMessage(kind), to)).toEqual({ kind: 'sent' });
    expect(one.kept()).toMatchObject([
      { id, contentType: 'application/json; charset=utf-8', body: { type } },
    ]);
  });

  test('takes a CloudEvent, signed like any other event', async () => {
    const one = await receiver();
    expect(await post(one, { format: 'cloudevents' })).toEqual({ kind: 'sent' });
    expect(one.kept()).toMatchObject([
      {
        contentType: 'application/cloudevents+json; charset=utf-8',
        body: {
          specversion: '1.0',
          id,
          source: 'https://approvals.example.com/namespaces/shop',
          subject: 'approvaltasks/release-approve',
          type: 'approval.requested',
        },
      },
    ]);
  });

  test('channel-01: gets the same id on a second try, and takes the event once', async () => {
    const one = await receiver({ script: ({ count }) => (count === 1 ? { status: 503 } : undefined) });
    expect(await post(one)).toMatchObject({ kind: 'retry' });
    expect(await post(one, { at: now + 60_000 })).toEqual({ kind: 'sent' });
    expect(await post(one, { at: now + 120_000 })).toEqual({ kind: 'sent' });
    expect(one.kept()).toHaveLength(1);
    const sent = one.posts().map(({ headers }) => [headers['webhook-id'], headers['webhook-timestamp']]);
    const seconds = Math.floor(now / 1000);
    expect(sent).toEqual([0, 60, 120].map((later) => [id, String(seconds + later)]));
  });

  test('is told of no reminder', async () => {
    const one = await receiver();
    const result = await providerFor(one).send(channelMessage('reminder'), to);
    expect(result).toEqual({ kind: 'permanent', why: 'systems are not told of this kind' });
    expect(one.posts()).toEqual([]);
  });

  test.each(hostileTexts)('%s: takes %s in a description', async (...[, , text]) => {
    const one = await receiver();
    const message = channelMessage('requested', { description: text.slice(0, 4096) });
    expect(await providerFor(one).send(message, to)).toEqual({ kind: 'sent' });
    const html = await (await fetch(`http://127.0.0.1:${String(one.port)}/`)).text();
    expect(html).not.toMatch(/<script|<img|<at/);
  });
});

describe('the signatures', () => {
  test.each([
    ['the newer secret', [newer]],
    ['the older secret', [older]],
    ['both', [newer, older]],
  ])('are taken by whoever knows %s', async (_what, secrets) => {
    expect(await post(await receiver({ secrets }))).toEqual({ kind: 'sent' });
  });

  test('are one for each secret, the newest first', async () => {
    const one = await receiver();
    await post(one, { secrets: [newer] });
    await post(one, { secrets: [newer, older] });
    const [alone = '', both = ''] = one.posts().map(({ headers }) => String(headers['webhook-signature']));
    expect(both.split(' ')).toHaveLength(2);
    expect(both.split(' ')[0]).toBe(alone);
  });

  test.each<[string, Partial<WebhookReceiverOptions>, Sender]>([
    ['another secret', { secrets: [foreign] }, {}],
    ['a clock that is ten minutes ahead', { now: () => now + 600_000 }, {}],
    ['a clock that is ten minutes behind', { now: () => now - 600_000 }, {}],
  ])('are refused by a receiver with %s, and that is final', async (_what, options, sender) => {
    expect(await post(await receiver(options), sender)).toEqual({
      kind: 'permanent',
      why: 'the receiver answered 401: it does not trust the signature: it knows none of the secrets, or its clock is wrong',
    });
  });

  test('are the one that the libraries of Standard Webhooks make of their example', () => {
    const example = {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      seconds: 1614265330,
      body: '{"test": 2432232314}',
    };
    const headers = signatureHeaders(example, ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw']);
    expect(headers['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  test('verify with each secret that is listed, and with no other', async () => {
    const secret = fc.uint8Array({ minLength: 24, maxLength: 64 }).map(secretOf);
    const secrets = fc.uniqueArray(secret, { minLength: 1, maxLength: 4 });
    const text = fc.string({ unit: 'binary', maxLength: 300 });
    await fc.assert(
      fc.asyncProperty(secrets, text, async (listed, description) => {
        const captured: Sending[] = [];
        const egress: Egress = {
          async post(sending): Promise<Answer> {
            captured.push(sending);
            return { status: 204, headers: {}, body: '' };
          },
        };
        const channel = {
          name: 'audit',
          url: 'https://example.com',
          secrets: listed,
          format: 'json',
        } as const;
        const provider = webhookProvider(channel, egress, { source: '', now: () => now });
        await provider.send(channelMessage('requested', { description }), to);
        const [sent] = captured;
        for (const one of listed) expect(await verdict(sent, one)).toBe(204);
        expect(await verdict(sent, secretOf(randomBytes(32)))).toBe(401);
      }),
      { numRuns: 25 },
    );
  });
});

/** What a receiver with that secret alone answers. */
async function verdict(sent: Sending | undefined, secret: string): Promise<number> {
  const one = await openWebhookReceiver({ secrets: [secret], now: () => now });
  try {
    const { headers = {}, body = '' } = sent ?? {};
    return (await fetch(one.url, { method: 'POST', headers, body })).status;
  } finally {
    await one.close();
  }
}

describe('a receiver that does not take it', () => {
  test.each<[string, Answer | 'hangUp', SendResult]>([
    [
      '410',
      { status: 410, headers: {}, body: '' },
      {
        kind: 'permanent',
        why: 'the receiver answered 410: it wants no more events: take the channel out, or give it another address',
      },
    ],
    [
      '404',
      { status: 404, headers: {}, body: '' },
      { kind: 'permanent', why: 'the receiver answered 404: there is nothing at the address' },
    ],
    [
      '429 with a number of seconds',
      { status: 429, headers: { 'retry-after': '30' }, body: '' },
      { kind: 'retry', why: 'the receiver answered 429', afterMs: 30_000 },
    ],
    [
      '503 with a date',
      { status: 503, headers: { 'retry-after': 'Sat, 21 Nov 2026 09:01:05 GMT' }, body: '' },
      { kind: 'retry', why: 'the receiver answered 503', afterMs: 59_750 },
    ],
    ['408', { status: 408, headers: {}, body: '' }, { kind: 'retry', why: 'the receiver answered 408' }],
    ['425', { status: 425, headers: {}, body: '' }, { kind: 'retry', why: 'the receiver answered 425' }],
    ['502', { status: 502, headers: {}, body: '' }, { kind: 'retry', why: 'the receiver answered 502' }],
    ['422', { status: 422, headers: {}, body: '' }, { kind: 'permanent', why: 'the receiver answered 422' }],
  ])('channel-02: but answers %s is reported as that', async (_what, reply, expected) => {
    expect(await post(await receiver({ script: () => reply }))).toEqual(expected);
  });

  test('H58: but redirects to an address inside is not followed', async () => {
    const inside = await receiver();
    const headers = { location: inside.url };
    const one = await receiver({ script: () => ({ status: 301, headers }) });
    expect(await post(one)).toEqual({
      kind: 'permanent',
      why: 'the receiver answered 301: redirects are not followed',
    });
    expect(inside.posts()).toEqual([]);
  });

  test('but hangs up is tried again', async () => {
    expect(await post(await receiver({ script: () => 'hangUp' }))).toMatchObject({ kind: 'retry' });
  });

  test('channel-12: and repeats its address or what it got is told without any of it', async () => {
    const one = await receiver({
      script: ({ body }) => ({ status: 422, body: `/hooks/tekton?team=release ${body}` }),
    });
    expect(JSON.stringify(await post(one))).not.toMatch(/hooks|team|release/);
  });
});

test('channel-10: an address inside that the settings do not allow is not asked', async () => {
  const result = await post({ url: 'https://169.254.169.254/latest' });
  expect(result).toMatchObject({ kind: 'retry' });
  expect(JSON.stringify(result)).not.toContain('latest');
});

test('channel-02: a receiver that wants no more is left alone until its channel is configured anew', async () => {
  let requests = 0;
  const egress: Egress = {
    post: async () => Promise.resolve({ status: (requests += 1) === 1 ? 410 : 204, headers: {}, body: '' }),
  };
  const channel = { name: 'audit', url: 'https://example.com', secrets: [older], format: 'json' } as const;
  const configured = (): Provider => webhookProvider(channel, egress, { source: '', now: () => now });
  const provider = configured();
  const first = await provider.send(channelMessage('requested'), to);
  expect(first).toMatchObject({ kind: 'permanent', why: expect.stringContaining('wants no more') as string });
  expect(await provider.send(channelMessage('decided'), to)).toEqual(first);
  expect(requests).toBe(1);
  expect(await configured().send(channelMessage('decided'), to)).toEqual({ kind: 'sent' });
});
