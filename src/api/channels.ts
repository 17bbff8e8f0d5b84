/** Kinds of notices that a channel can be told of, as the document names them. */
export const channelKinds = [
  'requested',
  'reminder',
  'responded',
  'decided',
  'timedOut',
  'cancelled',
] as const;
export type ChannelKind = (typeof channelKinds)[number];

/** What every configured channel has. */
interface Named {
  /** As it was written; compared by `channelKey`. */
  readonly name: string;
  /** Absent: all kinds that this way of telling knows. */
  readonly kinds?: readonly ChannelKind[] | undefined;
  /** Whose requests may be told here; absent: those of every namespace. */
  readonly namespaces?: readonly string[] | undefined;
}

/** A channel of Slack: by an incoming webhook, or as an app with a bot token. */
export type SlackChannel = Named &
  (
    | { readonly webhookUrl: string }
    | {
        readonly botToken: string;
        /** Id of the Slack channel, such as C0123456789. */
        readonly conversation: string;
        /** Whether people whose id the people directory knows get a direct message with their own link. */
        readonly directMessages: boolean;
      }
  );

/** A channel of Teams, by a webhook of Workflows. */
export type TeamsChannel = Named & {
  readonly webhookUrl: string;
  /** Some flows want the bare card, without the message around it. */
  readonly raw: boolean;
};

/** Another system, told by signed requests. */
export type WebhookChannel = Named & {
  readonly url: string;
  /** `whsec_` and base64, the newest first: each signs, so that a receiver can change over. */
  readonly secrets: readonly string[];
  readonly format: 'json' | 'cloudevents';
};

/** Ways of telling that have channels, as documents, metrics and conditions name them. */
export const channelWays = ['slack', 'teams', 'webhook'] as const;
export type ChannelWay = (typeof channelWays)[number];

/** Names of channels, for each way of telling; where nothing is said of one, others say, and an empty list is none. */
export type ChannelChoice = Partial<Readonly<Record<ChannelWay, readonly string[]>>>;

/** Every channel that the platform configured, by `channelKey` of its name, and which are used where an author names none. */
export interface Channels {
  readonly slack: ReadonlyMap<string, SlackChannel>;
  readonly teams: ReadonlyMap<string, TeamsChannel>;
  readonly webhook: ReadonlyMap<string, WebhookChannel>;
  readonly everywhere: ChannelChoice;
  /** By namespace. What is given there takes the place of `everywhere`, for each way of telling. */
  readonly namespaces: ReadonlyMap<string, ChannelChoice>;
}

export const noChannels: Channels = {
  slack: new Map(),
  teams: new Map(),
  webhook: new Map(),
  everywhere: {},
  namespaces: new Map(),
};

/** Whether requests of a namespace may be told to a channel. */
export function isOpenTo({ namespaces }: Pick<Named, 'namespaces'>, namespace: string): boolean {
  return namespaces?.includes(namespace) ?? true;
}

/**
 * How names of channels are compared: as names of environment variables are, in capitals and with `_` for whatever is no
 * letter or digit, for existing deployments give them so.
 */
export function channelKey(name: string): string {
  return name
    .trim()
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]/gu, '_');
}

/** All channels of both; where both have one of a name, or say what is used, `over` counts. */
export function mergedChannels(base: Channels, over: Channels): Channels {
  return {
    slack: new Map([...base.slack, ...over.slack]),
    teams: new Map([...base.teams, ...over.teams]),
    webhook: new Map([...base.webhook, ...over.webhook]),
    everywhere: { ...base.everywhere, ...over.everywhere },
    namespaces: new Map([...base.namespaces, ...over.namespaces]),
  };
}
