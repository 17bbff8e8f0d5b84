import { expect, test } from 'vitest';
import type { Channels } from '../api/channels.ts';
import { readChannels } from '../api/channelsdocument.ts';
import { taskOf } from './fixture.ts';
import { isTold, namedChannels, type NamedChannel } from './named.ts';

const webhookUrl = 'https://hooks.slack.com/services/T0/B0/x';
const whsec = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;

function channels(defaults: object): Channels {
  const read = readChannels({
    slack: {
      releases: { webhookUrl },
      ops: { webhookUrl },
      theirs: { webhookUrl, namespaces: ['bank'] },
      ours: { webhookUrl, namespaces: ['bank', 'shop'] },
    },
    teams: { releases: { webhookUrl: 'https://flow.example.com/x' } },
    webhook: { audit: { url: 'https://audit.example.com', secrets: [whsec] } },
    defaults,
  });
  if (!read.ok) throw new Error(read.problems.join());
  return read.channels;
}

const everywhere = { slack: ['ops'], webhook: ['audit'] };

test.each<[string, object, object, string[], string[]]>([
  ['the author names one', { notifyOnSlack: 'releases' }, {}, ['slack releases'], []],
  ['in another spelling', { notifyOnTeams: ' RELEASES ' }, {}, ['teams releases'], []],
  ['the author names one that is not configured', { notifyOnSlack: 'relases' }, {}, [], ['slack relases']],
  ['the author names none: those for everywhere', {}, { everywhere }, ['slack ops', 'webhook audit'], []],
  [
    'those of the namespace go before',
    {},
    { everywhere, namespaces: { shop: { slack: ['releases'] } } },
    ['slack releases', 'webhook audit'],
    [],
  ],
  [
    'the namespace wants none',
    {},
    { everywhere, namespaces: { shop: { slack: [] } } },
    ['webhook audit'],
    [],
  ],
  [
    'what the author names takes the place of the defaults, for that way alone',
    { notifyOnSlack: 'releases' },
    { everywhere },
    ['slack releases', 'webhook audit'],
    [],
  ],
  ['the author names one that is open to the namespace', { notifyOnSlack: 'ours' }, {}, ['slack ours'], []],
  [
    'editor-23: the author names one that is open to others alone',
    { notifyOnSlack: 'Theirs' },
    {},
    [],
    ['slack Theirs'],
  ],
  [
    'a default for everywhere that is open to others alone',
    {},
    { everywhere: { slack: ['theirs', 'ours'] } },
    ['slack ours'],
    [],
  ],
  ['named twice it is told once', {}, { everywhere: { slack: ['ops', 'OPS'] } }, ['slack ops'], []],
])('%s', (...[, spec, defaults, configured, missing]) => {
  const found = namedChannels(taskOf(spec), channels(defaults));
  const names = (list: readonly Pick<NamedChannel, 'channel' | 'name'>[]): string[] =>
    list.map(({ channel, name }) => `${channel} ${name.trim()}`);
  expect(names(found.configured)).toEqual(configured);
  expect(names(found.missing)).toEqual(missing);
});

test.each([
  ['mail', undefined, 'responded', false],
  ['webhook', undefined, 'responded', true],
  ['webhook', undefined, 'reminder', false],
  ['slack', undefined, 'reminder', true],
  ['slack', ['decided'], 'requested', false],
  ['slack', ['decided'], 'decided', true],
  ['teams', ['requested'], 'secondStepRequested', true],
] as const)('%s with the kinds %j is told of %s: %j', (...[channel, kinds, kind, told]) => {
  expect(isTold({ channel, kinds }, kind)).toBe(told);
});
