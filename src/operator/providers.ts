import { channelKey, type Channels } from '../api/channels.ts';
import type { Egress } from '../egress/egress.ts';
import type { Notice } from '../notify/notice.ts';
import type { Provider } from '../notify/provider.ts';
import { slackProvider } from '../notify/slack/provider.ts';
import { teamsProvider } from '../notify/teams/provider.ts';
import { webhookProvider } from '../notify/webhook/provider.ts';

export interface ProviderParts {
  readonly mail: Provider;
  readonly channels: () => Channels;
  readonly egress: Egress;
  /** The operator's own address, by which events say where they come from. */
  readonly source: string;
  /** Base of Slack's Web API. */
  readonly slackApiUrl: string;
  readonly now: () => number;
  /** Makes of a provider one whose attempts are counted. */
  readonly watched: (provider: Provider) => Provider;
}

type Addressed = Pick<Notice, 'channel' | 'target'>;

/**
 * By which provider a notice goes: mail's, or that of the channel it names, made once for each channel that is in force.
 * Undefined where the channel is not configured any more.
 */
export function providersBy(parts: ProviderParts): (notice: Addressed) => Provider | undefined {
  const made = new WeakMap<object, Provider>();
  const once = <T extends object>(
    configured: T | undefined,
    make: (channel: T) => Provider,
  ): Provider | undefined => {
    if (configured === undefined) return undefined;
    const provider = made.get(configured) ?? parts.watched(make(configured));
    made.set(configured, provider);
    return provider;
  };
  return ({ channel, target = '' }) => {
    const { egress, source, now, slackApiUrl: apiUrl } = parts;
    const { slack, teams, webhook } = parts.channels();
    const key = channelKey(target);
    switch (channel) {
      case 'mail':
        return parts.mail;
      case 'slack':
        return once(slack.get(key), (one) => slackProvider(one, egress, { apiUrl, now }));
      case 'teams':
        return once(teams.get(key), (one) => teamsProvider(one, egress, now));
      case 'webhook':
        return once(webhook.get(key), (one) => webhookProvider(one, egress, { source, now }));
      default:
        return channel satisfies never;
    }
  };
}
