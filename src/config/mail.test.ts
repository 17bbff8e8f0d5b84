import { describe, expect, test } from 'vitest';
import { environmentName, printableConfig } from '../config.ts';
import { configOf, problemsOf as problemsOfAll } from './fixture.ts';

const server = { 'mail.host': 'mail.example.com', 'mail.from': 'a@example.com' };
const oauth = {
  ...server,
  'mail.username': 'robot@example.com',
  'mail.oauth.tokenUrl': 'https://login.example.com/tenant/oauth2/v2.0/token',
  'mail.oauth.clientId': 'app-1',
  'mail.oauth.clientSecret': 'hunter2',
};

function environmentOf(settings: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(settings).map(([path, value]) => [environmentName(path), value]));
}

const problemsOf = (settings: Record<string, string>): string[] => problemsOfAll(environmentOf(settings));

describe('the settings of mail', () => {
  test.each<[string, Record<string, string>]>([
    ['a token by client credentials', oauth],
    [
      'a token by a secret in a file',
      { ...oauth, 'mail.oauth.clientSecret': '', 'mail.oauth.clientSecretFile': '/s/c' },
    ],
    [
      'a token by a refresh token of a public client',
      { ...oauth, 'mail.oauth.clientSecret': '', 'mail.oauth.refreshTokenFile': '/s/r' },
    ],
    ['a user in a file', { ...oauth, 'mail.username': '', 'mail.usernameFile': '/s/u' }],
    ['a password in a file', { ...server, 'mail.username': 'u', 'mail.passwordFile': '/s/p' }],
    ['a place for replies', { ...server, 'mail.replyTo': 'Release desk <desk@example.com>' }],
    ['a language with a country', { ...server, 'mail.language': 'pt-BR' }],
  ])('may name %s', (_what, settings) => {
    expect(problemsOf(settings)).toEqual([]);
  });

  test.each<[string, Record<string, string>, string]>([
    [
      'a password beside its file',
      { ...server, 'mail.password': 'p', 'mail.passwordFile': '/s/p' },
      'mail.passwordFile (TEKTON_APPROVALS_MAIL_PASSWORD_FILE): must not be given beside mail.password',
    ],
    [
      'a client secret beside its file',
      { ...oauth, 'mail.oauth.clientSecretFile': '/s/c' },
      'must not be given beside mail.oauth.clientSecret',
    ],
    [
      'a token and a password',
      { ...oauth, 'mail.passwordFile': '/s/p' },
      'must not be given beside mail.password',
    ],
    [
      'a token without a user',
      { ...oauth, 'mail.username': '' },
      'mail.username (TEKTON_APPROVALS_MAIL_USERNAME): must be given where mail.oauth.tokenUrl',
    ],
    [
      'a token without a client',
      { ...oauth, 'mail.oauth.clientId': '' },
      'mail.oauth.clientId (TEKTON_APPROVALS_MAIL_OAUTH_CLIENT_ID): must be given',
    ],
    [
      'a token without any secret',
      { ...oauth, 'mail.oauth.clientSecret': '' },
      'mail.oauth.clientSecret (TEKTON_APPROVALS_MAIL_OAUTH_CLIENT_SECRET): must be given, itself or as a file',
    ],
    [
      'a client without a token server',
      { ...server, 'mail.oauth.clientId': 'app-1' },
      'mail.oauth.tokenUrl (TEKTON_APPROVALS_MAIL_OAUTH_TOKEN_URL): must be given where other settings',
    ],
    [
      'a token server by name alone',
      { ...oauth, 'mail.oauth.tokenUrl': 'login.example.com' },
      'must be an address such as https://login.example.com/oauth2/token',
    ],
    [
      'a token server with a login in its address',
      { ...oauth, 'mail.oauth.tokenUrl': 'https://u:p@login.example.com/' },
      'without user name or fragment',
    ],
    [
      'a token in clear',
      { ...oauth, 'mail.tls': 'off' },
      'off would send the password in clear, or the token',
    ],
    [
      'a password from a file in clear',
      { ...server, 'mail.username': 'u', 'mail.passwordFile': '/s/p', 'mail.tls': 'off' },
      'off would send the password in clear',
    ],
    [
      'two places for replies',
      { ...server, 'mail.replyTo': 'a@example.com, b@example.com' },
      'mail.replyTo (TEKTON_APPROVALS_MAIL_REPLY_TO): must be one e-mail address',
    ],
  ])('must not name %s', (...[, settings, problem]) => {
    expect(problemsOf(settings)).toEqual([expect.stringContaining(problem)]);
  });

  test('H65: are printed without a secret', () => {
    const given = environmentOf({ ...oauth, 'mail.oauth.refreshToken': 'refresh-me' });
    const printed = JSON.stringify(printableConfig(configOf(given)));
    for (const secret of ['hunter2', 'refresh-me']) expect(printed).not.toContain(secret);
    expect(printed).toContain('"clientId":"app-1"');
  });
});
