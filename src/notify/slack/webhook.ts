import { IncomingWebhook, type IncomingWebhookDefaultArguments } from '@slack/webhook';
import type { Answer, Egress } from '../../egress/egress.ts';
import type { Message } from '../message.ts';
import { unanswered, type Unsent } from '../posting.ts';
import type { Addressing, Provider, SendResult } from '../provider.ts';
import { forEverybody, renderCard } from './card.ts';
import { refusedByStatus } from './verdict.ts';

export interface SlackWebhookSettings {
  /** A secret: whoever knows it can post. */
  readonly webhookUrl: string;
  readonly now: () => number;
}

type Fetch = NonNullable<IncomingWebhookDefaultArguments['fetch']>;

/**
 * Posts to one channel by its incoming webhook (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks).
 * Slack's own client composes the request; it goes out through our Egress, whose limits and checks count, and is tried
 * once. A webhook tells nothing by which a message could be changed later, so each message is a new one.
 */
export class SlackWebhookProvider implements Provider {
  readonly channel = 'slack';
  readonly #settings: SlackWebhookSettings;
  readonly #egress: Egress;

  constructor(settings: SlackWebhookSettings, egress: Egress) {
    this.#settings = settings;
    this.#egress = egress;
  }

  async send(message: Message, to: Addressing, signal?: AbortSignal): Promise<SendResult> {
    if (to.address !== '')
      return { kind: 'permanent', why: 'a webhook of Slack reaches a channel, and nobody alone' };
    const answer = await this.#post(forEverybody(message), signal);
    if ('kind' in answer) return answer;
    const refused = refusedByStatus(answer, this.#settings.now());
    if (refused !== undefined) return refused;
    // Anything else is somebody between Slack and us.
    return answer.body.trim() === 'ok'
      ? { kind: 'sent' }
      : { kind: 'retry', why: `Slack answered ${String(answer.status)} without its ok` };
  }

  /** The answer is kept from the transport: the client's error has no headers, and so no Retry-After. */
  async #post(message: Message, signal: AbortSignal | undefined): Promise<Answer | Unsent> {
    let outcome: Answer | Unsent = unanswered(undefined);
    const fetch: Fetch = async (url, { body } = {}) => {
      try {
        if (typeof body !== 'string') throw new TypeError('no JSON');
        // Not its other header, which tells the versions of Node and of the operating system.
        const sending = { url: String(url), headers: { 'content-type': 'application/json' }, body };
        outcome = await this.#egress.post({ ...sending, ...(signal && { signal }) });
      } catch (error) {
        outcome = unanswered(error);
        throw error;
      }
      return responseOf(outcome, String(url));
    };
    const { text, blocks } = renderCard(message, 'link');
    const quiet = { mrkdwn: false, unfurl_links: false, unfurl_media: false };
    // Its errors say less than the outcome does.
    await new IncomingWebhook(this.#settings.webhookUrl, { fetch })
      .send({ text, blocks: [...blocks], ...quiet })
      .catch(() => undefined);
    return outcome;
  }
}

function responseOf({ status, headers, body }: Answer, url: string): Awaited<ReturnType<Fetch>> {
  return {
    ok: status >= 200 && status < 300,
    status,
    statusText: '',
    url,
    headers: new Headers({ ...headers }),
    arrayBuffer: () => Promise.resolve(new TextEncoder().encode(body).buffer),
    json: () => Promise.resolve(JSON.parse(body) as unknown),
    text: () => Promise.resolve(body),
  };
}
