import { once } from 'node:events';
import { pino } from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import { thing, things } from '../../test/faults/following.ts';
import type { Thing } from '../../test/faults/following.ts';
import type { WatchQuery } from './client.ts';
import { KubeError } from './error.ts';
import { FakeClock, settle } from './fake-clock.ts';
import { keyOf } from './object.ts';
import type { LivePage } from './page.ts';
import { Reflector } from './reflector.ts';
import type { ReflectorOptions } from './reflector.ts';
import type { WatchEvent } from './watch.ts';

type Client = ReflectorOptions<Thing>['client'];
/** What a watch does: tells these events, then ends, fails, or stays. */
interface Watching {
  readonly refuse?: KubeError;
  readonly events?: WatchEvent[];
  readonly last: 'end' | 'stay' | KubeError;
}

/** An answer takes a turn of the event loop: who asks in a circle makes a test fail, not hang. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** An API server without a network, on a clock that stands still. */
class Script {
  readonly clock = new FakeClock();
  /** Lists and watches as they came: `list at 0`, `watch from 5 at 200`. */
  readonly asked: string[] = [];
  readonly told: string[] = [];
  readonly restarts: string[] = [];
  list: () => { items: Thing[]; version: string } = () => ({ items: [], version: '10' });
  watch: (count: number) => Watching = () => ({ last: 'stay' });
  #watches = 0;

  get times(): number[] {
    return this.asked.map((line) => Number(line.split(' at ')[1]));
  }

  follow(options: Partial<ReflectorOptions<Thing>> = {}): Reflector<Thing> {
    const { clock } = this;
    const log = pino({ level: 'silent' });
    const onRestart = (why: string): number => this.restarts.push(why);
    const reflector = new Reflector<Thing>({
      client: this.#client,
      type: things,
      clock,
      log,
      onRestart,
      ...options,
    });
    reflector.onChange(({ kind, object }) =>
      this.told.push(`${kind} ${keyOf(object)} ${object.metadata.uid}@${object.metadata.resourceVersion}`),
    );
    reflector.start();
    return reflector;
  }

  readonly #client: Client = {
    pages: () => this.#pages(),
    watch: (_type, query) => this.#watch(query),
  };

  async *#pages<T>(): AsyncGenerator<LivePage<T>, void> {
    await turn();
    this.asked.push(`list at ${String(this.clock.monotonic())}`);
    const { items, version } = this.list();
    // The caller claims to know what it reads, as with the real client.
    yield { items: items as unknown[] as T[], resourceVersion: version, serverTime: 0 };
  }

  async *#watch(query: WatchQuery): AsyncGenerator<WatchEvent, void, undefined> {
    await turn();
    this.asked.push(`watch from ${query.resourceVersion} at ${String(this.clock.monotonic())}`);
    this.#watches += 1;
    const { refuse, events = [], last } = this.watch(this.#watches);
    if (refuse !== undefined) throw refuse;
    query.onOpen?.();
    yield* events;
    if (last === 'stay') await once(query.signal, 'abort');
    if (last instanceof KubeError) throw last;
  }
}

const added = (object: Thing): WatchEvent => ({ type: 'ADDED', object });
const deleted = (object: Thing): WatchEvent => ({ type: 'DELETED', object });
const bookmark = (version: number): WatchEvent => ({ type: 'BOOKMARK', object: thing('', version) });
const error = (status: number, reason = '', retryAfterMs?: number): KubeError =>
  new KubeError(reason, { status, reason, retryAfterMs });
const silence = error(0, 'Timeout');

let script: Script;
beforeEach(() => {
  script = new Script();
});

