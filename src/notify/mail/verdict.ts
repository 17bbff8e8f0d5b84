import type { NodemailerError } from 'nodemailer';
import { maskText } from '../../egress/mask.ts';
import type { SendResult } from '../provider.ts';
import type { Login } from './login.ts';

/** Commands whose refusal is about this recipient or this message. Others are about the server, the login, the sender. */
const aboutTheMessage: readonly (string | undefined)[] = ['RCPT TO', 'DATA'];

export const stopped = 'took too long or was stopped';

/** What bears on the words for a failure. */
interface Circumstance {
  /** Not to be repeated. */
  readonly secrets: readonly string[];
  readonly login: Login['kind'];
}

/**
 * A refusal for good (5xx) of the recipient or the message is permanent. Everything else may be mended, by time or by
 * whoever looks after the mail server: no connection, no TLS, a wrong password, a sender that is not allowed.
 */
export function resultOf(thrown: unknown, { secrets, login }: Circumstance): SendResult {
  const error = errorOf(thrown);
  const why = maskText(error.response ?? told(error), secrets);
  const permanent = error.permanent === true && aboutTheMessage.includes(error.command);
  return { kind: permanent ? 'permanent' : 'retry', why: `${doing(error, login)}: ${why}` };
}

/** Whether the server refused the login for good, and not only for now (454, RFC 4954 6). */
export function refusesLogin(thrown: unknown): boolean {
  const { code, responseCode = 0 } = errorOf(thrown);
  return code === 'EAUTH' && responseCode >= 500;
}

function errorOf(thrown: unknown): NodemailerError {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** Codes by which Node and OpenSSL tell that there is no TLS, or none to be trusted. */
const untrusted = /^(?:ERR_TLS|ERR_SSL|EPROTO$)|CERT|SIGNATURE/u;

/** The code of whoever noticed it first: nodemailer has one of its own for all that goes wrong on a connection. */
function causeOf({
  originalCode,
  code,
}: NodemailerError & { readonly originalCode?: unknown }): string | undefined {
  return typeof originalCode === 'string' ? originalCode : code;
}

/** What went wrong where no server said it. A message of OpenSSL is for programmers, as is what follows a semicolon. */
function told(error: NodemailerError & { readonly library?: unknown; readonly reason?: unknown }): string {
  const words =
    error.library !== undefined && typeof error.reason === 'string' ? error.reason : error.message;
  return `${words.split(/[;\n]/u, 1)[0] ?? ''} (${causeOf(error) ?? error.name})`;
}

const refusedAt: Readonly<Record<string, string>> = {
  'RCPT TO': 'the mail server refused the recipient',
  'MAIL FROM': 'the mail server refused the sender',
  DATA: 'the mail server refused the message',
};

/** What was being done, in words that name the part to look at. */
function doing(error: NodemailerError, login: Login['kind']): string {
  const { code, command } = error;
  if (code === 'EABORT') return stopped;
  if (code === 'EAUTH' || code === 'ENOAUTH')
    return `the mail server refused the ${login === 'token' ? 'token' : 'login'}`;
  if (code === 'ETLS' || untrusted.test(causeOf(error) ?? ''))
    return 'no secure connection to the mail server';
  return refusedAt[command ?? ''] ?? 'no connection to the mail server';
}
