import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { things } from '../../test/faults/following.ts';
import type { Thing } from '../../test/faults/following.ts';
import { longestPauseMs, passTime } from '../../test/faults/passing-time.ts';
import { ScriptedApiServer } from '../../test/faults/scripted-api-server.ts';
import { UnreliableServer, everyFailure } from '../../test/faults/unreliable-server.ts';
import { Witness } from '../../test/faults/witness.ts';
import { diceOf, sized, throwDice } from '../../test/tier.ts';
import type { Dice } from '../../test/tier.ts';
import { KubeClient } from './client.ts';
import { FakeClock, settle } from './fake-clock.ts';
import { keyOf } from './object.ts';
import { Reflector } from './reflector.ts';

const scripts = sized({ short: 150, long: 3_000 });
const seeds = throwDice('reflector model');
/** What befell in all scripts over both protocols. */
const befell = new Set<string>();
/** Time stands still while a request is under way: these only ever pass where nobody will answer. */
const requestTimeoutMs = 10 * longestPauseMs;
const inactivityMs = 2 * requestTimeoutMs;

const indexes = {
  third: ({ value = 0 }: Thing): string[] => [String(value % 3)],
  uid: ({ metadata }: Thing): string[] => [metadata.uid],
};
const isKept = ({ value = 0 }: Thing): boolean => value % 5 !== 0;
const keepSome = (raw: Thing): Thing | undefined => (isKept(raw) ? raw : undefined);
const sorted = (objects: Thing[]): Thing[] => objects.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));

/** A reflector in front of a server that fails, and what its handler was told. */
class Play {
  readonly server: UnreliableServer;
  readonly witness = new Witness<Thing>();
  readonly reflector: Reflector<Thing>;
  readonly #dice: Dice;
  readonly #clock: FakeClock;
  readonly #namespaces: (string | undefined)[];
  readonly #keepsAll: boolean;

  constructor({
    dice,
    clock,
    ...on
  }: {
    dice: Dice;
    clock: FakeClock;
    api: ScriptedApiServer;
    client: KubeClient;
  }) {
    this.#dice = dice;
    this.#clock = clock;
    this.server = new UnreliableServer(on.api, dice);
    this.#namespaces = dice.pick([[undefined], ['one', 'two']]);
    this.#keepsAll = dice.pick([true, false]);
    this.reflector = new Reflector<Thing>({
      client: on.client,
      type: things,
      ...(this.#namespaces[0] && { namespaces: ['one', 'two'] }),
      clock,
      log: pino({ level: 'silent' }),
      indexes,
      timings: { inactivityMs },
      ...(this.#keepsAll ? {} : { keep: keepSome }),
    });
    this.reflector.onChange(this.witness.hear);
  }

  /** What the cache should hold. */
  get expected(): Thing[] {
    return sorted(this.server.store.objects.filter((object) => this.#keepsAll || isKept(object)));
  }

  /** What the indexes find for every value that an object may have. */
  get indexed(): Record<string, Thing[]> {
    const { reflector } = this;
    const uids = this.expected.map(({ metadata }) => ['uid', metadata.uid] as const);
    const all = [...uids, ...['0', '1', '2'].map((third) => ['third', third] as const)];
    return Object.fromEntries(all.map(([index, value]) => [value, sorted(reflector.byIndex(index, value))]));
  }

  /** The same, computed from what the server has. */
  get indexedAnew(): Record<string, Thing[]> {
    const found: Record<string, Thing[]> = { 0: [], 1: [], 2: [] };
    for (const object of this.expected) {
      for (const value of [...indexes.third(object), ...indexes.uid(object)])
        (found[value] ??= []).push(object);
    }
    return found;
  }

  /** Objects come and go and everything fails; afterwards the server only serves. */
  async run(): Promise<void> {
    const dice = this.#dice;
    this.#change();
    this.server.failing = dice.pick([0.05, 0.3, 0.6]);
    this.reflector.start();
    for (let step = dice.below(60); step >= 0; step -= 1) {
      const roll = dice.next();
      if (roll < 0.6) this.#change();
      else if (roll < 0.85) this.server.mishap();
      else await passTime(this.#clock, this.server.leavesWaiting);
      for (let turns = dice.below(4); turns > 0; turns -= 1) await settle();
      this.#look();
    }
    this.server.failing = 0;
    // Whoever hears nothing of these does not follow any more.
    for (const namespace of ['one', 'two']) this.server.store.put(namespace, 'last', 1);
  }

  /** Waits until the cache is what the server has. */
  async settled(): Promise<void> {
    const end = performance.now() + 20_000;
    while (!this.#isEqual()) {
      if (performance.now() > end) return;
      this.server.flush();
      await passTime(this.#clock, this.server.leavesWaiting);
      this.#look();
    }
    await settle();
  }

  #isEqual(): boolean {
    const { reflector, expected } = this;
    if (!reflector.synced) return false;
    return JSON.stringify(sorted(reflector.all())) === JSON.stringify(expected);
  }

  #look(): void {
    if (this.reflector.synced && !this.#namespaces.every((namespace) => this.server.listed.has(namespace))) {
      this.witness.complaints.push('synced before a whole list');
    }
  }

  #change(): void {
    const { store } = this.server;
    const dice = this.#dice;
    const [namespace, name] = [dice.pick(['one', 'two']), dice.pick(['a', 'b', 'c', 'd', 'e'])];
    const key = keyOf({ namespace, name });
    const roll = dice.next();
    if (roll < 0.15) store.remove(key);
    if (roll < 0.35 && roll >= 0.15) {
      store.remove(key);
      store.put(namespace, name, dice.below(10));
    }
    if (roll >= 0.35) store.put(namespace, name, dice.below(10));
    if (dice.next() < 0.05) store.compact();
  }
}

describe.each([
  ['2.0', true],
  ['1.1', false],
])('Reflector and a server that fails in every way, over HTTP/%s', (protocol, allowHttp2) => {
  let api: ScriptedApiServer;
  let client: KubeClient;
  const clock = new FakeClock();
  beforeAll(async () => {
    api = await ScriptedApiServer.start();
    client = KubeClient.fromKubeConfig(api.kubeConfig(), { allowHttp2, clock, requestTimeoutMs });
  });
  afterAll(async () => {
    await client.close();
    await api.close();
  });

  it(`ends with what the server has, having told a true history, after any of ${String(scripts)} scripts`, async () => {
    for (let i = 0; i < scripts; i += 1) {
      const seed = seeds.below(2 ** 31);
      const play = new Play({ dice: diceOf(seed), clock, api, client });
      await play.run();
      await play.settled();
      const { reflector, witness, expected, server } = play;
      const context = `script ${String(i)}, seed ${String(seed)}`;
      expect(witness.complaints, context).toEqual([]);
      expect(sorted(reflector.all()), context).toEqual(expected);
      expect(sorted(witness.objects), context).toEqual(expected);
      expect(play.indexed, context).toEqual(play.indexedAnew);
      await reflector.stop();
      for (const what of server.befell) befell.add(what);
    }
    expect(api.protocols).toEqual([protocol]);
  }, 600_000);
});

describe('The scripts', () => {
  it('held every failure that there is', () => {
    expect([...befell].toSorted()).toEqual(everyFailure);
  });
});