describe('Feed, while the API server is away', () => {
  it.each<[string, Watching]>([
    ['nobody listens', { refuse: error(0), last: 'stay' }],
    ['answers with 503', { refuse: error(503), last: 'stay' }],
    ['answers with 429 and no time', { refuse: error(429), last: 'stay' }],
    ['says that the version is gone, whichever it is', { refuse: error(410, 'Expired'), last: 'stay' }],
    ['closes each watch at once', { last: 'end' }],
    ['closes each watch after an event', { events: [bookmark(10)], last: 'end' }],
    ['breaks each watch at once', { last: error(0) }],
    ['reports an error inside each watch', { last: error(500) }],
  ])('asks again within a second, and not in a circle, where it %s', async (_what, watching) => {
    script.watch = () => watching;
    const reflector = script.follow();
    await script.clock.advance(60_000);
    const gaps = script.times.slice(1).map((time, i) => time - (script.times[i] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(1_000);
    for (let second = 1; second < 60; second += 1) {
      const requests = script.times.filter((time) => time >= second * 1_000 && time < (second + 1) * 1_000);
      expect(requests.length).toBeGreaterThan(0);
      // Five waits of at least 0.2 s, each with a list and a watch at most.
      expect(requests.length).toBeLessThanOrEqual(10);
    }
    await reflector.stop();
  });

  it('waits as long as it is asked to, and no longer', async () => {
    script.watch = (count) =>
      count === 1 ? { refuse: error(429, '', 7_000), last: 'stay' } : { last: 'stay' };
    const reflector = script.follow();
    await script.clock.advance(60_000);
    expect(script.asked).toEqual(['list at 0', 'watch from 10 at 0', 'watch from 10 at 7000']);
    await reflector.stop();
  });

  it('asks again at once where a watch ended as it should, without a list', async () => {
    script.watch = (count) => (count === 1 ? { events: [bookmark(12)], last: 'end' } : { last: 'stay' });
    const reflector = script.follow({ timings: { shortWatchMs: 0 } });
    await script.clock.advance(1_000);
    expect(script.asked).toEqual(['list at 0', 'watch from 10 at 0', 'watch from 12 at 0']);
    await reflector.stop();
  });

  it.each<[string, Watching]>([
    ['is closed', { last: 'end' }],
    ['is silent', { last: silence }],
    ['breaks', { last: error(0) }],
    ['tells only what is long known', { events: [bookmark(9), added(thing('old', 8))], last: 'end' }],
    ['is refused', { refuse: error(500), last: 'end' }],
  ])('reads the list anew where every watch %s and none tells anything', async (_what, watching) => {
    script.watch = () => watching;
    const reflector = script.follow();
    await script.clock.advance(10_000);
    script.list = () => ({ items: [thing('a', 11)], version: '11' });
    await script.clock.advance(10_000);
    expect(script.told).toEqual(['added ns/a a-uid@11']);
    const lists = script.asked.filter((line) => line.startsWith('list')).length;
    expect(lists).toBeLessThanOrEqual(script.asked.length / 5);
    await reflector.stop();
  });

  it('does not read the list anew for being without a connection, however long', async () => {
    script.watch = () => ({ refuse: error(0), last: 'stay' });
    const reflector = script.follow();
    await script.clock.advance(600_000);
    expect(script.asked.filter((line) => line.startsWith('list'))).toEqual(['list at 0']);
    await reflector.stop();
  });

  it('does not read the list anew for watches that end after a while, each with a bookmark', async () => {
    script.watch = (count) => ({ events: [bookmark(10 + count)], last: count < 50 ? 'end' : 'stay' });
    const reflector = script.follow({ timings: { shortWatchMs: 0 } });
    for (let i = 0; i < 50; i += 1) await settle();
    expect(script.asked.filter((line) => line.startsWith('list'))).toHaveLength(1);
    expect(script.asked).toHaveLength(51);
    await reflector.stop();
  });
});

describe('Feed, and a history that repeats itself or goes back', () => {
  it('drops events that it has seen: none is told twice, and what was deleted does not come back', async () => {
    const [old, changed, fresh] = [thing('a', 11), thing('a', 12), thing('a', 14, { uid: 'new' })];
    const known = [added(old), added(changed), deleted(thing('a', 13)), added(fresh)];
    const echoes = [added(old), deleted(thing('a', 13)), added(thing('b', 9)), bookmark(3), added(fresh)];
    script.watch = (count) => ({
      events: count === 1 ? [...known, ...echoes] : [],
      last: count === 1 ? 'end' : 'stay',
    });
    const reflector = script.follow({ timings: { shortWatchMs: 0 } });
    await settle();
    expect(script.told).toEqual([
      'added ns/a a-uid@11',
      'updated ns/a a-uid@12',
      'deleted ns/a a-uid@13',
      'added ns/a new@14',
    ]);
    expect(reflector.all()).toEqual([fresh]);
    expect(script.asked.at(-1)).toBe('watch from 14 at 0');
    await reflector.stop();
  });

  it('compares versions as numbers: 9 is older than 10', async () => {
    script.list = () => ({ items: [], version: '9' });
    script.watch = () => ({ events: [added(thing('a', 10)), added(thing('a', 9))], last: 'stay' });
    const reflector = script.follow();
    await settle();
    expect(reflector.all()).toEqual([thing('a', 10)]);
    await reflector.stop();
  });

  it('reads a list again that an API server made which lags behind', async () => {
    const lists = [
      { items: [thing('a', 20)], version: '20' },
      { items: [thing('a', 15)], version: '16' },
      { items: [], version: '12' },
      { items: [thing('a', 21)], version: '21' },
    ];
    script.list = () => lists.shift() ?? { items: [], version: '99' };
    script.watch = (count) =>
      count === 1 ? { refuse: error(410, 'Expired'), last: 'end' } : { last: 'stay' };
    const reflector = script.follow();
    await script.clock.advance(5_000);
    expect(script.told).toEqual(['added ns/a a-uid@20', 'updated ns/a a-uid@21']);
    expect(script.restarts).toEqual(['410', 'Stale', 'Stale']);
    await reflector.stop();
  });

  it('believes a list from the past where it stays: the store was restored from a backup', async () => {
    let restored = false;
    const before = { items: [thing('a', 20), thing('b', 19)], version: '20' };
    script.list = () => (restored ? { items: [thing('a', 15)], version: '16' } : before);
    // Such a server accepts a watch from a version that it does not have yet, and tells nothing.
    script.watch = (count) => ({ last: count > 5 ? 'stay' : silence });
    const following = script.follow();
    await settle();
    restored = true;
    await script.clock.advance(20_000);
    expect(following.all()).toEqual([thing('a', 15)]);
    expect(script.restarts.filter((why) => why === 'Stale')).toHaveLength(5);
    expect(script.asked.at(-1)).toContain('watch from 16');
    await following.stop();
  });
});

describe('Reflector, told again', () => {
  it('tells each object once in the time given, spread evenly, as an update to itself', async () => {
    const items = Array.from({ length: 1_000 }, (_, i) => thing(`t${String(i)}`, 5));
    script.list = () => ({ items, version: '10' });
    const reflector = script.follow({ resyncMs: 100_000 });
    // What comes while objects are told again has its turn in the next round.
    await script.clock.advance(100_000);
    script.told.length = 0;
    for (let part = 1; part <= 10; part += 1) {
      await script.clock.advance(10_000);
      expect(script.told).toHaveLength(part * 100);
    }
    expect(new Set(script.told).size).toBe(1_000);
    expect(script.told[0]).toBe('updated ns/t0 t0-uid@5');
    await reflector.stop();
    await script.clock.advance(100_000);
    expect(script.told).toHaveLength(1_000);
  });

  it('tells nothing again where nobody asked for it, and nothing of what was deleted', async () => {
    script.list = () => ({ items: [thing('a', 5), thing('b', 6)], version: '10' });
    script.watch = () => ({ events: [deleted(thing('a', 11))], last: 'stay' });
    const never = script.follow();
    await script.clock.advance(1_000_000);
    expect(script.told).toHaveLength(3);
    await never.stop();
    const again = script.follow({ resyncMs: 1_000 });
    await script.clock.advance(10_000);
    expect(script.told.slice(6).every((line) => line === 'updated ns/b b-uid@6')).toBe(true);
    expect(script.told.length).toBeGreaterThan(10);
    await again.stop();
  });
});
