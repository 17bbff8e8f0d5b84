import { createHmac, timingSafeEqual } from 'node:crypto';
import { escaped, openInbox, pageOf, type Inbox, type InboxOptions, type Post, type Reply } from './inbox.ts';

/** An event that was accepted. */
export interface ReceivedEvent {
  readonly id: string;
  readonly contentType: string;
  /** The body as it came, and read. */
  readonly raw: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface WebhookReceiverOptions extends Pick<InboxOptions<ReceivedEvent>, 'port' | 'script'> {
  /** Any of them may have signed. */
  readonly secrets: readonly string[];
  /** Its clock, in milliseconds; absent: the machine's. */
  readonly now?: () => number;
}

export interface WebhookReceiver extends Inbox<ReceivedEvent> {
  readonly url: string;
}

/** How far a timestamp may be off, as the libraries of Standard Webhooks have it. */
const toleranceSeconds = 300;
const bodyLimit = 20_000;

/**
 * A receiver as Standard Webhooks 1.0.0 describes it: signed content is `id.timestamp.body`, one of several signatures has
 * to fit, an old or future timestamp is refused, and an id that was seen is answered and not kept again.
 */
export async function openWebhookReceiver(options: WebhookReceiverOptions): Promise<WebhookReceiver> {
  const { secrets, now = Date.now, ...how } = options;
  const seen = new Set<string>();
  const inbox = await openInbox<ReceivedEvent>({
    ...how,
    take: (post) => {
      const wrong = problemOf(post, secrets, Math.floor(now() / 1000));
      if (wrong !== undefined) return wrong;
      const id = headerOf(post, 'webhook-id');
      if (seen.has(id)) return { status: 200 };
      seen.add(id);
      const body = JSON.parse(post.body) as ReceivedEvent['body'];
      const contentType = headerOf(post, 'content-type');
      return { status: 204, kept: { id, contentType, raw: post.body, body } };
    },
    page: (events) => pageOf('Events', events.map(drawn).join('')),
  });
  return { ...inbox, url: `http://127.0.0.1:${String(inbox.port)}/hooks/tekton?team=release` };
}

function headerOf({ headers }: Post, name: string): string {
  const value = headers[name];
  return typeof value === 'string' ? value : '';
}

function problemOf(post: Post, secrets: readonly string[], now: number): Reply | undefined {
  const id = headerOf(post, 'webhook-id');
  const timestamp = headerOf(post, 'webhook-timestamp');
  if (id === '' || id.includes('.')) return { status: 400, body: 'webhook-id is missing or has a dot' };
  if (!/^[0-9]{1,12}$/.test(timestamp)) return { status: 400, body: 'webhook-timestamp is no whole number' };
  if (Math.abs(now - Number(timestamp)) > toleranceSeconds)
    return { status: 401, body: 'too old or too new' };
  const content = `${id}.${timestamp}.${post.body}`;
  const given = headerOf(post, 'webhook-signature').split(' ');
  if (!secrets.some((secret) => given.some((signature) => fits(secret, signature, content))))
    return { status: 401, body: 'no signature fits' };
  if (Buffer.byteLength(post.body) > bodyLimit) return { status: 413, body: 'larger than 20 kB' };
  return undefined;
}

function fits(secret: string, signature: string, content: string): boolean {
  const [version, mac = ''] = signature.split(',');
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const own = createHmac('sha256', key).update(content).digest();
  const given = Buffer.from(mac, 'base64');
  return version === 'v1' && given.length === own.length && timingSafeEqual(given, own);
}

function drawn({ id, body }: ReceivedEvent): string {
  return `<article><p class="small">${escaped(id)}</p><pre>${escaped(JSON.stringify(body, undefined, 2))}</pre></article>`;
}
