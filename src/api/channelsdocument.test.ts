import { describe, expect, test } from 'vitest';
import { channelKey, mergedChannels, noChannels, type Channels } from './channels.ts';
import { readChannels, unknownDefaults } from './channelsdocument.ts';

const hook = 'https://hooks.slack.com/services/T0/B0/secret';
const flow = 'https://prod.environment.api.powerplatform.com/workflows/secret';
const whsec = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
const app = { botToken: 'xoxb-1-2-secret', conversation: 'C0123456789' };

function read(content: unknown): Channels {
  const found = readChannels(content);
  if (!found.ok) throw new Error(found.problems.join('\n'));
  return found.channels;
}

function problems(content: unknown): readonly string[] {
  const found = readChannels(content);
  return found.ok ? [] : found.problems;
}

describe('the channels document', () => {
  test('names channels, and which are used where an author names none', () => {
    const channels = read({
      slack: { releases: { webhookUrl: hook }, ops: { ...app, kinds: ['decided'] } },
      teams: { releases: { webhookUrl: flow } },
      webhook: { audit: { url: 'https://audit.example.com/in', secrets: [whsec] } },
      defaults: { everywhere: { webhook: ['audit'] }, namespaces: { shop: { slack: ['Releases'] } } },
    });
    expect(channels.slack.get(channelKey('RELEASES'))).toEqual({ name: 'releases', webhookUrl: hook });
    expect(channels.slack.get('OPS')).toEqual({
      ...app,
      name: 'ops',
      directMessages: false,
      kinds: ['decided'],
    });
    expect(channels.teams.get('RELEASES')).toMatchObject({ raw: false });
    expect(channels.webhook.get('AUDIT')).toMatchObject({ format: 'json', secrets: [whsec] });
    expect(channels.everywhere).toEqual({ webhook: ['audit'] });
    expect(channels.namespaces.get('shop')).toEqual({ slack: ['Releases'] });
  });

  test.each([undefined, null, {}])('may be empty: %j', (content) => {
    expect(read(content)).toEqual(noChannels);
  });

  test.each<[string, unknown, string]>([
    [
      'an unknown part',
      { 'xoxb-1-2-secret': {} },
      'The file has a field that is none of slack, teams, webhook, defaults.',
    ],
    [
      'a part that is misspelt',
      { slak: {} },
      'The file has a field that is none of slack, teams, webhook, defaults (did you mean slack?).',
    ],
    ['no channels', 'hello', 'The file must be a YAML mapping of slack, teams, webhook, defaults.'],
    ['no address', { slack: { a: {} } }, 'slack.a.webhookUrl is missing: it must be an address that begins'],
    [
      'a number for an address',
      { slack: { a: { webhookUrl: 7 } } },
      'slack.a.webhookUrl must be an address that begins with https:// and holds no user name; in YAML, put it in quotes.',
    ],
    [
      'an address in the place of a channel',
      { slack: { a: hook } },
      'slack.a must be a YAML mapping of webhookUrl, kinds, namespaces.',
    ],
    [
      'both forms of a Slack channel',
      { slack: { a: { ...app, webhookUrl: hook } } },
      'slack.a has a field that is none of botToken, conversation, directMessages, kinds, namespaces.',
    ],
    [
      'one secret in the place of a list',
      { webhook: { a: { url: flow, secrets: whsec } } },
      'webhook.a.secrets must be a list.',
    ],
    [
      'no list of secrets',
      { webhook: { a: { url: flow } } },
      'webhook.a.secrets is missing: it must be a list',
    ],
    [
      'a namespace that is none',
      { slack: { a: { webhookUrl: hook, namespaces: ['Shop*'] } } },
      'slack.a.namespaces[0] must be the name of a namespace.',
    ],
    ['a list of channels', { slack: ['a'] }, 'slack must be channels by their names.'],
    [
      'an address with a password',
      { webhook: { a: { url: 'https://u:p@x.example', secrets: [whsec] } } },
      'webhook.a.url must be an address',
    ],
    [
      'channel-05: an address of a retired connector',
      { teams: { a: { webhookUrl: 'https://corp.webhook.office.com/webhookb2/x' } } },
      'teams.a.webhookUrl is the address of an Office 365 connector, which Microsoft has retired',
    ],
    [
      'an app that names no channel',
      { slack: { a: { botToken: 'xoxb-1' } } },
      'slack.a.conversation is missing: it must be the id of a Slack channel',
    ],
    [
      'a user token',
      { slack: { a: { ...app, botToken: 'xoxp-1-secret' } } },
      'slack.a.botToken must be a bot token',
    ],
    [
      'a short secret',
      { webhook: { a: { url: flow, secrets: ['whsec_AAAA'] } } },
      'webhook.a.secrets[0] must be whsec_ and the base64 of 24 to 64 bytes',
    ],
    ['no secret', { webhook: { a: { url: flow, secrets: [] } } }, 'webhook.a.secrets must have at least one'],
    [
      'a kind that is none',
      { slack: { a: { webhookUrl: hook, kinds: ['all'] } } },
      'slack.a.kinds[0] must be one',
    ],
    [
      'two names that are one',
      { slack: { 'a-b': { webhookUrl: hook }, A_B: { webhookUrl: hook } } },
      'slack.A_B cannot be told from another channel',
    ],
    ['a name with a blank', { slack: { 'a b': { webhookUrl: hook } } }, 'slack has a name that must be 1 to'],
  ])('is refused with %s', (_, content, sentence) => {
    expect(problems(content)).toEqual([expect.stringContaining(sentence)]);
  });

  test('is never repeated in a problem: what slipped may be a secret', () => {
    const secret = 'hooks-secret-value';
    const wrong = {
      slack: {
        [`https://${secret}`]: {},
        a: { webhookUrl: secret },
        b: { botToken: secret, conversation: secret, [secret]: 1 },
      },
      teams: { a: { webhookUrl: `https://${secret}@x.example` } },
      webhook: { a: { url: secret, secrets: [secret], format: secret } },
    };
    expect(problems(wrong).length).toBeGreaterThan(5);
    expect(problems(wrong).join('\n')).not.toContain(secret);
  });
});

