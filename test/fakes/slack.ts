import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import type { Certificate } from './certificate.ts';
import { renderChannel } from './slack-page.ts';
import { found, isFields, pingsOf, refusalOf, type Mode, type Posted } from './slack-rules.ts';

/** A message as it stands in Slack now. */
export interface SlackMessage {
  readonly by: Mode;
  /** The webhook's path, or the id of a channel or of a direct conversation. */
  readonly conversation: string;
  readonly ts: string;
  /** Of the message that this one replies to. */
  readonly threadTs: string | undefined;
  readonly text: string;
  readonly blocks: readonly unknown[];
  /** Whom it notifies or links to. */
  readonly pings: readonly string[];
  /** How many times it was changed. */
  readonly edits: number;
  /** As it was sent last, `text` and `blocks` included. */
  readonly posted: Posted & Readonly<Record<string, unknown>>;
}

/** One request, to which a script may answer something else. */
export interface SlackCall {
  /** Its path, or the method of the Web API. */
  readonly to: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** How many times this was called, from 1. */
  readonly count: number;
}

interface Scripted {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

type Reaction = Scripted | 'hang' | 'cut' | undefined;

export interface SlackOptions {
  /** Absent: plain http. */
  readonly tls?: Certificate;
  /** Absent: any free one. */
  readonly port?: number;
  /** Undefined goes on as usual; `hang` never answers, `cut` closes the connection. */
  readonly script?: (call: SlackCall) => Reaction | Promise<Reaction>;
  /** Channels that refuse messages, with the word. */
  readonly closed?: Readonly<Record<string, string>>;
}

/** A workspace of Slack on loopback that takes what Slack takes, refuses what it refuses, and shows it at `/`. */
export interface FakeSlack {
  readonly port: number;
  /** Takes messages, as an incoming webhook. */
  readonly webhookUrl: string;
  /** Base of the Web API. */
  readonly apiUrl: string;
  readonly botToken: string;
  /** A channel that the app is in. */
  readonly conversation: string;
  /** In the order in which they were posted. */
  readonly messages: () => readonly SlackMessage[];
  readonly calls: () => readonly SlackCall[];
  /** Somebody deletes a message. */
  readonly remove: (ts: string) => void;
  readonly close: () => Promise<void>;
}

const webhookPath = '/services/T0DEMO/B0DEMO/fakeWebhookSecret0123456789';
const botToken = ['xoxb', '1234567890', 'fakeBotToken0123456789'].join('-');
const conversation = 'C0RELEASES';

export async function startSlack(options: SlackOptions = {}): Promise<FakeSlack> {
  const workspace = new Workspace(options);
  const take = (request: IncomingMessage, response: ServerResponse): void =>
    // It fails where the client goes away while it sends.
    void workspace.take(request, response).catch(() => undefined);
  const { tls, port = 0 } = options;
  const server = tls === undefined ? createServer(take) : createTlsServer(tls, take);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const origin = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  return {
    port: (server.address() as AddressInfo).port,
    webhookUrl: origin + webhookPath,
    apiUrl: `${origin}/api`,
    botToken,
    conversation,
    messages: () => workspace.messages,
    calls: () => workspace.calls,
    remove: (ts) => workspace.remove(ts),
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

type Reply = Scripted & { readonly status: number };

const json = (body: object, status = 200): Reply => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: JSON.stringify(body),
});
const refused = (error: string): Reply => json({ ok: false, error });
const plain = (status: number, body: string): Reply => ({
  status,
  headers: { 'content-type': 'text/html' },
  body,
});

/** Words of a webhook that are not 400 (https://api.slack.com/changelog/2016-05-17-changes-to-errors-for-incoming-webhooks). */
const statusOf: Readonly<Record<string, number>> = {
  action_prohibited: 403,
  channel_not_found: 404,
  no_service: 404,
  channel_is_archived: 410,
  rollup_error: 500,
};

class Workspace {
  messages: SlackMessage[] = [];
  readonly calls: SlackCall[] = [];
  readonly #options: SlackOptions;

  constructor(options: SlackOptions) {
    this.#options = options;
  }

  remove(ts: string): void {
    this.messages = this.messages.filter((message) => message.ts !== ts);
  }

