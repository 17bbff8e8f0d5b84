import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { issueCertificate } from '../../test/fakes/certificate.ts';
import { loopbackEgress } from '../../test/fakes/loopback-egress.ts';
import { startOAuthServer, type OAuthServer } from '../../test/fakes/oauth-server.ts';
import { startMailbox, type Mailbox, type MailboxOptions } from '../../test/fakes/smtp-server.ts';
import { environmentName, readConfig } from '../config.ts';
import { configOf } from '../config/fixture.ts';
import type { OpenEgress } from '../egress/guard.ts';
import { ann, messageTo, noticeTo } from '../notify/mail/fixture.ts';
import type { MailProvider } from '../notify/mail/provider.ts';
import { createMailProvider } from './mailprovider.ts';

const tls = issueCertificate({ commonName: 'mail', hosts: ['127.0.0.1'] });
const username = 'robot@example.com';

let folder: string;
let mailbox: Mailbox;
let tokenServer: OAuthServer;
let egress: OpenEgress;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'mail-'));
  tokenServer = await startOAuthServer({ clientId: 'app-1', clientSecrets: ['secret-of-app-1'] });
  egress = loopbackEgress(10_000);
});

afterEach(async () => {
  await mailbox?.close();
  await tokenServer.close();
  await egress.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A file with this content; its path. */
function fileOf(name: string, content: string): string {
  writeFileSync(path.join(folder, name), content);
  return path.join(folder, name);
}

/** The channel of an install with these settings, and its mail server. */
async function install(options: MailboxOptions, settings: Record<string, string>): Promise<MailProvider> {
  mailbox = await startMailbox({ tls, ...options });
  const whole = {
    'mail.host': '127.0.0.1',
    'mail.port': String(mailbox.port),
    'mail.from': 'Approvals <approvals@corp.example>',
    'mail.caFile': fileOf('ca.pem', tls.cert),
    ...settings,
  };
  const environment = Object.entries(whole).map(([name, value]) => [environmentName(name), value]);
  const configured = readConfig(Object.fromEntries(environment) as Record<string, string>);
  if (!configured.ok) throw new Error(JSON.stringify(configured.problems));
  return createMailProvider(configured.config, { egress, log: pino({ level: 'silent' }) });
}

describe('mail as the settings say', () => {
  test('has sender and place for replies, and logs in with a password from a file', async () => {
    const mail = await install(
      { auth: { username, password: 'from a file' } },
      {
        'mail.username': username,
        'mail.passwordFile': fileOf('password', 'from a file\n'),
        'mail.replyTo': 'desk@corp.example',
      },
    );
    expect(await mail.send(messageTo(ann), noticeTo(ann))).toEqual({ kind: 'sent' });
    expect(mailbox.messages()[0]?.parsed).toMatchObject({
      from: { name: 'Approvals', address: 'approvals@corp.example' },
      replyTo: [{ address: 'desk@corp.example' }],
    });
  });

  test('logs in with a token, got by a client secret and for a user that stand in files', async () => {
    const accepts = (token: string): boolean => tokenServer.tokens.has(token);
    const mail = await install(
      { tokens: { username, accepts } },
      {
        'mail.usernameFile': fileOf('username', username),
        'mail.oauth.tokenUrl': tokenServer.url,
        'mail.oauth.clientId': 'app-1',
        'mail.oauth.clientSecretFile': fileOf('client-secret', 'secret-of-app-1'),
        'mail.oauth.scope': 'https://outlook.office365.com/.default',
      },
    );
    expect(await mail.send(messageTo(ann), noticeTo(ann))).toEqual({ kind: 'sent' });
    expect(tokenServer.requests[0]?.get('scope')).toBe('https://outlook.office365.com/.default');
  });

  test('has the templates of the folder, in the language that is set', async () => {
    fileOf('requested.de.subject.liquid', 'Freigabe: {{ topic }}');
    const mail = await install({}, { 'mail.templatesDirectory': folder, 'mail.language': 'de' });
    await mail.send(messageTo(ann), noticeTo(ann));
    expect(mailbox.messages()[0]?.parsed.subject).toBe('Freigabe: approve of release-7x9k2 (shop)');
  });

  test.each([
    [
      'a secret that is missing',
      { 'mail.username': 'u', 'mail.passwordFile': '/no/such/file' },
      'mail.passwordFile (TEKTON_APPROVALS_MAIL_PASSWORD_FILE): there is no /no/such/file (ENOENT)',
    ],
    [
      'a user name that is a folder',
      { 'mail.usernameFile': '/', 'mail.password': 'p' },
      'mail.usernameFile (TEKTON_APPROVALS_MAIL_USERNAME_FILE): / is a folder (EISDIR)',
    ],
    [
      'a client secret that is empty',
      {
        'mail.username': 'u',
        'mail.oauth.tokenUrl': 'https://login.example.com/token',
        'mail.oauth.clientId': 'app-1',
        'mail.oauth.clientSecretFile': '/dev/null',
      },
      'mail.oauth.clientSecretFile (TEKTON_APPROVALS_MAIL_OAUTH_CLIENT_SECRET_FILE): /dev/null is empty',
    ],
    [
      'a folder of templates that is missing',
      { 'mail.templatesDirectory': '/no/such/folder' },
      'mail.templatesDirectory (TEKTON_APPROVALS_MAIL_TEMPLATES_DIRECTORY): there is no /no/such/folder (ENOENT)',
    ],
    [
      'an authority that is missing',
      { 'mail.caFile': '/no/such/file' },
      'mail.caFile (TEKTON_APPROVALS_MAIL_CA_FILE): there is no /no/such/file (ENOENT)',
    ],
  ])('does not start with %s, and names setting and file', async (...[, settings, problem]) => {
    await expect(install({}, settings)).rejects.toThrow(problem);
  });
});

test.each<[string, Record<string, string>, boolean]>([
  ['a password at Exchange Online', { 'mail.host': 'SMTP.office365.com', 'mail.password': 'p' }, true],
  [
    'a token there',
    {
      'mail.host': 'smtp.office365.com',
      'mail.oauth.tokenUrl': 'https://login.microsoftonline.com/t/oauth2/v2.0/token',
      'mail.oauth.clientId': 'app-1',
      'mail.oauth.clientSecret': 's',
    },
    false,
  ],
  ['no login there, as for a connector', { 'mail.host': 'smtp.office365.com' }, false],
  ['a password elsewhere', { 'mail.host': 'smtp.example.com', 'mail.password': 'p' }, false],
])('channel-08: whether the log warns that passwords end there: %s', (_what, given, isWarned) => {
  expect(warnings(given).includes('Exchange Online takes no passwords')).toBe(isWarned);
});

test('an address of tokens that no request may reach is told at the start', () => {
  const tokens = {
    'mail.host': 'smtp.example.com',
    'mail.oauth.clientId': 'app-1',
    'mail.oauth.clientSecret': 's',
  };
  const said = (url: string): string => warnings({ ...tokens, 'mail.oauth.tokenUrl': url });
  expect(said('https://sso.corp.internal/token/secret')).toContain(
    'mail.oauth.tokenUrl (TEKTON_APPROVALS_MAIL_OAUTH_TOKEN_URL): sso.corp.internal is not on the internet',
  );
  expect(said('https://login.example.com/token')).toBe('');
});

/** What is logged when these settings are put to work. */
function warnings(given: Record<string, string>): string {
  const settings = { 'mail.from': username, 'mail.username': username, ...given };
  const environment = Object.entries(settings).map(([name, value]) => [environmentName(name), value]);
  const lines: string[] = [];
  const log = pino({}, { write: (line: string) => lines.push(line) });
  createMailProvider(configOf(Object.fromEntries(environment) as Record<string, string>), { egress, log });
  return lines.join('');
}