test('defaults that name what is not open to the namespace are told', () => {
  const defaults = {
    everywhere: { teams: ['a'] },
    namespaces: { shop: { teams: ['a'] }, bank: { teams: ['a'] } },
  };
  expect(
    unknownDefaults(read({ teams: { a: { webhookUrl: flow, namespaces: ['bank'] } }, defaults })),
  ).toEqual(['defaults.namespaces.shop.teams names a, which is not configured for it under teams.']);
});

test('defaults that name what is not configured are told', () => {
  const defaults = { everywhere: { slack: ['gone'] }, namespaces: { shop: { teams: ['a', 'gone'] } } };
  expect(unknownDefaults(read({ teams: { A: { webhookUrl: flow } }, defaults }))).toEqual([
    'defaults.everywhere.slack names gone, which is not configured for it under slack.',
    'defaults.namespaces.shop.teams names gone, which is not configured for it under teams.',
  ]);
});

test('of two documents the second counts where both have a channel of a name, or say what is used', () => {
  const base = read({
    slack: { a: { webhookUrl: hook }, b: { webhookUrl: hook } },
    defaults: { everywhere: { slack: ['a'] } },
  });
  const over = read({
    slack: { A: app },
    teams: { t: { webhookUrl: flow } },
    defaults: { everywhere: { teams: ['t'] } },
  });
  const both = mergedChannels(base, over);
  expect([...both.slack.values()].map(({ name }) => name)).toEqual(['A', 'b']);
  expect(both.everywhere).toEqual({ slack: ['a'], teams: ['t'] });
  const none = read({ defaults: { everywhere: { slack: [] } } });
  expect(mergedChannels(base, none).everywhere).toEqual({ slack: [] });
});
