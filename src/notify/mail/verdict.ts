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
  const reply = error.response;
  const why = maskText(
    reply === undefined ? `${error.code ?? error.name}: ${error.message}` : reply,
    secrets,
  );
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

/** What was being done, in words that name the part to look at. */
function doing({ code, command }: NodemailerError, login: Login['kind']): string {
  if (code === 'EABORT') return stopped;
  if (code === 'EAUTH' || code === 'ENOAUTH')
    return `the mail server refused the ${login === 'token' ? 'token' : 'login'}`;
  if (code === 'ETLS') return 'no secure connection to the mail server';
  if (command === 'RCPT TO') return 'the mail server refused the recipient';
  if (command === 'MAIL FROM') return 'the mail server refused the sender';
  if (command === 'DATA') return 'the mail server refused the message';
  return 'no connection to the mail server';
}
