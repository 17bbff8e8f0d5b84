import { createTransport } from 'nodemailer';
import type { SMTPTransportOptions } from 'nodemailer';
import { isAddress } from '../../api/parameters/entry.ts';
import { withinTime } from '../../egress/timelimit.ts';
import type { Message } from '../message.ts';
import type { Addressing, Provider, SendResult } from '../provider.ts';
import { composeMail, type Letterhead } from './composition.ts';
import type { Login, LoginSource, NoLogin } from './login.ts';
import { resultOf, refusesLogin, stopped } from './verdict.ts';
import { initialResponse, tokenAuth } from './xoauth2.ts';

/** How mail is sent. */
export interface MailSettings extends Letterhead {
  readonly host: string;
  readonly port: number;
  readonly login: LoginSource;
  /** required: STARTTLS or nothing. implicit: TLS from the first byte. off: in clear, login included. */
  readonly tls: 'required' | 'implicit' | 'off';
  /** Certificate authorities to trust, PEM; absent: Node's own. */
  readonly authorities?: readonly string[];
  /** Longest silence of the server in each step of the conversation. */
  readonly timeoutMs: number;
}

/** A send may take this many times the longest silence: a server that sends one byte a second is not silent. */
const wholeFactor = 3;

/** What is to be sent to whom. */
interface Errand {
  readonly message: Message;
  readonly to: Addressing;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/**
 * Sends mail through one SMTP server, one message to one person, each on a connection of its own: a pool would retry
 * and time out by rules of its own beside the outbox, and would go on with a password that was changed.
 */
export class MailProvider implements Provider {
  readonly channel = 'mail';
  readonly #settings: MailSettings;

  constructor(settings: MailSettings) {
    this.#settings = settings;
  }

  async send(message: Message, to: Addressing, signal?: AbortSignal): Promise<SendResult> {
    if (!isAddress(to.address)) return { kind: 'permanent', why: 'not a plain e-mail address' };
    const ms = this.#settings.timeoutMs * wholeFactor;
    return withinTime({ ms, signal }, async (ends) => {
      const errand = { message, to, signal: ends };
      const { login, outcome } = await this.#attempt(errand);
      const again = outcome.refused && login !== undefined && this.#settings.login.refused(login);
      return again ? (await this.#attempt(errand)).outcome.result : outcome.result;
    });
  }

  /** One login, and with it one conversation. */
  async #attempt(errand: Errand): Promise<{ login?: Login; outcome: Outcome }> {
    const login = await obtained(this.#settings.login, errand.signal);
    if (login.kind === 'unavailable') {
      const { why, afterMs } = login;
      const result: SendResult = { kind: 'retry', why, ...(afterMs !== undefined && { afterMs }) };
      return { outcome: { result, refused: false } };
    }
    return { login, outcome: await this.#converse(errand, login) };
  }

  async #converse({ message, to, signal }: Errand, login: Login): Promise<Outcome> {
    const transport = createTransport(transportOptions(this.#settings, login));
    try {
      await transport.sendMail({ ...composeMail(message, to, this.#settings), signal });
      return { result: { kind: 'sent' }, refused: false };
    } catch (error) {
      const secrets = [...secretsOf(login), this.#settings.from.address, to.address, message.link];
      return { result: resultOf(error, { secrets, login: login.kind }), refused: refusesLogin(error) };
    } finally {
      transport.close();
    }
  }
}

interface Outcome {
  readonly result: SendResult;
  /** The login was refused for good. */
  readonly refused: boolean;
}

/** The login, or why there is none; at the latest when the signal comes, for a token may be asked for by many mails. */
async function obtained(source: LoginSource, signal: AbortSignal): Promise<Login | NoLogin> {
  const isOver = new Promise<NoLogin>((resolve) => {
    const over = (): void => resolve({ kind: 'unavailable', why: `no token: ${stopped}` });
    if (signal.aborted) over();
    else signal.addEventListener('abort', over, { once: true });
  });
  return Promise.race([source.obtain(), isOver]);
}

function transportOptions(settings: MailSettings, login: Login): SMTPTransportOptions {
  const { host, port, timeoutMs, authorities } = settings;
  return {
    host,
    port,
    secure: settings.tls === 'implicit',
    requireTLS: settings.tls === 'required',
    ignoreTLS: settings.tls === 'off',
    tls: { minVersion: 'TLSv1.2', rejectUnauthorized: true, ...(authorities && { ca: [...authorities] }) },
    ...authOf(login),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    socketCloseTimeout: 1_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

function authOf(login: Login): Pick<SMTPTransportOptions, 'auth' | 'customAuth'> {
  if (login.kind === 'none') return {};
  if (login.kind === 'token') return tokenAuth(login.username, login.accessToken);
  return { auth: { user: login.username, pass: login.password } };
}

/** What of a login a server's answer might repeat, also as it was said. */
function secretsOf(login: Login): readonly string[] {
  if (login.kind === 'none') return [];
  const { username } = login;
  if (login.kind === 'token') {
    return [login.accessToken, initialResponse(username, login.accessToken), username];
  }
  return [login.password, username, `\0${username}\0${login.password}`];
}
