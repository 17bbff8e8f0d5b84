import { pino } from 'pino';
import { afterEach, expect, test, vi } from 'vitest';
import type { Caches } from '../controllers/caches.ts';
import { nobodyKnown } from '../domain/directory.ts';
import type { KubeClient } from '../kube/client.ts';
import { KubeError } from '../kube/error.ts';
import { Readiness, type ReadinessOptions } from './readiness.ts';

interface Given {
  readonly answer?: Error;
  readonly synced?: boolean;
  readonly key?: string;
  readonly people?: string;
  readonly election?: string;
}

let readiness: Readiness;
afterEach(() => readiness.stop());

function begin({ answer, synced = true, key, people, election }: Given): { lines: string[] } {
  const lines: string[] = [];
  const list = async (): Promise<unknown> => {
    if (answer !== undefined) throw answer;
    return { items: [] };
  };
  const options = {
    // Only what is called.
    client: { list } as unknown as KubeClient,
    // Only what is called.
    caches: { tasks: { synced } } as unknown as Caches,
    keys: { problem: () => key },
    people: {
      current: () => (people === undefined ? nobodyKnown : undefined),
      problem: () => people,
    },
    election: () => election,
    log: pino({}, { write: (line: string) => lines.push(line) }),
  } satisfies ReadinessOptions;
  readiness = new Readiness(options);
  readiness.start();
  return { lines };
}

test('it is not ready before the API server has answered', () => {
  begin({});
  expect(readiness.problems()).toEqual(['The API server has not answered yet.']);
});

test('it is ready once everything can be read, the caches are full, keys are there and the leader is known', async () => {
  begin({});
  await vi.waitFor(() => expect(readiness.problems()).toEqual([]));
});

test.each<[string, Given, string]>([
  ['the first lists', { synced: false }, 'The first lists are still being read.'],
  [
    'the people directory',
    { people: 'it is not YAML.' },
    'Not judging answers: the people directory: it is not YAML.',
  ],
  ['keys', { key: 'the key Secret was deleted' }, 'Not signing: the key Secret was deleted.'],
  ['rights on the Lease', { election: 'leases is forbidden' }, 'Not electing a leader: leases is forbidden.'],
  [
    'the API server',
    { answer: new KubeError('reset', { status: 0 }) },
    'The API server cannot be reached: reset',
  ],
])('without %s it is not, and says so', async (_, given, sentence) => {
  begin(given);
  await vi.waitFor(() => expect(readiness.problems()).toEqual([sentence]));
});

test('what is missing is one line of the log', async () => {
  const { lines } = begin({ answer: new KubeError('reset', { status: 0 }) });
  await vi.waitFor(() => expect(lines).toHaveLength(1));
  expect(lines[0]).toContain('cannot work yet: The API server cannot be reached: reset');
});
