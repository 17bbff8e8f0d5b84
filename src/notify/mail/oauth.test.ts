import { afterEach, describe, expect, test } from 'vitest';
import { loopbackEgress } from '../../../test/fakes/loopback-egress.ts';
import {
  startOAuthServer,
  type OAuthServer,
  type OAuthServerOptions,
} from '../../../test/fakes/oauth-server.ts';
import type { OpenEgress } from '../../egress/guard.ts';
import { start } from '../fixture.ts';
import { TokenSource, type TokenSettings } from './oauth.ts';

const secret = 'sEcr3t~of-the-client.Vault';
const client = { clientId: 'app-1', clientSecrets: [secret] };
const username = 'robot@example.com';

let server: OAuthServer | undefined;
let egress: OpenEgress | undefined;
let now = start;

afterEach(async () => {
  await server?.close();
  await egress?.close();
  now = start;
});

/** A token server, and a source that knows its way there. */
async function source(
  options: Partial<OAuthServerOptions> = {},
  settings: Partial<TokenSettings> = {},
): Promise<TokenSource> {
  server = await startOAuthServer({ ...client, ...options });
  egress = loopbackEgress(10_000);
  const whole = {
    username: () => username,
    tokenUrl: server.url,
    clientId: 'app-1',
    clientSecret: () => secret,
    refreshToken: () => '',
    scope: 'https://outlook.office365.com/.default',
    ...settings,
  };
  return new TokenSource(whole, egress, () => now);
}

function asked(): Record<string, string>[] {
  return (server?.requests ?? []).map((request) => Object.fromEntries(request));
}

describe('an access token', () => {
  test('is got by client credentials (RFC 6749 4.4), for the mailbox that is sent from', async () => {
    const tokens = await source();
    expect(await tokens.obtain()).toEqual({
      kind: 'token',
      username,
      accessToken: [...(server?.tokens ?? [])][0],
    });
    expect(asked()).toEqual([
      {
        grant_type: 'client_credentials',
        client_id: 'app-1',
        client_secret: secret,
        scope: 'https://outlook.office365.com/.default',
      },
    ]);
  });

  test('is got by a refresh token (RFC 6749 6), and without a scope where none is set', async () => {
    const tokens = await source(
      { refreshTokens: ['refresh-1'] },
      { refreshToken: () => 'refresh-1', scope: '' },
    );
    expect(await tokens.obtain()).toMatchObject({ kind: 'token' });
    expect(asked()).toMatchObject([{ grant_type: 'refresh_token', refresh_token: 'refresh-1' }]);
    expect(asked()[0]).not.toHaveProperty('scope');
  });

  test('is used until a minute before its end, and then another one is got', async () => {
    const tokens = await source({ lifeSeconds: 3_600 });
    const first = await tokens.obtain();
    now = start + 3_539_000;
    expect(await tokens.obtain()).toEqual(first);
    now = start + 3_541_000;
    expect(await tokens.obtain()).not.toEqual(first);
    expect(asked()).toHaveLength(2);
  });

  test.each([
    ['a short life', { lifeSeconds: 10 }, 7_900, 8_100],
    [
      'a life that is not said',
      { script: () => ({ status: 200, body: '{"access_token":"t","token_type":"bearer"}' }) },
      239_000,
      241_000,
    ],
    [
      'a life in quotes',
      {
        script: () => ({
          status: 200,
          body: '{"access_token":"t","token_type":"bearer","expires_in":"600"}',
        }),
      },
      539_000,
      541_000,
    ],
  ])(
    'with %s is used for its first four fifths, or all but a minute',
    async (...[, options, before, after]) => {
      const tokens = await source(options);
      await tokens.obtain();
      now = start + before;
      await tokens.obtain();
      expect(asked()).toHaveLength(1);
      now = start + after;
      await tokens.obtain();
      expect(asked()).toHaveLength(2);
    },
  );

  test('is asked for once, however many mails wait for it', async () => {
    const tokens = await source();
    const logins = await Promise.all(Array.from({ length: 50 }, () => tokens.obtain()));
    expect(new Set(logins.map((login) => JSON.stringify(login))).size).toBe(1);
    expect(asked()).toHaveLength(1);
  });

  test('that the mail server refused is replaced at once, but one that came meanwhile stays', async () => {
    const tokens = await source();
    const first = await tokens.obtain();
    if (first.kind !== 'token') throw new Error('no token');
    expect(tokens.refused(first)).toBe(true);
    const second = await tokens.obtain();
    expect(second).not.toEqual(first);
    expect(tokens.refused(first)).toBe(true);
    expect(await tokens.obtain()).toEqual(second);
  });
});

