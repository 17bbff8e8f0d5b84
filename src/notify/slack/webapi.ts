import type { Answer, Egress } from '../../egress/egress.ts';
import { tryAgain, unanswered, type Unsent } from '../posting.ts';
import { refusal, refusedByStatus, wordOf } from './verdict.ts';

export interface SlackApiSettings {
  readonly botToken: string;
  /** Base of the methods, without a slash at its end. */
  readonly apiUrl: string;
  readonly now: () => number;
}

/** What Slack took; `ref` says where the message stands. */
export type Taken = { readonly kind: 'taken'; readonly ref?: string } | Unsent;

/**
 * Words of refusals that say nothing against the message: time mends them, or whoever looks after the app
 * (https://docs.slack.dev/reference/methods/chat.postMessage#errors). A wrong token is among them, as a wrong password is
 * for mail: what was asked for while it was wrong is told once it is right.
 */
const passing = `ratelimited rate_limited message_limit_exceeded request_timeout service_unavailable
  internal_error fatal_error update_failed external_channel_migrating team_added_to_org org_login_required
  not_authed invalid_auth token_expired token_revoked account_inactive missing_scope accesslimited access_denied
  no_permission team_access_not_granted not_in_channel ekm_access_denied two_factor_setup_required`.split(
  /\s+/u,
);

/** Calls methods of Slack's Web API, each once. */
export class SlackApi {
  readonly #settings: SlackApiSettings;
  readonly #egress: Egress;

  constructor(settings: SlackApiSettings, egress: Egress) {
    this.#settings = settings;
    this.#egress = egress;
  }

  /** Never rejects. The token is in the header alone, and in nothing that this returns. */
  async call(method: string, given: object, signal: AbortSignal | undefined): Promise<Taken> {
    const { botToken, apiUrl, now } = this.#settings;
    const headers = {
      'content-type': 'application/json; charset=utf-8',
      authorization: `Bearer ${botToken}`,
    };
    const sending = { url: `${apiUrl}/${method}`, headers, body: JSON.stringify(given) };
    try {
      const answer = await this.#egress.post({ ...sending, ...(signal && { signal }) });
      return refusedByStatus(answer, now()) ?? takenOf(answer, now());
    } catch (error) {
      return unanswered(error);
    }
  }
}

/** The status is 200 whatever Slack says (https://docs.slack.dev/apis/web-api/#responses): only `ok` counts. */
function takenOf(answer: Answer, now: number): Taken {
  const { ok, error, channel, ts } = objectOf(answer.body);
  if (ok === true) {
    const ref = `${String(channel)}:${String(ts)}`;
    return { kind: 'taken', ...(placeOf(ref) !== undefined && { ref }) };
  }
  if (ok !== false) return tryAgain('Slack answered without saying whether it took the message', answer, now);
  const word = wordOf(error);
  const why = refusal('Slack refused the message', word);
  const isPassingWord = word === undefined || passing.includes(word);
  return isPassingWord ? tryAgain(why, answer, now) : { kind: 'permanent', why };
}

function objectOf(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** Where a message stands. */
export interface Place {
  readonly channel: string;
  readonly ts: string;
}

/** Reads a `ref`; undefined for what is none. */
export function placeOf(ref: string): Place | undefined {
  const [, channel, ts] = /^([CDG][A-Z0-9]{1,40}):(\d{1,20}\.\d{1,20})$/.exec(ref) ?? [];
  return channel === undefined || ts === undefined ? undefined : { channel, ts };
}
