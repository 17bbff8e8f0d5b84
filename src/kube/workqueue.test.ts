import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { KubeError } from './error.ts';
import { FakeClock, settle } from './fake-clock.ts';
import type { Key } from './object.ts';
import { WorkQueue } from './workqueue.ts';
import type { Again } from './workqueue.ts';

/** A queue whose reconciles end when the test says so. */
function manualQueue(concurrency = 8, backoff = { baseMs: 5, maxMs: 300_000 }) {
  const clock = new FakeClock();
  const started: { key: Key; at: number }[] = [];
  const running = new Map<Key, { resolve: (again: Again | void) => void; reject: (error: Error) => void }>();
  const overlaps: Key[] = [];
  const failures: [Key, number][] = [];
  const queue = new WorkQueue({
    name: 'test',
    concurrency,
    clock,
    backoff,
    onError: (key, _error, count) => failures.push([key, count]),
    reconcile: (key) => {
      if (running.has(key)) overlaps.push(key);
      started.push({ key, at: clock.monotonic() });
      return new Promise<Again | void>((resolve, reject) => running.set(key, { resolve, reject }));
    },
  });
  const finish = async (key: Key, how?: Again | Error): Promise<void> => {
    const run = running.get(key);
    running.delete(key);
    if (how instanceof Error) run?.reject(how);
    else run?.resolve(how);
    await settle();
  };
  return { clock, queue, started, running, overlaps, failures, finish };
}

const brokenReport = (): never => {
  throw new Error('the report failed');
};

describe('WorkQueue', () => {
  it('keeps keys that are added before it starts, in their order', async () => {
    const { queue, started } = manualQueue();
    for (const key of ['a', 'b', 'a', 'c']) queue.add(key);
    await settle();
    expect(started).toEqual([]);
    expect(queue.depth).toBe(3);
    queue.start();
    await settle();
    expect(started.map(({ key }) => key)).toEqual(['a', 'b', 'c']);
    expect(queue.depth).toBe(0);
  });

  it('lets namespaces take turns, so that a flood in one does not hold up the others', async () => {
    const { queue, started, finish } = manualQueue(1);
    for (let i = 0; i < 100; i += 1) queue.add(`crowded/${String(i)}`);
    queue.add('quiet/a');
    queue.start();
    await settle();
    await finish('crowded/0');
    expect(started.map(({ key }) => key)).toEqual(['crowded/0', 'quiet/a']);
  });

  it('runs a key once more after it was touched while running, however often', async () => {
    const { queue, started, finish } = manualQueue();
    queue.start();
    queue.add('a');
    await settle();
    for (let i = 0; i < 10; i += 1) queue.add('a');
    await settle();
    expect(started).toHaveLength(1);
    await finish('a');
    expect(started).toHaveLength(2);
    await finish('a');
    expect(started).toHaveLength(2);
  });

  it('never runs more keys at a time than it may', async () => {
    const { queue, running, finish } = manualQueue(2);
    queue.start();
    for (const key of ['a', 'b', 'c']) queue.add(key);
    await settle();
    expect([...running.keys()]).toEqual(['a', 'b']);
    await finish('b');
    expect([...running.keys()]).toEqual(['a', 'c']);
  });

  it('waits twice as long after each failure in a row, up to the limit, and forgets it after a success', async () => {
    const { queue, clock, started, failures, finish } = manualQueue(1, { baseMs: 100, maxMs: 350 });
    queue.start();
    queue.add('a');
    await settle();
    for (let i = 0; i < 4; i += 1) {
      await finish('a', new Error('no'));
      await clock.advance(350);
    }
    // Each failed at a multiple of 350 and waited 100, 200, then 350 twice.
    expect(started.map(({ at }) => at)).toEqual([0, 100, 550, 1050, 1400]);
    expect(failures).toEqual([1, 2, 3, 4].map((count) => ['a', count]));
    await finish('a');
    queue.add('a');
    await settle();
    await finish('a', new Error('no'));
    expect(failures.at(-1)).toEqual(['a', 1]);
  });

  it('waits at least as long as the API server asked for, and longer where its own backoff is longer', async () => {
    const { queue, clock, started, finish } = manualQueue();
    queue.start();
    queue.add('a');
    await settle();
    await finish('a', new KubeError('slow down', { status: 429, retryAfterMs: 3_000 }));
    await clock.advance(2_999);
    expect(started).toHaveLength(1);
    await clock.advance(1);
    expect(started).toHaveLength(2);
  });

  it('goes on where reporting a failure fails', async () => {
    const clock = new FakeClock();
    const reconcile = vi.fn<() => Promise<void>>().mockRejectedValue(new Error('no'));
    const queue = new WorkQueue({ name: 'test', concurrency: 1, reconcile, clock, onError: brokenReport });
    queue.start();
    queue.add('a');
    await clock.advance(1_000);
    expect(reconcile.mock.calls.length).toBeGreaterThan(3);
  });

  it('lets the event loop turn between batches of keys that need nothing', async () => {
    let turns = 0;
    const count = (): void => {
      turns += 1;
      if (queue.depth > 0) setImmediate(count);
    };
    const queue = new WorkQueue({ name: 'test', concurrency: 4, reconcile: async () => undefined });
    for (let i = 0; i < 400; i += 1) queue.add(`${i}`);
    queue.start();
    setImmediate(count);
    await vi.waitFor(() => expect(queue.depth).toBe(0));
    expect(turns).toBeGreaterThan(50);
  });

  describe('drain', () => {
    it('starts nothing more and resolves when what runs has ended', async () => {
      const { queue, clock, started, running, finish } = manualQueue(1);
      queue.start();
      queue.add('a');
      queue.add('b');
      queue.addAfter('c', 10);
      await settle();
      let drained = false;
      void queue.drain(60_000).then(() => (drained = true));
      await clock.advance(1_000);
      expect(drained).toBe(false);
      await finish('a', { after: 5 });
      await clock.advance(1_000);
      expect(drained).toBe(true);
      expect(started.map(({ key }) => key)).toEqual(['a']);
      expect(running.size).toBe(0);
      expect(clock.armed).toBe(0);
    });

    it('resolves after the grace where a reconcile does not end', async () => {
      const { queue, clock } = manualQueue();
      queue.start();
      queue.add('a');
      await settle();
      let drained = 0;
      void queue.drain(500).then(() => (drained = clock.monotonic()));
      await clock.advance(1_000);
      expect(drained).toBe(500);
    });

    it('can be followed by a new start, which begins empty', async () => {
      const { queue, started, finish } = manualQueue();
      queue.add('old');
      await queue.drain(0);
      queue.start();
      queue.add('new');
      await settle();
      expect(started.map(({ key }) => key)).toEqual(['new']);
      await finish('new');
    });
  });
});

