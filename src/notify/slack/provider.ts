import type { SlackChannel } from '../../api/channels.ts';
import type { Egress } from '../../egress/egress.ts';
import type { Provider } from '../provider.ts';
import { SlackAppProvider } from './app.ts';
import { SlackWebhookProvider } from './webhook.ts';

export interface SlackOptions {
  /** Base of the Web API, without a slash at its end. */
  readonly apiUrl: string;
  /** Milliseconds since 1970. It only says how long a date of Retry-After is away. */
  readonly now: () => number;
}

/** The provider of one channel of Slack, by its webhook or as an app, whichever is configured. */
export function slackProvider(
  channel: SlackChannel,
  egress: Egress,
  { apiUrl, now }: SlackOptions,
): Provider {
  if ('webhookUrl' in channel)
    return new SlackWebhookProvider({ webhookUrl: channel.webhookUrl, now }, egress);
  const { botToken, conversation, directMessages } = channel;
  return new SlackAppProvider({ botToken, conversation, directMessages, apiUrl, now }, egress);
}
