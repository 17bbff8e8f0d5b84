import { text } from 'node:stream/consumers';
import PostalMime from 'postal-mime';
import type { Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import type { SMTPServerOptions } from 'smtp-server';
import type { Certificate } from './certificate.ts';

/** A mail that was delivered. */
export interface Mail {
  /** Envelope, which decides who receives it. */
  readonly from: string;
  readonly to: readonly string[];
  /** Whether the connection was encrypted. */
  readonly secure: boolean;
  readonly raw: string;
  readonly parsed: Email;
  /** A header's value, by its name in any case. */
  readonly header: (name: string) => string | undefined;
}

/** A step of the conversation that a script may answer. `address` is the sender's or the recipient's. */
export interface Step {
  readonly stage: 'connect' | 'auth' | 'sender' | 'recipient' | 'data';
  readonly address: string;
  /** How many times this stage was reached, from 1. */
  readonly count: number;
}

/** Undefined goes on as usual; a refusal has a code and a text; `hang` never answers. */
type Answer = undefined | { readonly code: number; readonly text: string } | 'hang';

export interface MailboxOptions {
  /** Absent: the server knows no TLS. */
  readonly tls?: Certificate;
  /** TLS from the first byte, instead of STARTTLS. */
  readonly implicit?: boolean;
  /** Absent: nobody needs to log in. */
  readonly auth?: { readonly username: string; readonly password: string };
  /** Login by access token (XOAUTH2) and in no other way. */
  readonly tokens?: {
    readonly username: string;
    readonly accepts: (token: string) => boolean;
    /** A refused token is told by a challenge first, as Gmail does it; else at once, as Exchange Online does it. */
    readonly challenges?: boolean;
  };
  readonly script?: (step: Step) => Answer | Promise<Answer>;
  /** Absent: any free one. */
  readonly port?: number;
  /** Told of each delivered mail; the client learns of its delivery when this is done. */
  readonly onMail?: (mail: Mail) => void | Promise<void>;
}

/** A real SMTP server on loopback that keeps what it is sent. */
export interface Mailbox {
  readonly port: number;
  readonly messages: () => readonly Mail[];
  /** Every stage that was reached, in order. */
  readonly stages: () => readonly Step['stage'][];
  /** The first mail, delivered already or later, of which this is true. */
  readonly waitFor: (predicate: (mail: Mail) => boolean, limitMs?: number) => Promise<Mail>;
  readonly close: () => Promise<void>;
}

type Done = (error?: Error | null) => void;

export async function startMailbox(options: MailboxOptions = {}): Promise<Mailbox> {
  const store = new Store(options.onMail);
  const stages: Step['stage'][] = [];
  const step = async (stage: Step['stage'], address: string): Promise<void> => {
    stages.push(stage);
    const count = stages.filter((reached) => reached === stage).length;
    const answer = await options.script?.({ stage, address, count });
    if (answer === 'hang') await new Promise(() => {});
    else if (answer !== undefined) throw Object.assign(new Error(answer.text), { responseCode: answer.code });
  };
  const server = new SMTPServer({ ...serverOptions(options), ...handlers(options, step, store) });
  // A client that hangs up, or distrusts the certificate, is what many tests are about.
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  return {
    port: portOf(server),
    messages: () => store.mails,
    stages: () => stages,
    waitFor: (predicate, limitMs = 30_000) => store.waitFor(predicate, limitMs),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function portOf(server: SMTPServer): number {
  const address = server.server.address();
  if (address === null || typeof address === 'string') throw new Error('the mail server does not listen');
  return address.port;
}

function serverOptions({ tls, implicit, auth, tokens }: MailboxOptions): SMTPServerOptions {
  const isOpen = auth === undefined && tokens === undefined;
  return {
    ...(tls && { key: tls.key, cert: tls.cert }),
    secure: implicit ?? false,
    hideSTARTTLS: tls === undefined,
    authOptional: isOpen,
    authMethods: tokens === undefined ? ['PLAIN', 'LOGIN'] : ['XOAUTH2'],
    allowInsecureAuth: true,
    disableReverseLookup: true,
    disabledCommands: [...(isOpen ? ['AUTH'] : []), ...(tls === undefined ? ['STARTTLS'] : [])],
    closeTimeout: 200,
    logger: false,
  };
}

type Reached = (stage: Step['stage'], address: string) => Promise<void>;

/** Answers once the work is done; its failure is the refusal. */
async function reply(work: Promise<void>, done: Done): Promise<void> {
  const failure = await work.then(
    () => null,
    (error: Error) => error,
  );
  done(failure);
}

// The three things every handler needs.
function handlers(options: MailboxOptions, step: Reached, store: Store): SMTPServerOptions {
  return {
    onConnect: (_session, done) => void reply(step('connect', ''), done),
    onMailFrom: ({ address }, _session, done) => void reply(step('sender', address), done),
    onRcptTo: ({ address }, _session, done) => void reply(step('recipient', address), done),
    onAuth: (said, _session, done) => {
      const { username } = said;
      const known = isKnown(options, said);
      const wrong = Object.assign(new Error('5.7.8 wrong user or password'), { responseCode: 535 });
      void reply(step('auth', username ?? ''), (failure) => {
        if (failure === null && !known && options.tokens?.challenges === true)
          done(null, { data: { status: '400', schemes: 'Bearer', scope: 'https://mail.example.com/' } });
        else done(failure ?? (known ? null : wrong), { user: username });
      });
    },
    onData: (stream, session, done) => {
      const { mailFrom, rcptTo } = session.envelope;
      const envelope = {
        from: mailFrom === false ? '' : mailFrom.address,
        to: rcptTo.map(({ address }) => address),
        secure: session.secure,
      };
      const work = async (): Promise<void> => {
        const raw = await text(stream);
        await step('data', envelope.to.join(','));
        await store.keep(envelope, raw);
      };
      void reply(work(), done);
    },
  };
}

type Said = Parameters<NonNullable<SMTPServerOptions['onAuth']>>[0];

function isKnown({ auth, tokens }: MailboxOptions, { username, password, accessToken }: Said): boolean {
  if (tokens === undefined) return username === auth?.username && password === auth?.password;
  return username === tokens.username && tokens.accepts(accessToken ?? '');
}

type Envelope = Pick<Mail, 'from' | 'to' | 'secure'>;

class Store {
  readonly mails: Mail[] = [];
  readonly #onMail: MailboxOptions['onMail'];
  readonly #waiting = new Set<(mail: Mail) => void>();

  constructor(onMail: MailboxOptions['onMail']) {
    this.#onMail = onMail;
  }

  async keep(envelope: Envelope, raw: string): Promise<void> {
    const parsed = await PostalMime.parse(raw);
    const header = (name: string): string | undefined =>
      parsed.headers.find(({ key }) => key === name.toLowerCase())?.value;
    const mail: Mail = { ...envelope, raw, parsed, header };
    this.mails.push(mail);
    for (const offer of this.#waiting) offer(mail);
    await this.#onMail?.(mail);
  }

  waitFor(predicate: (mail: Mail) => boolean, limitMs: number): Promise<Mail> {
    const there = this.mails.find(predicate);
    if (there !== undefined) return Promise.resolve(there);
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(offer);
      };
      const offer = (mail: Mail): void => {
        if (!predicate(mail)) return;
        end();
        resolve(mail);
      };
      const timer = setTimeout(() => {
        end();
        reject(
          new Error(`no such mail within ${String(limitMs)} ms; ${String(this.mails.length)} others came`),
        );
      }, limitMs);
      this.#waiting.add(offer);
    });
  }
}
