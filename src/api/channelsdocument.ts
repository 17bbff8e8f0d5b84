import * as z from 'zod';
import { defined } from '../domain/defined.ts';
import {
  channelKey,
  channelKinds,
  channelWays,
  isOpenTo,
  type ChannelChoice,
  type Channels,
  type ChannelWay,
} from './channels.ts';
import { byName, fields, listOf, sentenceOf, textThat } from './document.ts';
import { limits } from './limits.ts';
import { retiredTeamsHosts } from './names.ts';
import { endpointAddress } from './webaddress.ts';

const name = textThat(
  `1 to ${String(limits.channelName)} letters, digits, dots, hyphens or underscores`,
  (value) => /^[A-Za-z0-9][A-Za-z0-9._-]*$/u.test(value) && value.length <= limits.channelName,
);
const address = textThat('an address that begins with https:// and holds no user name', isAddress);
/** The name of a namespace is a label of RFC 1123. */
const namespaceName = textThat('the name of a namespace', (value) =>
  /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/u.test(value),
);
/** What every channel may have. */
const anyChannel = {
  kinds: listOf(z.enum(channelKinds, { error: `must be one of ${channelKinds.join(', ')}` }), 16).optional(),
  namespaces: listOf(namespaceName, 256).optional(),
};

/** A secret of Standard Webhooks: base64 of 24 to 64 bytes behind `whsec_` (its specification, "Signature scheme"). */
const secret = textThat('whsec_ and the base64 of 24 to 64 bytes', (value) => {
  const bytes = Buffer.from(value.replace(/^whsec_/u, ''), 'base64');
  return /^whsec_[A-Za-z0-9+/]+={0,2}$/u.test(value) && bytes.length >= 24 && bytes.length <= 64;
});

const slackWebhook = fields({ webhookUrl: address, ...anyChannel });
const slackApp = fields({
  botToken: textThat('a bot token, which begins with xoxb-', (value) => /^xoxb-[\w-]+$/u.test(value)),
  conversation: textThat('the id of a Slack channel, such as C0123456789', (value) =>
    /^[CGD][A-Z0-9]{6,}$/u.test(value),
  ),
  directMessages: z.boolean({ error: 'must be true or false' }).default(false),
  ...anyChannel,
});
const teamsSchema = fields({
  webhookUrl: address.refine((value) => !isRetired(value), {
    error:
      'is the address of an Office 365 connector, which Microsoft has retired: make a workflow with the trigger "When a Teams webhook request is received" and give its address',
  }),
  raw: z.boolean({ error: 'must be true or false' }).default(false),
  ...anyChannel,
});
const webhookSchema = fields({
  url: address,
  secrets: listOf(secret, 4).refine((given) => given.length > 0, 'must have at least one secret'),
  format: z.enum(['json', 'cloudevents'], { error: 'must be json or cloudevents' }).default('json'),
  ...anyChannel,
});

const names = listOf(name, 8).optional();
const choice = fields({ slack: names, teams: names, webhook: names });

/** Which of the two forms a Slack channel has is told by its fields, so that a problem names the right ones. */
const slackSchema = z.unknown().transform((given, context) => {
  const isApp = typeof given === 'object' && given !== null && 'botToken' in given;
  const read = (isApp ? slackApp : slackWebhook).safeParse(given);
  if (read.success) return read.data;
  for (const { path, message } of read.error.issues)
    context.addIssue({ code: 'custom', path: [...path], message });
  return z.NEVER;
});

function channelsOf<T>(item: z.ZodType<T>): z.ZodType<Record<string, T> | null | undefined> {
  return byName(name, item, 'channels by their names').nullish();
}

const schema = fields({
  slack: channelsOf(slackSchema),
  teams: channelsOf(teamsSchema),
  webhook: channelsOf(webhookSchema),
  defaults: fields({
    everywhere: choice.nullish(),
    namespaces: byName(z.string(), choice, 'choices by namespace').nullish(),
  }).nullish(),
});

export type ReadChannels =
  | { readonly ok: true; readonly channels: Channels }
  /** Each a sentence that begins with a path and repeats no value. */
  | { readonly ok: false; readonly problems: readonly string[] };

/** Reads the channels document, strictly. Undefined stands for an empty one. */
export function readChannels(content: unknown): ReadChannels {
  const read = schema.safeParse(content ?? {});
  if (!read.success) return { ok: false, problems: read.error.issues.map(sentenceOf) };
  const { defaults } = read.data;
  const channels: Channels = {
    slack: keyed(read.data.slack),
    teams: keyed(read.data.teams),
    webhook: keyed(read.data.webhook),
    everywhere: defined(defaults?.everywhere ?? {}),
    namespaces: new Map(Object.entries(defaults?.namespaces ?? {}).map(([at, one]) => [at, defined(one)])),
  };
  const problems = twins(read.data);
  return problems.length === 0 ? { ok: true, channels } : { ok: false, problems };
}

function keyed<T extends object>(
  read: Readonly<Record<string, T>> | null | undefined,
): Map<string, T & { readonly name: string }> {
  return new Map(
    Object.entries(read ?? {}).map(([at, channel]) => [channelKey(at), { ...channel, name: at }]),
  );
}

/** Names that are compared as one. */
function twins(read: Partial<Record<ChannelWay, object | null | undefined>>): string[] {
  return channelWays.flatMap((way) => {
    const given = Object.keys(read[way] ?? {});
    return given
      .filter((at, index) => given.findIndex((other) => channelKey(other) === channelKey(at)) < index)
      .map(
        (at) =>
          `${way}.${at} cannot be told from another channel: names are compared without case, and by letters and digits alone.`,
      );
  });
}

/**
 * Defaults that name a channel which is not configured, or not open to the namespace: told, and harmless, for the channel
 * may stand in another document.
 */
export function unknownDefaults(channels: Channels): readonly string[] {
  return [
    ...vainChoices(channels, channels.everywhere),
    ...[...channels.namespaces].flatMap(([at, one]) => vainChoices(channels, one, at)),
  ];
}

function vainChoices(channels: Channels, chosen: ChannelChoice, namespace?: string): readonly string[] {
  const at = namespace === undefined ? 'defaults.everywhere' : `defaults.namespaces.${namespace}`;
  return channelWays.flatMap((way) =>
    (chosen[way] ?? [])
      .filter((given) => {
        const known = channels[way].get(channelKey(given));
        return known === undefined || (namespace !== undefined && !isOpenTo(known, namespace));
      })
      .map((given) => `${at}.${way} names ${given}, which is not configured for it under ${way}.`),
  );
}

function isAddress(value: string): boolean {
  return value.length <= limits.url && endpointAddress(value) !== undefined;
}

/** Office 365 connectors: `TENANT.webhook.office.com`, and before that `outlook.office.com/webhook`. */
function isRetired(value: string): boolean {
  // What is no address is told as that, by its own check.
  const hostname = URL.parse(value)?.hostname ?? '';
  return retiredTeamsHosts.some((host) => hostname === host || hostname.endsWith(`.${host}`));
}
