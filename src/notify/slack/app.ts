import type { Egress } from '../../egress/egress.ts';
import type { Message } from '../message.ts';
import type { Addressing, Provider, SendResult } from '../provider.ts';
import { isAsking } from '../wording.ts';
import { forEverybody, renderCard, renderReply } from './card.ts';
import { placeOf, SlackApi, type Place, type SlackApiSettings, type Taken } from './webapi.ts';

export interface SlackAppSettings extends SlackApiSettings {
  /** Id of the channel for what is addressed to nobody alone. */
  readonly conversation: string;
  /** Whether single people may be written to. */
  readonly directMessages: boolean;
}

/** Ids of people, in a workspace and in an organisation of several. */
const personId = /^[UW][A-Z0-9]{2,40}$/;

/** Otherwise Slack makes links and mentions of names, in a changed message even where it is not asked to. */
const unparsed = { parse: 'none', link_names: false };
/** Otherwise it reads markup in `text`, and fetches what a link leads to. */
const quiet = { ...unparsed, mrkdwn: false, unfurl_links: false, unfurl_media: false };

/**
 * Posts as an app with a bot token: to its channel, and to people in direct messages. Once a request has ended, the first
 * message about it is changed to say so, and a reply below it tells those who follow it.
 */
export class SlackAppProvider implements Provider {
  readonly channel = 'slack';
  readonly #settings: SlackAppSettings;
  readonly #api: SlackApi;

  constructor(settings: SlackAppSettings, egress: Egress) {
    this.#settings = settings;
    this.#api = new SlackApi(settings, egress);
  }

  async send(message: Message, to: Addressing, signal?: AbortSignal): Promise<SendResult> {
    const { conversation, directMessages } = this.#settings;
    if (to.address === '') return this.#tell(forEverybody(message), { ...to, address: conversation }, signal);
    if (!directMessages)
      return { kind: 'permanent', why: 'direct messages are off for this channel of Slack' };
    if (!personId.test(to.address)) return { kind: 'permanent', why: 'not the id of a person in Slack' };
    return this.#tell(message, to, signal);
  }

  async #tell(message: Message, to: Addressing, signal: AbortSignal | undefined): Promise<SendResult> {
    const first = isAsking(message.kind) || to.ref === undefined ? undefined : placeOf(to.ref);
    if (first !== undefined) {
      const closed = await this.#close(message, first, signal);
      // A first message that is gone, or may not be changed any more, must keep nobody from hearing.
      if (closed.kind !== 'permanent') return sent(closed);
    }
    const card = renderCard(message, isAsking(message.kind) ? 'button' : 'link');
    return sent(await this.#api.call('chat.postMessage', { channel: to.address, ...card, ...quiet }, signal));
  }

  /** Changes the first message and replies to it. Doing so again does no harm but a second reply. */
  async #close(message: Message, { channel, ts }: Place, signal: AbortSignal | undefined): Promise<Taken> {
    const card = renderCard(message, 'link');
    const changed = await this.#api.call('chat.update', { channel, ts, ...card, ...unparsed }, signal);
    if (changed.kind !== 'taken') return changed;
    const reply = { channel, thread_ts: ts, ...renderReply(message), ...quiet };
    const replied = await this.#api.call('chat.postMessage', reply, signal);
    return replied.kind === 'taken' ? { kind: 'taken', ref: `${channel}:${ts}` } : replied;
  }
}

function sent(taken: Taken): SendResult {
  if (taken.kind !== 'taken') return taken;
  return { kind: 'sent', ...(taken.ref !== undefined && { ref: taken.ref }) };
}