type Command =
  | { readonly do: 'add'; readonly key: Key }
  | { readonly do: 'addAfter'; readonly key: Key; readonly ms: number }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'finish'; readonly key: Key; readonly how: 'done' | 'again' | 'fail' };

const keys = fc.constantFrom('a', 'b', 'c', 'd');
const commands: fc.Arbitrary<Command[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('add' as const), key: keys }) },
    fc.record({ do: fc.constant('addAfter' as const), key: keys, ms: fc.nat(100) }),
    fc.record({ do: fc.constant('wait' as const), ms: fc.nat(60) }),
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('finish' as const),
        key: keys,
        how: fc.constantFrom('done' as const, 'again' as const, 'fail' as const),
      }),
    },
  ),
  { maxLength: 40 },
);

const endings = { done: undefined, again: { after: 7 }, fail: new Error('no') };

const byKey = (a: { key: Key; at: number }, b: { key: Key; at: number }): number =>
  a.at - b.at || a.key.localeCompare(b.key);

describe('WorkQueue, whatever happens in whatever order', () => {
  it('never runs a key twice at once and never loses one', async () => {
    await fc.assert(
      fc.asyncProperty(commands, fc.integer({ min: 1, max: 3 }), async (script, concurrency) => {
        const test = manualQueue(concurrency);
        const lastAsked = new Map<Key, number>();
        test.queue.start();
        for (const step of script) {
          if (step.do === 'add') {
            lastAsked.set(step.key, test.started.length);
            test.queue.add(step.key);
          } else if (step.do === 'addAfter') {
            lastAsked.set(step.key, test.started.length);
            test.queue.addAfter(step.key, step.ms);
          } else if (step.do === 'wait') await test.clock.advance(step.ms);
          else await test.finish(step.key, endings[step.how]);
        }
        await settle();
        for (let round = 0; round < 100 && (test.running.size > 0 || test.clock.armed > 0); round += 1) {
          for (const key of test.running.keys()) await test.finish(key);
          await test.clock.advance(200);
        }
        expect(test.overlaps).toEqual([]);
        expect(test.queue.depth).toBe(0);
        for (const [key, before] of lastAsked) {
          expect(test.started.slice(before).map((run) => run.key)).toContain(key);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('runs what was asked for later at its time, the earliest of several, in the order they are due', async () => {
    const plans = fc.array(fc.record({ key: keys, ms: fc.integer({ min: 1, max: 500 }) }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(plans, async (planned) => {
        const clock = new FakeClock();
        const runs: { key: Key; at: number }[] = [];
        const reconcile = async (key: Key): Promise<void> => {
          runs.push({ key, at: clock.monotonic() });
        };
        const queue = new WorkQueue({ name: 'test', concurrency: 9, reconcile, clock });
        queue.start();
        const earliest = new Map<Key, number>();
        for (const { key, ms } of planned) {
          queue.addAfter(key, ms);
          earliest.set(key, Math.min(ms, earliest.get(key) ?? ms));
        }
        await clock.advance(1_000);
        expect(runs.map(({ at }) => at)).toEqual(runs.map(({ at }) => at).toSorted((a, b) => a - b));
        expect(runs.toSorted(byKey)).toEqual([...earliest].map(([key, at]) => ({ key, at })).toSorted(byKey));
      }),
      { numRuns: 150 },
    );
  });

  it('runs at once what is asked for in no time, and never what is asked for never', async () => {
    const { queue, clock, started } = manualQueue();
    queue.start();
    queue.addAfter('now', 0);
    queue.addAfter('past', -5);
    queue.addAfter('unclear', Number.NaN);
    queue.addAfter('never', Number.POSITIVE_INFINITY);
    await clock.advance(10);
    expect(started).toEqual(['now', 'past', 'unclear'].map((key) => ({ key, at: 0 })));
  });
});