describe('a refresh token that changes', () => {
  const rotating = { refreshTokens: ['refresh-1'], rotates: true };

  test('is replaced by the one that came with a token, because the old one is dead', async () => {
    const tokens = await source(rotating, { refreshToken: () => 'refresh-1' });
    for (let hours = 0; hours < 4; hours += 1) {
      now = start + hours * 3_600_000;
      expect(await tokens.obtain()).toMatchObject({ kind: 'token' });
    }
    expect(new Set(asked().map((request) => request['refresh_token'])).size).toBe(4);
  });

  test('is the configured one again as soon as that is another', async () => {
    let configured = 'refresh-1';
    const tokens = await source(
      { refreshTokens: ['refresh-1', 'refresh-2'], rotates: true },
      { refreshToken: () => configured },
    );
    await tokens.obtain();
    configured = 'refresh-2';
    now = start + 3_600_000;
    await tokens.obtain();
    expect(asked().at(-1)).toMatchObject({ refresh_token: 'refresh-2' });
  });
});

const json =
  (status: number, body: unknown, headers = {}): (() => object) =>
  () => ({
    status,
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

describe('without a token', () => {
  test.each<[string, ReturnType<typeof json>, string]>([
    [
      'a wrong scope',
      json(400, { error: 'invalid_scope', error_description: 'AADSTS70011: the scope is not valid.' }),
      'the token server answered 400 invalid_scope: AADSTS70011: the scope is not valid.',
    ],
    [
      'an error without a sentence',
      json(400, { error: 'invalid_grant' }),
      'the token server answered 400 invalid_grant',
    ],
    ['an error that is no JSON', json(502, '<html>bad gateway</html>'), 'the token server answered 502'],
    ['a redirect', json(302, '', { location: 'http://127.0.0.1:1/' }), 'the token server answered 302'],
    ['no JSON', json(200, 'welcome'), 'the token server answered without a bearer token'],
    ['no token', json(200, { token_type: 'Bearer' }), 'the token server answered without a bearer token'],
    [
      'a token of another type',
      json(200, { token_type: 'mac', access_token: 't' }),
      'the token server answered without a bearer token',
    ],
    [
      'a token with a line break, which would end the command',
      json(200, { token_type: 'Bearer', access_token: 'x\r\nMAIL FROM:<eve@evil.example>' }),
      'the token server answered without a bearer token',
    ],
  ])('because of %s, it says so', async (...[, script, why]) => {
    const tokens = await source({ script: script as NonNullable<OAuthServerOptions['script']> });
    expect(await tokens.obtain()).toMatchObject({ kind: 'unavailable', why: `no token: ${why}` });
  });

  test('H65: because of a wrong secret, the secret and the address are not repeated', async () => {
    const wrong = 'not~the-secret.of-this-client';
    const tokens = await source({}, { clientSecret: () => wrong });
    const { why } = (await tokens.obtain()) as { why: string };
    expect(why).toMatch(
      /^no token: the token server answered 401 invalid_client: AADSTS7000215: Invalid client secret/u,
    );
    expect(why).not.toContain(wrong);
    expect(why).not.toContain('tenant-of');
  });

  test('because nobody answers there, the host is named and the path is not', async () => {
    const tokens = await source();
    await server?.close();
    const { why } = (await tokens.obtain()) as { why: string };
    expect(why).toMatch(/^no token: .*127\.0\.0\.1/u);
    expect(why).not.toContain('tenant-of');
  });

  test('the token server is left alone for 10 s, however many mails wait', async () => {
    const tokens = await source({ clientSecrets: [] });
    for (const seconds of [0, 1, 9]) {
      now = start + seconds * 1_000;
      expect(await tokens.obtain()).toMatchObject({ kind: 'unavailable', afterMs: 10_000 - seconds * 1_000 });
    }
    expect(asked()).toHaveLength(1);
    now = start + 10_000;
    await tokens.obtain();
    expect(asked()).toHaveLength(2);
  });

  test('it is left alone as long as it asks for, an hour at most', async () => {
    const tokens = await source({
      script: (count) => ({
        status: 429,
        headers: { 'Retry-After': count === 1 ? '120' : '86400' },
        body: '',
      }),
    });
    expect(await tokens.obtain()).toMatchObject({ afterMs: 120_000 });
    now = start + 120_000;
    expect(await tokens.obtain()).toMatchObject({ afterMs: 3_600_000 });
  });

  test('once the secret is right, the next request brings one', async () => {
    let current = 'old-secret';
    const tokens = await source({}, { clientSecret: () => current });
    expect(await tokens.obtain()).toMatchObject({ kind: 'unavailable' });
    current = secret;
    now = start + 10_000;
    expect(await tokens.obtain()).toMatchObject({ kind: 'token' });
  });
});
