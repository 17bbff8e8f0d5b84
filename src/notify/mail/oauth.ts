import * as z from 'zod';
import { EgressError, type Answer, type Egress } from '../../egress/egress.ts';
import { maskText } from '../../egress/mask.ts';
import { retryAfterMs } from '../../egress/retryafter.ts';
import { cut } from '../../api/cut.ts';
import type { Login, LoginSource, NoLogin } from './login.ts';

/** How access tokens are got. What is secret is asked for each time, so that it may change. */
export interface TokenSettings {
  /** The mailbox that the token is for: what the mail server knows as the user. */
  readonly username: () => string;
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: () => string;
  /** Empty: client credentials (RFC 6749 4.4). Else the refresh flow (RFC 6749 6). */
  readonly refreshToken: () => string;
  /** Empty: none is asked for. */
  readonly scope: string;
}

interface Token {
  readonly accessToken: string;
  /** From then on it is not used any more. */
  readonly until: number;
}

/** A token is not used in its last minute, or the last fifth of a shorter life: the mail takes time, clocks differ. */
const reserveMs = 60_000;
/** RFC 6749 5.1 only recommends to say how long a token lives. */
const unsaidLifeMs = 300_000;
const longestLifeMs = 86_400_000;
/** After a failure the token server is left alone for so long, however many mails wait. */
const pauseMs = 10_000;
const longestPauseMs = 3_600_000;
const shownLength = 200;

/** RFC 6749 appendix A.12 and A.17: visible ASCII, so that a token can end neither a command nor its field. */
const visible = z.string().regex(/^[\x21-\x7e]{1,8192}$/u);
const granted = z.object({
  access_token: visible,
  token_type: z.string().regex(/^bearer$/iu),
  expires_in: z.union([z.number(), z.string().regex(/^\d{1,9}$/u)]).optional(),
  refresh_token: visible.optional(),
});
const refusal = z.object({ error: z.string(), error_description: z.string().optional() });

/**
 * Logs in by OAuth: fetches access tokens through our egress, keeps each until shortly before its end, and fetches another
 * one when the mail server refuses it. Nothing of it is logged.
 */
export class TokenSource implements LoginSource {
  readonly #settings: TokenSettings;
  readonly #egress: Egress;
  readonly #now: () => number;
  #token: Token | undefined;
  #failure: { readonly what: NoLogin; readonly until: number } | undefined;
  #underWay: Promise<Login | NoLogin> | undefined;
  /** A refresh token that took the place of the configured one (RFC 6749 6), for as long as that one stays the same. */
  #replaced: { readonly configured: string; readonly by: string } | undefined;

  constructor(settings: TokenSettings, egress: Egress, now: () => number = Date.now) {
    this.#settings = settings;
    this.#egress = egress;
    this.#now = now;
  }

  /** However many mails wait for a token, one request fetches it. */
  obtain(): Promise<Login | NoLogin> {
    const now = this.#now();
    if (this.#token !== undefined && now < this.#token.until)
      return Promise.resolve(this.#login(this.#token));
    if (this.#failure !== undefined && now < this.#failure.until) {
      const { what, until } = this.#failure;
      return Promise.resolve({ ...what, afterMs: until - now });
    }
    this.#underWay ??= this.#fetch().finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  refused(login: Login): boolean {
    if (login.kind !== 'token') return false;
    if (this.#token?.accessToken === login.accessToken) this.#token = undefined;
    return true;
  }

  #login({ accessToken }: Token): Login {
    return { kind: 'token', username: this.#settings.username(), accessToken };
  }

  async #fetch(): Promise<Login | NoLogin> {
    const refreshToken = this.#refreshToken();
    try {
      const answer = await this.#egress.post(requestOf(this.#settings, refreshToken));
      return this.#take(answer, refreshToken);
    } catch (error) {
      // Only what the egress says of itself is known to hold no secret.
      return this.#fail(error instanceof EgressError ? error.message : 'the token could not be asked for');
    }
  }

  #refreshToken(): string {
    const configured = this.#settings.refreshToken();
    return this.#replaced?.configured === configured ? this.#replaced.by : configured;
  }

  #take(answer: Answer, refreshToken: string): Login | NoLogin {
    if (answer.status !== 200) return this.#fail(this.#refusalOf(answer, refreshToken), answer.headers);
    const found = granted.safeParse(parsed(answer.body));
    if (!found.success) return this.#fail('the token server answered without a bearer token');
    const { access_token: accessToken, expires_in: life, refresh_token: next } = found.data;
    if (next !== undefined && refreshToken !== '')
      this.#replaced = { configured: this.#settings.refreshToken(), by: next };
    this.#token = { accessToken, until: this.#now() + usedMs(life) };
    this.#failure = undefined;
    return this.#login(this.#token);
  }

  /** The error code and sentence that RFC 6749 5.2 has for whoever looks after this, without what we sent. */
  #refusalOf({ status, body }: Answer, refreshToken: string): string {
    const said = refusal.safeParse(parsed(body));
    const { error, error_description: sentence = '' } = said.success ? said.data : { error: '' };
    const text = `the token server answered ${String(status)} ${error}${sentence === '' ? '' : `: ${sentence}`}`;
    return cut(maskText(text, [this.#settings.clientSecret(), refreshToken]), shownLength);
  }

  #fail(why: string, headers: Answer['headers'] = {}): NoLogin {
    const now = this.#now();
    const afterMs = Math.min(Math.max(retryAfterMs(headers, now) ?? 0, pauseMs), longestPauseMs);
    const what: NoLogin = { kind: 'unavailable', why: `no token: ${why}`, afterMs };
    this.#failure = { what, until: now + afterMs };
    return what;
  }
}

/** Identifier and secret stand in the body, as Google and Microsoft document it. */
function requestOf(settings: TokenSettings, refreshToken: string): Parameters<Egress['post']>[0] {
  const { tokenUrl, clientId, clientSecret, scope } = settings;
  const fields = {
    grant_type: refreshToken === '' ? 'client_credentials' : 'refresh_token',
    refresh_token: refreshToken,
    client_id: clientId,
    client_secret: clientSecret(),
    scope,
  };
  const body = new URLSearchParams(Object.entries(fields).filter(([, value]) => value !== ''));
  return {
    url: tokenUrl,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: body.toString(),
  };
}

function usedMs(life: number | string | undefined): number {
  const whole = life === undefined ? unsaidLifeMs : Math.min(Number(life) * 1_000, longestLifeMs);
  return Math.max(0, whole - Math.min(reserveMs, whole / 5));
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
