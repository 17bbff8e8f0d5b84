import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KubeError } from './error.ts';
import { FakeClock, settle } from './fake-clock.ts';
import type { Key } from './object.ts';
import { WorkQueue } from './workqueue.ts';

const busy = (seconds: number): KubeError =>
  new KubeError('slow down', { status: 429, retryAfterMs: seconds * 1_000 });

interface Run {
  readonly key: Key;
  readonly at: number;
}

/** A queue whose reconciles of a key fail with these errors, one after the other, and then succeed. */
function failingQueue(errors: Readonly<Record<Key, readonly Error[]>>, tookMs = 0) {
  const clock = new FakeClock();
  const runs: Run[] = [];
  const reports: { ms: number; failed: boolean }[] = [];
  const left = new Map(Object.entries(errors).map(([key, list]) => [key, [...list]]));
  const queue = new WorkQueue({
    name: 'test',
    concurrency: 2,
    clock,
    backoff: { baseMs: 20, maxMs: 30_000 },
    onReconciled: (ms, error) => reports.push({ ms, failed: error !== undefined }),
    reconcile: async (key) => {
      runs.push({ key, at: clock.monotonic() });
      await new Promise<void>((resolve) => clock.after(tookMs, resolve));
      const error = left.get(key)?.shift();
      if (error !== undefined) throw error;
    },
  });
  queue.start();
  return { clock, queue, runs, reports };
}

describe('a key that the API server asked to leave alone', () => {
  it('is not tried sooner because it is added meanwhile', async () => {
    const { clock, queue, runs } = failingQueue({ a: [busy(5)] });
    queue.add('a');
    await clock.advance(1_000);
    queue.add('a');
    queue.addAfter('a', 10);
    await clock.advance(3_990);
    expect(runs).toHaveLength(1);
    expect(queue.depth).toBe(0);
    await clock.advance(100);
    expect(runs).toEqual([
      { key: 'a', at: 0 },
      { key: 'a', at: 5_000 },
    ]);
  });

  it('is not tried sooner because it was touched while it ran', async () => {
    const { clock, queue, runs } = failingQueue({ a: [busy(5)] }, 100);
    queue.add('a');
    await clock.advance(50);
    queue.add('a');
    await clock.advance(20_000);
    expect(runs.map(({ at }) => at)).toEqual([0, 5_100]);
  });

  it('is not tried sooner because a look was planned before', async () => {
    const { clock, queue, runs } = failingQueue({ a: [busy(5)] });
    queue.addAfter('a', 1_000);
    queue.add('a');
    await clock.advance(20_000);
    expect(runs.map(({ at }) => at)).toEqual([0, 5_000]);
  });

  it('holds up no other key', async () => {
    const { clock, queue, runs } = failingQueue({ a: [busy(60)], b: [busy(60)], c: [busy(60)] });
    for (const key of ['a', 'b', 'c', 'd', 'e']) queue.add(key);
    await clock.advance(10);
    expect(runs.map(({ key }) => key)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('is tried at once when it is added after that time', async () => {
    const { clock, queue, runs } = failingQueue({ a: [busy(5)] });
    queue.add('a');
    await clock.advance(6_000);
    queue.add('a');
    await settle();
    expect(runs.map(({ at }) => at)).toEqual([0, 5_000, 6_000]);
  });

  it('is forgotten with all others when the queue is drained', async () => {
    const { clock, queue, runs } = failingQueue({ a: [busy(60)] });
    queue.add('a');
    await clock.advance(10);
    await queue.drain(0);
    queue.start();
    queue.add('a');
    await clock.advance(10);
    expect(runs).toHaveLength(2);
  });

  it('waits that long whatever else asks for it, and is never lost', async () => {
    const step = fc.record({ key: fc.constantFrom('a', 'b'), wait: fc.nat(3_000), after: fc.nat(2_000) });
    const answers = fc.array(fc.oneof(fc.constant(new Error('no')), fc.nat(4).map(busy)), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), answers, async (steps, errors) => {
        const { clock, queue, runs } = failingQueue({ a: errors }, 7);
        for (const { key, wait, after } of [{ key: 'a', wait: 0, after: 1 }, ...steps]) {
          queue.add(key);
          queue.addAfter(key, after);
          await clock.advance(wait);
        }
        await clock.advance(120_000);
        const tries = runs.filter(({ key }) => key === 'a').map(({ at }) => at);
        expect(tries.length).toBeGreaterThan(errors.length);
        for (const [index, error] of errors.entries()) {
          const asked = error instanceof KubeError ? (error.retryAfterMs ?? 0) : 0;
          expect((tries[index + 1] ?? 0) - (tries[index] ?? 0)).toBeGreaterThanOrEqual(asked);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('what a queue tells about itself', () => {
  it('is how long its oldest key has been waiting, those touched while running included', async () => {
    const { clock, queue } = failingQueue({}, 1_000);
    expect(queue.oldestMs).toBe(0);
    for (const key of ['a', 'b', 'c']) queue.add(key);
    await clock.advance(300);
    queue.add('a');
    expect(queue.oldestMs).toBe(300);
    await clock.advance(900);
    // c began at 1 000, a waited from 300 until then and runs too.
    expect({ depth: queue.depth, oldestMs: queue.oldestMs }).toEqual({ depth: 0, oldestMs: 0 });
  });

  it('is how many keys failed when they were last tried', async () => {
    const { clock, queue } = failingQueue({ a: [busy(1)], b: [busy(60)] });
    for (const key of ['a', 'b', 'c']) queue.add(key);
    await clock.advance(10);
    expect(queue.failing).toBe(2);
    await clock.advance(1_000);
    expect(queue.failing).toBe(1);
  });

  it('is how long each reconcile took and whether it failed', async () => {
    const { clock, queue, reports } = failingQueue({ a: [new Error('no')] }, 30);
    queue.add('a');
    await clock.advance(1_000);
    expect(reports).toEqual([
      { ms: 30, failed: true },
      { ms: 30, failed: false },
    ]);
  });

  it('costs no key its reconcile where the listener fails', async () => {
    const clock = new FakeClock();
    const runs: Key[] = [];
    const queue = new WorkQueue({
      name: 'test',
      concurrency: 1,
      clock,
      reconcile: async (key) => void runs.push(key),
      onReconciled: () => {
        throw new Error('the listener failed');
      },
    });
    queue.start();
    for (const key of ['a', 'b']) queue.add(key);
    await clock.advance(10);
    expect({ runs, failing: queue.failing }).toEqual({ runs: ['a', 'b'], failing: 0 });
  });
});
