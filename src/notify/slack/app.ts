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
 * Posts as an app with a bot token: to its channel, and to people in direct messages. Once a request has ended, the
 * messages that asked are changed to say so, and a reply below one of them tells those who follow it.
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
    const asked = isAsking(message.kind) ? [] : (to.refs ?? []).flatMap((ref) => placeOf(ref) ?? []);
    const closed = asked.length === 0 ? undefined : await this.#close(message, asked, signal);
    if (closed !== undefined) return sent(closed);
    const card = renderCard(message, isAsking(message.kind) ? 'button' : 'link');
    return sent(await this.#api.call('chat.postMessage', { channel: to.address, ...card, ...quiet }, signal));
  }

  /**
   * Changes the messages that asked, and replies to the first of them. Doing so again does no harm but a second reply.
   * Undefined where none is left, or nobody may reply: a message that is gone must keep nobody from hearing.
   */
  async #close(
    message: Message,
    asked: readonly Place[],
    signal: AbortSignal | undefined,
  ): Promise<Taken | undefined> {
    const changed: Place[] = [];
    const card = renderCard(message, 'link');
    for (const place of asked) {
      const taken = await this.#api.call('chat.update', { ...place, ...card, ...unparsed }, signal);
      if (taken.kind === 'retry') return taken;
      if (taken.kind === 'taken') changed.push(place);
    }
    const [first] = changed;
    if (first === undefined) return undefined;
    const { channel, ts } = first;
    const reply = { channel, thread_ts: ts, ...renderReply(message), ...quiet };
    const replied = await this.#api.call('chat.postMessage', reply, signal);
    if (replied.kind === 'taken') return { kind: 'taken', ref: `${channel}:${ts}` };
    return replied.kind === 'permanent' ? undefined : replied;
  }
}

function sent(taken: Taken): SendResult {
  if (taken.kind !== 'taken') return taken;
  return { kind: 'sent', ...(taken.ref !== undefined && { ref: taken.ref }) };
}
