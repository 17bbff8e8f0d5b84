import { beforeEach, expect, test } from 'vitest';
import { FakeClock } from '../kube/fake-clock.ts';
import type { ProofState } from './policyproof.ts';
import { PolicyRounds } from './policyrounds.ts';

const period = 60_000;
let clock: FakeClock;
/** Which namespace was tried when, in seconds. */
let turns: [number, string][];
let tried: Map<string, number>;
let asked: string[];
let gone: Set<string>;
let rounds: PolicyRounds;

const proof = {
  prove: async (namespace: string): Promise<ProofState> => {
    turns.push([clock.monotonic() / 1_000, namespace]);
    tried.set(namespace, clock.monotonic());
    return Promise.resolve({ kind: 'unknown', because: 'of no matter here' });
  },
  tried: () => tried,
  keepOnly: (isKept: (namespace: string) => boolean) => {
    for (const namespace of tried.keys()) if (!isKept(namespace)) tried.delete(namespace);
  },
};

beforeEach(() => {
  clock = new FakeClock();
  turns = [];
  tried = new Map();
  asked = [];
  gone = new Set();
  rounds = new PolicyRounds({
    proof,
    clock,
    periodMs: period,
    first: 'home',
    asked: () => asked,
    isThere: (namespace) => namespace !== 'home' && !gone.has(namespace),
  });
});

const turnsOf = (namespace: string) => turns.filter(([, one]) => one === namespace).map(([at]) => at);

test('the first namespace is tried at once and every period, also where nobody is asked', async () => {
  rounds.start();
  await clock.advance(3 * period);
  expect(turns).toEqual([0, 60, 120, 180].map((at) => [at, 'home']));
});

test('where somebody is asked each namespace has one turn in a period, spread out evenly', async () => {
  asked = ['shop', 'bank', 'shop'];
  rounds.start();
  await clock.advance(2 * period);
  expect(turns).toEqual([
    [0, 'home'],
    [20, 'shop'],
    [40, 'bank'],
    [60, 'home'],
    [80, 'shop'],
    [100, 'bank'],
    [120, 'home'],
  ]);
});

test('a namespace in which somebody answered once keeps its turns, and an answer stands for one', async () => {
  rounds.start();
  await clock.advance(0);
  await proof.prove('shop');
  turns = [];
  await clock.advance(2 * period);
  expect(turnsOf('shop')).toEqual([90]);
  await proof.prove('shop');
  turns = [];
  await clock.advance(period);
  expect(turnsOf('shop')).toEqual([]);
  await clock.advance(period);
  expect(turnsOf('shop')).toEqual([210]);
});

test('a namespace that is gone has no more turns and is forgotten, also where requests of it still seem to wait', async () => {
  asked = ['shop'];
  rounds.start();
  await clock.advance(period);
  expect(turnsOf('shop')).not.toEqual([]);
  gone.add('shop');
  turns = [];
  await clock.advance(2 * period);
  expect(turnsOf('shop')).toEqual([]);
  expect([...tried.keys()]).toEqual(['home']);
});

test('a thousand namespaces are no more calls than a hundred: each comes to its turn later', async () => {
  asked = Array.from({ length: 999 }, (_, at) => `team-${String(at)}`);
  rounds.start();
  await clock.advance(period - 1);
  expect(turns).toHaveLength(100);
  await clock.advance(9 * period);
  expect(turns).toHaveLength(1_000);
  expect(new Set(turns.map(([, namespace]) => namespace)).size).toBe(1_000);
});

test('nothing is tried after a stop, and a new start begins anew', async () => {
  asked = ['shop'];
  rounds.start();
  await clock.advance(30_000);
  rounds.stop();
  await clock.advance(5 * period);
  expect(turns).toHaveLength(2);
  expect(clock.armed).toBe(0);
  asked = [];
  rounds.start();
  await clock.advance(period);
  expect(turns.slice(2)).toEqual([
    [330, 'home'],
    [390, 'home'],
  ]);
});

test('two starts are one round', async () => {
  asked = ['shop', 'bank'];
  rounds.start();
  rounds.start();
  await clock.advance(period);
  expect(turns.filter(([at]) => at > 0)).toEqual([
    [20, 'shop'],
    [40, 'bank'],
    [60, 'home'],
  ]);
});
