import type { WebhookChannel } from '../../api/channels.ts';
import type { Egress } from '../../egress/egress.ts';
import type { Message } from '../message.ts';
import { judged, posted, type Receiving } from '../posting.ts';
import type { Addressing, Provider, SendResult } from '../provider.ts';
import { bodyOf, eventType, type EventType } from './body.ts';
import { signatureHeaders } from './signature.ts';

export interface WebhookOptions {
  /** The operator's own address, by which events say where they come from. */
  readonly source: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const contentTypes = {
  json: 'application/json; charset=utf-8',
  cloudevents: 'application/cloudevents+json; charset=utf-8',
};

/**
 * Tells another system by a request in the form of Standard Webhooks 1.0.0, signed with every secret of the channel.
 * The id is the notice's, so that whoever gets an event twice can tell. A receiver that wants no more is not asked again
 * by this provider: Standard Webhooks 1.0.0 has its endpoint disabled ("Delivery success and failure").
 */
export function webhookProvider(channel: WebhookChannel, egress: Egress, options: WebhookOptions): Provider {
  let farewell: SendResult | undefined;
  return {
    channel: 'webhook',
    send: async (message, to, signal) => {
      const type = eventType(message.kind);
      if (farewell !== undefined) return farewell;
      if (type === undefined) return { kind: 'permanent', why: 'systems are not told of this kind' };
      const request = requestOf({ channel, options, to }, message, type);
      const { now } = options;
      return posted(egress, { ...request, ...(signal && { signal }) }, (answer) => {
        const result = judged(receiver, answer, now());
        if (answer.status === gone) farewell = result;
        return result;
      });
    },
  };
}

/** The receiver has ended it (RFC 9110 15.5.11). */
const gone = 410;

interface Telling {
  readonly channel: WebhookChannel;
  readonly options: WebhookOptions;
  readonly to: Addressing;
}

function requestOf(
  { channel, options, to }: Telling,
  message: Message,
  type: EventType,
): { url: string; headers: Record<string, string>; body: string } {
  const { url, format, secrets } = channel;
  const now = options.now();
  const seconds = Math.floor(now / 1000);
  const source = options.source.replace(/\/+$/u, '');
  const frame = { type, id: to.id, source, now: new Date(seconds * 1000).toISOString() };
  const body = bodyOf(message, format, frame);
  const headers = {
    'content-type': contentTypes[format],
    ...signatureHeaders({ id: to.id, seconds, body }, secrets),
  };
  return { url, headers, body };
}

/** What to look at, by the status of a receiver that does not take it. */
const causes: Readonly<Record<number, string>> = {
  400: 'it does not understand the event',
  401: 'it does not trust the signature: it knows none of the secrets, or its clock is wrong',
  403: 'it does not let us in',
  404: 'there is nothing at the address',
  [gone]: 'it wants no more events: take the channel out, or give it another address',
  413: 'the event is too large for it',
};

/** "Delivery success and failure" of Standard Webhooks 1.0.0; which statuses pass is for the outbox to use. */
const receiver: Receiving = { said: ({ status }) => `the receiver answered ${String(status)}`, causes };