  async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '/' } = request;
    if (method === 'GET') {
      const page = renderChannel(this.messages);
      return void response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page);
    }
    const to = url.replace(/^\/api\//, '');
    const count = this.calls.filter((earlier) => earlier.to === to).length + 1;
    const call = { to, headers: request.headers, body: await textOf(request), count };
    this.calls.push(call);
    const scripted = await this.#options.script?.(call);
    if (scripted === 'hang') return;
    if (scripted === 'cut') return void response.destroy();
    const reply = scripted ?? (to === url ? this.#webhook(call) : this.#api(call));
    response.writeHead(reply.status, reply.headers).end(reply.body ?? '');
  }

  #webhook({ to, headers, body }: SlackCall): Reply {
    if (to !== webhookPath) return plain(404, 'no_service');
    const posted = parsed(body);
    if (!isJson(headers) || posted === undefined) return plain(400, 'invalid_payload');
    const error = this.#options.closed?.[to] ?? refusalOf(posted, 'webhook');
    if (error !== undefined) return plain(statusOf[error] ?? 400, error);
    this.#add(posted, 'webhook', to);
    return plain(200, 'ok');
  }

  #api({ to, headers, body }: SlackCall): Reply {
    if (headers['content-type'] === undefined) return refused('missing_post_type');
    if (!isJson(headers)) return refused('invalid_post_type');
    if (!/charset=utf-8/i.test(headers['content-type'])) return refused('invalid_charset');
    if (headers.authorization === undefined) return refused('not_authed');
    if (headers.authorization !== `Bearer ${botToken}`) return refused('invalid_auth');
    const posted = parsed(body);
    if (posted === undefined) return refused('json_not_object');
    if (to === 'chat.postMessage') return this.#post(posted);
    return to === 'chat.update' ? this.#update(posted) : refused('unknown_method');
  }

  #post(posted: SlackMessage['posted']): Reply {
    const { channel, thread_ts: threadTs } = posted;
    const place = typeof channel === 'string' ? conversationOf(channel) : undefined;
    if (place === undefined) return refused('channel_not_found');
    const isThere = threadTs === undefined || this.messages.some(({ ts }) => ts === threadTs);
    const error = this.#options.closed?.[place] ?? refusalOf(posted, 'app');
    if (error !== undefined) return refused(error);
    if (!isThere) return refused('cannot_reply_to_message');
    const { ts } = this.#add(posted, 'app', place);
    return json({ ok: true, channel: place, ts, message: { type: 'message', ts } });
  }

  /** `parse` is by default `client` here, unlike in chat.postMessage. */
  #update(posted: SlackMessage['posted']): Reply {
    const { channel, ts } = posted;
    // Not even a person's id will do: it has to be that of the conversation.
    if (typeof channel !== 'string' || !/^[CDG]/.test(channel)) return refused('channel_not_found');
    const index = this.messages.findIndex((one) => one.conversation === channel && one.ts === ts);
    const before = this.messages[index];
    if (before === undefined) return refused('message_not_found');
    if (before.by !== 'app') return refused('cant_update_message');
    const error = refusalOf(posted, 'app') ?? (wouldMismatch(before, posted) ? 'block_mismatch' : undefined);
    if (error !== undefined) return refused(error);
    const pings = pingsOf({ parse: 'client', ...posted });
    const { text, blocks } = shown(posted);
    this.messages[index] = { ...before, text, blocks, posted, pings, edits: before.edits + 1 };
    return json({ ok: true, channel, ts, text, message: { type: 'message', ts } });
  }

  #add(posted: SlackMessage['posted'], by: Mode, place: string): SlackMessage {
    const { thread_ts: thread } = posted;
    const threadTs = typeof thread === 'string' ? thread : undefined;
    const ts = `1763715600.${String(this.calls.length).padStart(6, '0')}`;
    const fresh = { by, conversation: place, ts, threadTs, pings: pingsOf(posted), edits: 0, posted };
    const message = { ...fresh, ...shown(posted) };
    this.messages.push(message);
    return message;
  }
}

function shown({ text, blocks }: Posted): Pick<SlackMessage, 'text' | 'blocks'> {
  return { text: typeof text === 'string' ? text : '', blocks: Array.isArray(blocks) ? blocks : [] };
}

/** The conversation behind an id; a person's id stands for the direct one. */
function conversationOf(id: string): string | undefined {
  if (/^[UW][A-Z0-9]{3,}$/.test(id)) return `D${id.slice(1)}`;
  return id === conversation || /^D[A-Z0-9]{3,}$/.test(id) ? id : undefined;
}

function isJson(headers: IncomingMessage['headers']): boolean {
  return /^application\/json\b/i.test(headers['content-type'] ?? '');
}

function parsed(body: string): SlackMessage['posted'] | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Rich text cannot be replaced by other blocks. */
function wouldMismatch(before: SlackMessage, posted: Posted): boolean {
  const isRich = (value: unknown): boolean => found(value, ({ type }) => type === 'rich_text').length > 0;
  return isRich(before.blocks) && !isRich(posted.blocks);
}
