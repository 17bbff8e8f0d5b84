import { createTransport } from 'nodemailer';
import type { NodemailerError, SendMailOptions, SMTPTransportOptions } from 'nodemailer';
import { isAddress } from '../../api/parameters/entry.ts';
import { maskText } from '../../egress/mask.ts';
import { renderText } from './text.ts';
import { renderHtml } from './view.tsx';
import type { Message } from '../message.ts';
import type { Addressing, Provider, SendResult } from '../provider.ts';

/** How mail is sent. */
export interface MailSettings {
  readonly host: string;
  readonly port: number;
  /** The sender's address. */
  readonly from: string;
  /** Empty: no login. */
  readonly username: string;
  readonly password: string;
  /** required: STARTTLS or nothing. implicit: TLS from the first byte. off: in clear, login included. */
  readonly tls: 'required' | 'implicit' | 'off';
  /** Certificate authorities to trust, PEM; absent: Node's own. */
  readonly authorities?: readonly string[];
  /** Longest silence of the server in each step of the conversation. */
  readonly timeoutMs: number;
}

const senderName = 'Tekton Approvals';

/** A send may take this many times the longest silence: a server that sends one byte a second is not silent. */
const wholeFactor = 3;

/** Headers of a mail that a machine sends, so that no machine answers it (RFC 3834; the second is Exchange's). */
const automatic = { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' };

/**
 * Sends mail through one SMTP server, one message to one person, each on a connection of its own: a pool would retry
 * and time out by rules of its own beside the outbox.
 */
export class MailProvider implements Provider {
  readonly channel = 'mail';
  readonly #settings: MailSettings;

  constructor(settings: MailSettings) {
    this.#settings = settings;
  }

  async send(message: Message, to: Addressing, signal?: AbortSignal): Promise<SendResult> {
    if (!isAddress(to.address)) return { kind: 'permanent', why: 'not a plain e-mail address' };
    const settings = this.#settings;
    const whole = AbortSignal.timeout(settings.timeoutMs * wholeFactor);
    const transport = createTransport(transportOptions(settings));
    try {
      await transport.sendMail({
        ...compose(message, to, settings.from),
        signal: signal === undefined ? whole : AbortSignal.any([signal, whole]),
      });
      return { kind: 'sent' };
    } catch (error) {
      const { username, password, from } = settings;
      return judge(error, [password, username, `\0${username}\0${password}`, from, to.address, message.link]);
    } finally {
      transport.close();
    }
  }
}

function transportOptions(settings: MailSettings): SMTPTransportOptions {
  const { host, port, username, password, timeoutMs, authorities } = settings;
  return {
    host,
    port,
    secure: settings.tls === 'implicit',
    requireTLS: settings.tls === 'required',
    ignoreTLS: settings.tls === 'off',
    tls: { minVersion: 'TLSv1.2', rejectUnauthorized: true, ...(authorities && { ca: [...authorities] }) },
    ...(username !== '' && { auth: { user: username, pass: password } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    socketCloseTimeout: 1_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/** The envelope is given besides the headers, so that no header decides who receives the message. */
function compose(message: Message, to: Addressing, from: string): SendMailOptions {
  const idOf = (id: string): string => `<${id}@${from.slice(from.lastIndexOf('@') + 1)}>`;
  const thread = to.threadId === to.id ? {} : { inReplyTo: idOf(to.threadId), references: idOf(to.threadId) };
  return {
    from: { name: senderName, address: from },
    to: { name: '', address: to.address },
    envelope: { from, to: [to.address] },
    subject: message.subject,
    messageId: idOf(to.id),
    ...thread,
    headers: automatic,
    xMailer: false,
    text: renderText(message),
    html: renderHtml(message),
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/** Commands whose refusal is about this recipient or this message. Others are about the server, the login, the sender. */
const aboutTheMessage: readonly (string | undefined)[] = ['RCPT TO', 'DATA'];

/**
 * A refusal for good (5xx) of the recipient or the message is permanent. Everything else may be mended, by time or by
 * whoever looks after the mail server: no connection, no TLS, a wrong password, a sender that is not allowed.
 */
function judge(thrown: unknown, secrets: readonly string[]): SendResult {
  const error = (thrown instanceof Error ? thrown : new Error(String(thrown))) as NodemailerError;
  const reply = error.response;
  const why = maskText(
    reply === undefined ? `${error.code ?? error.name}: ${error.message}` : reply,
    secrets,
  );
  const permanent = error.permanent === true && aboutTheMessage.includes(error.command);
  return { kind: permanent ? 'permanent' : 'retry', why: `${doing(error)}: ${why}` };
}

/** What was being done, in words that name the part to look at. */
function doing({ code, command }: NodemailerError): string {
  if (code === 'EABORT') return 'took too long or was stopped';
  if (code === 'EAUTH' || code === 'ENOAUTH') return 'the mail server refused the login';
  if (code === 'ETLS') return 'no secure connection to the mail server';
  if (command === 'RCPT TO') return 'the mail server refused the recipient';
  if (command === 'MAIL FROM') return 'the mail server refused the sender';
  if (command === 'DATA') return 'the mail server refused the message';
  return 'no connection to the mail server';
}
