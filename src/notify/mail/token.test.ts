import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { issueCertificate, type Certificate } from '../../../test/fakes/certificate.ts';
import { loopbackEgress } from '../../../test/fakes/loopback-egress.ts';
import { startOAuthServer, type OAuthServer } from '../../../test/fakes/oauth-server.ts';
import type { MailboxOptions } from '../../../test/fakes/smtp-server.ts';
import type { OpenEgress } from '../../egress/guard.ts';
import { ann, messageTo, noticeTo, startPost, type Post } from './fixture.ts';
import { TokenSource } from './oauth.ts';

const username = 'robot@example.com';
const clientSecret = 'sEcr3t~of-the-client.Vault';

let tls: Certificate;
let tokenServer: OAuthServer;
let egress: OpenEgress;
let post: Post;

beforeAll(() => {
  tls = issueCertificate({ commonName: 'mail', hosts: ['127.0.0.1'] });
});

afterEach(async () => {
  await post.mailbox.close();
  await tokenServer.close();
  await egress.close();
});

/** A mail server that takes what the token server gave, unless a test says otherwise. */
async function serve(
  options: Partial<MailboxOptions> = {},
  tokens: Partial<NonNullable<MailboxOptions['tokens']>> = {},
): Promise<void> {
  tokenServer = await startOAuthServer({ clientId: 'app-1', clientSecrets: [clientSecret] });
  egress = loopbackEgress(10_000);
  const settings = {
    username: () => username,
    tokenUrl: tokenServer.url,
    clientId: 'app-1',
    clientSecret: () => clientSecret,
    refreshToken: () => '',
    scope: '',
  };
  const accepts = (token: string): boolean => tokenServer.tokens.has(token);
  post = await startPost(
    { tls, tokens: { username, accepts, ...tokens }, ...options },
    { login: new TokenSource(settings, egress) },
  );
}

const send = (): Promise<unknown> => post.mail.send(messageTo(ann), noticeTo(ann));

describe('login by access token', () => {
  test('channel-08: a mail goes out, and the token serves the next one, too', async () => {
    await serve();
    expect([await send(), await send()]).toEqual([{ kind: 'sent' }, { kind: 'sent' }]);
    expect(tokenServer.requests).toHaveLength(1);
    expect(post.mailbox.messages()).toHaveLength(2);
  });

  test.each([
    ['at once', false],
    ['by a challenge', true],
  ])(
    'H59: a token that has expired, refused %s, is replaced once and the mail goes out',
    async (_how, challenges) => {
      await serve({}, { challenges });
      await send();
      tokenServer.revokeAll();
      expect(await send()).toEqual({ kind: 'sent' });
      expect(tokenServer.requests).toHaveLength(2);
      expect(post.mailbox.stages().filter((stage) => stage === 'auth')).toHaveLength(3);
    },
  );

  test.each([
    ['at once', false],
    ['by a challenge', true],
  ])(
    'H59: where each token is refused %s, two are tried and it says what refused what',
    async (_how, challenges) => {
      await serve({}, { challenges, accepts: () => false });
      expect(await send()).toMatchObject({
        kind: 'retry',
        why: expect.stringMatching(/^the mail server refused the token: 535/u),
      });
      expect(tokenServer.requests).toHaveLength(2);
      expect(post.mailbox.stages().filter((stage) => stage === 'auth')).toHaveLength(2);
    },
  );

  test('a refusal for now (454) takes no other token', async () => {
    await serve({
      script: ({ stage }) => (stage === 'auth' ? { code: 454, text: '4.7.0 later' } : undefined),
    });
    expect(await send()).toMatchObject({ kind: 'retry', why: expect.stringContaining('454') });
    expect(tokenServer.requests).toHaveLength(1);
  });

  test('without a token no connection is made, and it says so', async () => {
    await serve();
    await tokenServer.close();
    const result = await send();
    expect(result).toMatchObject({ kind: 'retry', why: expect.stringMatching(/^no token: /u) });
    expect(post.mailbox.stages()).toEqual([]);
  });

  test('H65: an answer that repeats the token is masked', async () => {
    await serve({
      script: ({ stage }) =>
        stage === 'sender'
          ? { code: 550, text: `no: ${[...tokenServer.tokens].join()} of ${username}` }
          : undefined,
    });
    expect(await send()).toMatchObject({ why: 'the mail server refused the sender: 550 no: *** of ***' });
  });

  test('a send that waits for a token ends soon after it is stopped', async () => {
    await serve();
    const stop = new AbortController();
    const never = { obtain: () => new Promise<never>(() => {}), refused: () => false };
    const { mail, mailbox } = await startPost({ tls }, { login: never });
    const sending = mail.send(messageTo(ann), noticeTo(ann), stop.signal);
    stop.abort();
    expect(await sending).toEqual({ kind: 'retry', why: 'no token: took too long or was stopped' });
    await mailbox.close();
  });

  test('a server without TLS is told no token', async () => {
    tls = issueCertificate({ commonName: 'mail', hosts: ['127.0.0.1'] });
    await serve();
    await post.mailbox.close();
    post = await startPost(
      { tokens: { username, accepts: () => true } },
      {
        login: {
          obtain: () => Promise.resolve({ kind: 'token', username, accessToken: 'ey.x' }),
          refused: () => false,
        },
      },
    );
    expect(await send()).toMatchObject({ why: expect.stringContaining('no secure connection') });
    expect(post.mailbox.stages()).toEqual(['connect']);
  });
});
