import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { adaptiveCard, drawn, type AdaptiveCard } from './adaptive-card.ts';
import { openInbox, pageOf, type Inbox, type InboxOptions, type Post, type Reply } from './inbox.ts';

export interface TeamsOptions extends Pick<InboxOptions<AdaptiveCard>, 'port' | 'script'> {
  /** Whether the flow wants the bare card. */
  readonly raw?: boolean;
  /** `off`: the flow was turned off or deleted. `closed`: its trigger does not let anyone post. */
  readonly flow?: 'on' | 'off' | 'closed';
}

/** A channel of Teams behind a flow, with what was posted there. */
export interface Teams extends Inbox<AdaptiveCard> {
  /** What the trigger shows to be copied. Its query holds the secret. */
  readonly webhookUrl: string;
}

/** "Create Incoming Webhooks" of Microsoft: 28 KB for a message. */
const messageLimit = 28 * 1024;

const message = z.strictObject({
  type: z.literal('message'),
  attachments: z
    .array(
      z.strictObject({
        contentType: z.literal('application/vnd.microsoft.card.adaptive'),
        contentUrl: z.null().optional(),
        content: adaptiveCard,
      }),
    )
    .length(1),
});

/**
 * A flow of Power Automate with the trigger "When a Teams webhook request is received", strict: what it cannot post is
 * refused with 400, where the real one answers 202, fails, and tells its owner alone.
 */
export async function openTeams({ raw = false, flow = 'on', ...how }: TeamsOptions = {}): Promise<Teams> {
  const path = `/powerautomate/automations/direct/workflows/${randomBytes(16).toString('hex')}/triggers/manual/paths/invoke`;
  const sig = randomBytes(32).toString('base64url');
  const door = (post: Post): Reply | undefined => {
    if (post.path !== path) return refused(404, 'WorkflowNotFound');
    if (flow === 'off') return refused(400, 'WorkflowTriggerIsNotEnabled');
    if (flow === 'closed' || post.query.get('sig') !== sig)
      return refused(401, 'DirectApiAuthorizationRequired');
    if (Buffer.byteLength(post.body) > messageLimit) return refused(413, 'RequestEntityTooLarge');
    return undefined;
  };
  const inbox = await openInbox<AdaptiveCard>({
    ...how,
    take: (post) => door(post) ?? posted(post, raw),
    page: (cards) => pageOf('Teams', cards.map(drawn).join('')),
  });
  const query = `api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=${sig}`;
  return { ...inbox, webhookUrl: `http://127.0.0.1:${String(inbox.port)}${path}?${query}` };
}

function posted({ headers, body }: Post, raw: boolean): Reply & { readonly kept?: AdaptiveCard } {
  if (!/^application\/json(?:;|$)/.test(headers['content-type'] ?? ''))
    return refused(415, 'UnsupportedMediaType');
  const read = raw ? adaptiveCard.safeParse(json(body)) : message.safeParse(json(body));
  if (!read.success) return refused(400, 'TriggerInputSchemaMismatch', z.prettifyError(read.error));
  const card = 'attachments' in read.data ? read.data.attachments[0]?.content : read.data;
  return { status: 202, ...(card && { kept: card }) };
}

function json(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** An error as Power Automate words it: it names the flow. */
function refused(status: number, code: string, text = 'The workflow 8a1b cannot take the request.'): Reply {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ error: { code, message: text } }),
  };
}
