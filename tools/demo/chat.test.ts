import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { afterEach, describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { readChannels } from '../../src/api/channelsdocument.ts';
import { Chats } from './chat.ts';
import { Cleanups } from './cleanup.ts';

const never = new AbortController().signal;
const cleanups = new Cleanups();
afterEach(async () => expect(await cleanups.run()).toEqual([]));

describe('the chats of the demo', () => {
  test('are channels and settings that the operator takes, each by the name that the pipeline gives', async () => {
    const chats = await Chats.open({ slack: true, teams: true }, cleanups);
    const settings = chats.settings();
    expect(readConfig(settings)).toMatchObject({ ok: true });
    const read = readChannels(load(readFileSync(settings['TEKTON_APPROVALS_CHANNELS_FILE'] ?? '', 'utf8')));
    if (!read.ok) throw new Error(read.problems.join());
    expect([...read.channels.slack.keys(), ...read.channels.teams.keys()]).toEqual(['RELEASES', 'RELEASES']);
    expect(chats.parameters()).toEqual([
      { name: 'notifyOnSlack', value: 'releases' },
      { name: 'notifyOnTeams', value: 'releases' },
    ]);
  });

  test.each([
    [{ slack: true, teams: false }, ['notifyOnSlack']],
    [{ slack: false, teams: true }, ['notifyOnTeams']],
    [{ slack: false, teams: false }, []],
  ])('are the ones that are wanted: %j', async (wanted, parameters) => {
    const chats = await Chats.open(wanted, cleanups);
    expect(chats.parameters().map(({ name }) => name)).toEqual(parameters);
    expect(chats.pages()).toHaveLength(parameters.length);
  });

  test('miss a message that does not come', async () => {
    const chats = await Chats.open({ slack: true, teams: false, patienceMs: 200 }, cleanups);
    await expect(chats.hear('deploy-1', ['Approved'], never)).rejects.toThrow(
      'waited 0.2 s for Slack to be told "Approved"',
    );
  });
});
