import { CloudEvent, HTTP } from 'cloudevents';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { cut } from '../../api/cut.ts';
import { limits } from '../../api/limits.ts';
import type { Egress, Sending } from '../../egress/egress.ts';
import { channelMessage, everyKind, hostileTexts } from '../messagefixture.ts';
import type { Message } from '../message.ts';
import { webhookProvider } from './provider.ts';

/** What the libraries that receivers use make of our requests: those of Standard Webhooks and of CloudEvents themselves. */

const [older, newer, foreign] = [1, 2, 3].map((n) => `whsec_${Buffer.alloc(32, n).toString('base64')}`) as [
  string,
  string,
  string,
];

async function requestOf(message: Message, format: 'json' | 'cloudevents'): Promise<Sending> {
  const requests: Sending[] = [];
  const egress: Egress = {
    post: async (sending) => {
      requests.push(sending);
      return Promise.resolve({ status: 204, headers: {}, body: '' });
    },
  };
  const channel = { name: 'audit', url: 'https://events.example.com/', secrets: [newer, older], format };
  const options = { source: 'https://approvals.example.com/', now: Date.now };
  await webhookProvider(channel, egress, options).send(message, { id: 'i1', threadId: 'i1', address: '' });
  const [request] = requests;
  if (request === undefined) throw new Error('nothing was sent');
  return request;
}

const kinds = everyKind.filter((kind) => kind !== 'reminder');
const messages: readonly (readonly [name: string, message: Message])[] = [
  ...kinds.map((kind) => [`of the kind ${kind}`, channelMessage(kind)] as const),
  ...hostileTexts.map(
    ([row, what, text]) =>
      [
        `${row}: with ${what}`,
        channelMessage('requested', { description: cut(text, limits.description) }),
      ] as const,
  ),
];

describe('Standard Webhooks', () => {
  test.each(messages)('an event %s is authentic by either secret, and by no other', async (_, message) => {
    const { body, headers } = await requestOf(message, 'json');
    for (const secret of [newer, older])
      expect(new Webhook(secret).verify(body, { ...headers })).toEqual(JSON.parse(body));
    expect(() => new Webhook(foreign).verify(body, { ...headers })).toThrow('No matching signature');
  });
});

describe('CloudEvents', () => {
  test.each(messages)('an event %s keeps to the published schema', async (_, message) => {
    const { body, headers } = await requestOf(message, 'cloudevents');
    new Webhook(older).verify(body, { ...headers });
    const event = HTTP.toEvent({ headers, body });
    expect(event).toBeInstanceOf(CloudEvent);
    expect((event as CloudEvent).validate()).toBe(true);
    expect(event).toMatchObject({
      specversion: '1.0',
      source: 'https://approvals.example.com/namespaces/shop',
    });
  });
});
