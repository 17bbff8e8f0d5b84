import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { issueCertificate, type Certificate } from '../../../test/fakes/certificate.ts';
import type { Mailbox, MailboxOptions, Step } from '../../../test/fakes/smtp-server.ts';
import { ann, link, loginAs, messageTo, noticeTo, startPost } from './fixture.ts';
import type { MailProvider, MailSettings } from './provider.ts';

const password = 'correct-horse-battery';
const auth = { username: 'robot@example.com', password };
const login = loginAs(auth);

let certificate: Certificate;
let mailbox: Mailbox | undefined;

beforeAll(() => {
  certificate = issueCertificate({ commonName: 'mail', hosts: ['localhost', '127.0.0.1'] });
});

afterEach(async () => {
  await mailbox?.close();
  mailbox = undefined;
});

/** A provider of a mail server whose certificate is trusted, but for where a test says otherwise. */
async function provider(
  options: MailboxOptions,
  settings: Partial<MailSettings> = {},
): Promise<MailProvider> {
  const post = await startPost(options, { authorities: [certificate.cert], ...settings });
  mailbox = post.mailbox;
  return post.mail;
}

describe('a mail that arrives', () => {
  test('is multipart/alternative, text first, and both parts carry the one link', async () => {
    const mail = await provider({ tls: certificate });
    expect(await mail.send(messageTo(ann), noticeTo(ann))).toEqual({ kind: 'sent' });
    const [received] = mailbox?.messages() ?? [];
    expect(received?.header('content-type')).toMatch(/^multipart\/alternative/);
    expect(received?.raw.indexOf('text/plain')).toBeLessThan(received?.raw.indexOf('text/html') ?? 0);
    expect(received?.parsed.text).toContain(link);
    const targets = [...(received?.parsed.html ?? '').matchAll(/href="([^"]*)"/gu)].map(([, href]) => href);
    expect(new Set(targets)).toEqual(new Set([link]));
  });

  test('goes to one recipient over TLS, from our address', async () => {
    const mail = await provider({ tls: certificate });
    await mail.send(messageTo(ann), noticeTo(ann));
    expect(mailbox?.messages()).toMatchObject([{ to: [ann], from: 'approvals@corp.example', secure: true }]);
    expect(mailbox?.messages()[0]?.parsed.to).toEqual([{ name: '', address: ann }]);
  });

  test('says that a machine sent it, and is no mailing list', async () => {
    const mail = await provider({ tls: certificate });
    await mail.send(messageTo(ann), noticeTo(ann));
    const received = mailbox?.messages()[0];
    expect(received?.header('auto-submitted')).toBe('auto-generated');
    expect(received?.header('x-auto-response-suppress')).toBe('All');
    expect(received?.header('list-unsubscribe')).toBeUndefined();
    expect(received?.header('x-mailer')).toBeUndefined();
  });

  test('has the same Message-ID when it is sent again, and a later one is its answer', async () => {
    const mail = await provider({ tls: certificate });
    const later = noticeTo(ann, { attempt: 2 });
    for (const notice of [noticeTo(ann), noticeTo(ann), later]) await mail.send(messageTo(ann), notice);
    const threading = (mailbox?.messages() ?? []).map(({ parsed: { messageId, inReplyTo, references } }) => {
      return { messageId, inReplyTo, references };
    });
    const first = `<${noticeTo(ann).id}@corp.example>`;
    const second = `<${later.id}@corp.example>`;
    expect(threading).toEqual([
      { messageId: first },
      { messageId: first },
      { messageId: second, inReplyTo: first, references: first },
    ]);
    expect(second).not.toBe(first);
  });

  test('can be sent with a login, and with TLS from the first byte', async () => {
    const mail = await provider({ tls: certificate, implicit: true, auth }, { login, tls: 'implicit' });
    expect(await mail.send(messageTo(ann), noticeTo(ann))).toEqual({ kind: 'sent' });
  });

  test('can be sent in clear where that was asked for by name', async () => {
    const mail = await provider({}, { tls: 'off' });
    expect(await mail.send(messageTo(ann), noticeTo(ann))).toEqual({ kind: 'sent' });
  });
});

describe('a mail server that cannot be trusted', () => {
  test('STARTTLS stripped: nothing is sent in clear, not even the login', async () => {
    const mail = await provider({ auth }, { login });
    expect(await mail.send(messageTo(ann), noticeTo(ann))).toMatchObject({
      kind: 'retry',
      why: expect.stringContaining('no secure connection'),
    });
    expect(mailbox?.stages()).toEqual(['connect']);
  });

  test.each([
    ['of an unknown authority', () => issueCertificate({ commonName: 'x', hosts: ['127.0.0.1'] }), undefined],
    ['for another host', () => issueCertificate({ commonName: 'x', hosts: ['other.example'] }), 'itself'],
    [
      'that has expired',
      () =>
        issueCertificate({ commonName: 'x', hosts: ['127.0.0.1'], notAfter: new Date(Date.now() - 60_000) }),
      'itself',
    ],
  ])('certificate %s: refused before the login', async (_what, issue, trusted) => {
    const tls = issue();
    const mail = await provider({ tls, auth }, { login, ...(trusted && { authorities: [tls.cert] }) });
    expect(await mail.send(messageTo(ann), noticeTo(ann))).toMatchObject({
      kind: 'retry',
      why: expect.stringMatching(
        /^no secure connection to the mail server: [^;\n]*(?:certificate|altnames)[^;\n]* \([A-Z_]+\)$/iu,
      ),
    });
    expect(mailbox?.stages()).not.toContain('auth');
    expect(mailbox?.messages()).toEqual([]);
  });
});

