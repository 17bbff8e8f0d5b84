import { describe, expect, test } from 'vitest';
import type { Channels } from '../api/channels.ts';
import { printableConfig, readConfig, type Config } from '../config.ts';
import { configuredChannels } from './channelsettings.ts';

const slackUrl = 'https://hooks.slack.com/services/T0/B0/slack-secret';
const teamsUrl = 'https://example.environment.api.powerplatform.com/workflows/1?sig=teams-secret';
const old = {
  QUARKUS_AUTOMATIKO_NOTIFICATIONS_SLACK_RELEASES: slackUrl,
  QUARKUS_AUTOMATIKO_NOTIFICATIONS_TEAMS_MY_TEAM: teamsUrl,
};

function configOf(environment: NodeJS.ProcessEnv, file?: string): Config {
  const read = readConfig(environment, file);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.config;
}

function channelsOf(environment: NodeJS.ProcessEnv, file?: string): Channels {
  const read = configuredChannels(configOf(environment, file).channels);
  if (!read.ok) throw new Error(read.problems.join());
  return read.channels;
}

describe('channels in the environment of existing deployments', () => {
  test('are found by the names that their pipelines give', () => {
    const { slack, teams } = channelsOf(old);
    expect([...slack]).toEqual([['RELEASES', { name: 'RELEASES', webhookUrl: slackUrl }]]);
    expect([...teams]).toEqual([['MY_TEAM', { name: 'MY_TEAM', webhookUrl: teamsUrl, raw: false }]]);
  });

  test('stand back behind a channel of that name in the settings file, and beside its others', () => {
    const { slack, teams } = channelsOf(
      old,
      'channels:\n  slack:\n    releases: { botToken: xoxb-1, conversation: C0123456789 }\n    ops: { webhookUrl: https://hooks.slack.com/x }\n',
    );
    expect([...slack.values()].map(({ name }) => name)).toEqual(['releases', 'ops']);
    expect(slack.get('RELEASES')).toMatchObject({ botToken: 'xoxb-1' });
    expect([...teams.keys()]).toEqual(['MY_TEAM']);
  });

  test('are left out where these deployments switched them off, and where they are empty', () => {
    const off = { ...old, QUARKUS_AUTOMATIKO_NOTIFICATIONS_DISABLED: 'true' };
    const empty = { QUARKUS_AUTOMATIKO_NOTIFICATIONS_SLACK_RELEASES: '' };
    for (const environment of [off, empty]) {
      const { slack, teams } = channelsOf(environment);
      expect([slack.size, teams.size]).toEqual([0, 0]);
    }
    expect(channelsOf({ ...old, QUARKUS_AUTOMATIKO_NOTIFICATIONS_DISABLED: 'false' }).slack.size).toBe(1);
  });

  test.each([
    ['https://example.webhook.office.com/webhookb2/old-secret', 'Office 365 connector'],
    ['https://outlook.office.com/webhook/old-secret', 'Office 365 connector'],
    ['not an old-secret address', 'https://'],
  ])(
    'channel-05: keep the operator from starting with %s, and say why without repeating it',
    (address, why) => {
      const read = readConfig({ QUARKUS_AUTOMATIKO_NOTIFICATIONS_TEAMS_RELEASES: address });
      const problems = read.ok ? [] : read.problems;
      expect(problems.map(({ setting }) => setting)).toEqual([
        'channels.teams.RELEASES.webhookUrl (QUARKUS_AUTOMATIKO_NOTIFICATIONS_TEAMS_RELEASES)',
      ]);
      expect(problems[0]?.problem).toContain(why);
      expect(JSON.stringify(problems)).not.toContain('old-secret');
    },
  );
});

test('H65: of channels among the settings nothing is printed but their names', () => {
  const hook = `whsec_${Buffer.alloc(24, 'hook-secret').toString('base64')}`;
  const file = JSON.stringify({
    channels: {
      slack: { ops: { botToken: 'xoxb-bot-secret', conversation: 'C0123456789' } },
      webhook: { audit: { url: 'https://audit.example.com/url-secret', secrets: [hook] } },
      defaults: { everywhere: { slack: ['ops'] } },
    },
  });
  const printed = JSON.stringify(printableConfig(configOf(old, file)));
  expect(printed).not.toMatch(/-secret|xoxb|whsec|hooks\.slack/u);
  for (const name of ['RELEASES', 'MY_TEAM', 'ops', 'audit']) expect(printed).toContain(name);
});
