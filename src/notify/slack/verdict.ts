import type { Answer } from '../../egress/egress.ts';
import { isPassing, tryAgain, type Unsent } from '../posting.ts';

/** An answer that is a refusal by its HTTP status alone; undefined for one in the 200s. */
export function refusedByStatus(answer: Answer, now: number): Unsent | undefined {
  const { status, body } = answer;
  if (status >= 200 && status < 300) return undefined;
  const why = refusal(`Slack answered ${String(status)}`, wordOf(body));
  return status < 500 && !isPassing(status) ? { kind: 'permanent', why } : tryAgain(why, answer, now);
}

/** What helps, where it is not plain from the word. Short: a status keeps 128 characters of a reason. */
const remedies: Readonly<Record<string, string>> = {
  account_inactive: 'the app was removed: install it and set its new token',
  action_prohibited: 'an administrator of Slack restricts this webhook',
  channel_is_archived: 'make a webhook for another channel',
  channel_not_found: 'check the id of the channel, and invite the app if it is private',
  invalid_auth: 'check the bot token',
  is_archived: 'the channel is archived',
  messages_tab_disabled: 'allow messages in the app home of the app',
  missing_scope: 'give the app the scope chat:write and install it again',
  no_service: 'the webhook was removed: make a new one',
  not_in_channel: 'invite the app to the channel',
  token_revoked: 'the token was revoked: set a new one',
};

/** A refusal by one of Slack's documented words, where there is one. */
export function refusal(what: string, word: string | undefined): string {
  if (word === undefined) return what;
  const remedy = Object.hasOwn(remedies, word) ? ` (${remedies[word] ?? ''})` : '';
  return `${what}: ${word}${remedy}`;
}

/** The one word that Slack answers with. Anything else may hold what was sent, so it is not repeated. */
export function wordOf(text: unknown): string | undefined {
  return typeof text === 'string' ? /^[a-z][a-z_]{1,62}$/.exec(text.trim())?.[0] : undefined;
}