test('a mail server that speaks no TLS where that was asked for is told in words', async () => {
  const mail = await provider({}, { tls: 'implicit' });
  expect(await mail.send(messageTo(ann), noticeTo(ann))).toEqual({
    kind: 'retry',
    why: 'no secure connection to the mail server: wrong version number (ERR_SSL_WRONG_VERSION_NUMBER)',
  });
});

/** Answers one stage, always in the same way. */
function refusing(stage: Step['stage'], code: number, text: string): MailboxOptions {
  return { tls: certificate, script: (step) => (step.stage === stage ? { code, text } : undefined) };
}

describe('a mail server that says no', () => {
  test.each([
    ['connect', 421, 'retry', 'too busy'],
    ['sender', 550, 'retry', 'the mail server refused the sender'],
    ['recipient', 450, 'retry', '4.2.0 greylisted'],
    ['recipient', 550, 'permanent', 'the mail server refused the recipient'],
    ['recipient', 503, 'retry', 'refused the recipient'],
    ['data', 451, 'retry', 'the mail server refused the message'],
    ['data', 552, 'permanent', 'the mail server refused the message'],
  ] as const)('at %s with %i: %s', async (...[stage, code, kind, why]) => {
    const mail = await provider(refusing(stage, code, code === 450 ? '4.2.0 greylisted' : 'too busy'));
    const result = await mail.send(messageTo(ann), noticeTo(ann));
    expect(result).toMatchObject({ kind, why: expect.stringContaining(why) });
  });

  test('a wrong password may be mended, so it is tried again', async () => {
    const mail = await provider(
      { tls: certificate, auth },
      { login: loginAs({ ...auth, password: 'wrong-password' }) },
    );
    const result = await mail.send(messageTo(ann), noticeTo(ann));
    expect(result).toMatchObject({ kind: 'retry', why: expect.stringContaining('refused the login: 535') });
  });

  test('an answer that repeats address, password and link is masked', async () => {
    const echo = `5.1.1 <${ann}> said ${password} AUTH ${Buffer.from(`\0${auth.username}\0${password}`).toString('base64')} ${link.slice(8)} ${link}`;
    const options: MailboxOptions = {
      tls: certificate,
      auth,
      script: ({ stage }) => (stage === 'recipient' ? { code: 550, text: echo } : undefined),
    };
    const mail = await provider(options, { login });
    const result = await mail.send(messageTo(ann), noticeTo(ann));
    expect(result).toEqual({
      kind: 'permanent',
      why: 'the mail server refused the recipient: 550 5.1.1 <***> said *** AUTH *** *** ***',
    });
  });

  test('no server at all is tried again', async () => {
    const mail = await provider({ tls: certificate });
    await mailbox?.close();
    expect(await mail.send(messageTo(ann), noticeTo(ann))).toMatchObject({ kind: 'retry' });
    mailbox = undefined;
  });
});

async function late(ms: number): Promise<undefined> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

describe('a mail server that is slow', () => {
  test.each(['connect', 'recipient', 'data'] as const)(
    'one that never answers at %s is given up',
    async (stage) => {
      const options: MailboxOptions = {
        tls: certificate,
        script: (step) => (step.stage === stage ? 'hang' : undefined),
      };
      const mail = await provider(options, { timeoutMs: 300 });
      expect(await mail.send(messageTo(ann), noticeTo(ann))).toMatchObject({ kind: 'retry' });
      expect(mailbox?.messages()).toEqual([]);
    },
  );

  test('one that answers late is waited for', async () => {
    const mail = await provider({ tls: certificate, script: () => late(100) });
    expect(await mail.send(messageTo(ann), noticeTo(ann))).toEqual({ kind: 'sent' });
  });

  test('a send ends soon after it is stopped', async () => {
    const stop = new AbortController();
    const script = ({ stage }: Step): 'hang' | undefined => {
      if (stage !== 'recipient') return undefined;
      stop.abort(new Error('shutting down'));
      return 'hang';
    };
    const mail = await provider({ tls: certificate, script });
    expect(await mail.send(messageTo(ann), noticeTo(ann), stop.signal)).toMatchObject({
      kind: 'retry',
      why: expect.stringContaining('took too long or was stopped'),
    });
  });
});
