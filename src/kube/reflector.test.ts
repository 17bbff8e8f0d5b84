import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Following, eventually, thing } from '../../test/faults/following.ts';
import type { Thing } from '../../test/faults/following.ts';
import { longestPauseMs } from '../../test/faults/passing-time.ts';
import { hang, list } from '../../test/faults/scripted-api-server.ts';
import { FakeClock } from './fake-clock.ts';
import { keyOf } from './object.ts';
import type { ReflectorOptions } from './reflector.ts';

let f: Following;
beforeEach(async () => {
  f = await Following.start();
});
afterEach(async () => {
  await f.stop();
});

const keepPositive = (raw: Thing): Thing | undefined =>
  raw.value === 0 ? undefined : { metadata: raw.metadata };

const keepUnlessBad = (raw: Thing): Thing => {
  if (raw.metadata.name === 'bad') throw new Error('no such field');
  return raw;
};

describe('Reflector, in good times', () => {
  it('lists without a resourceVersion, then watches from there with bookmarks for a random while', async () => {
    f.server.script.lists.push(list([thing('a', 3)], '7', 'more'), list([thing('b', 5)], '7'));
    const followed = f.follow({ labelSelector: 'x=y' });
    await followed.whenSynced();
    const { request } = await f.watchNumber(1);
    const asked = Object.fromEntries(request.query);
    expect(asked).toMatchObject({ watch: 'true', allowWatchBookmarks: 'true', resourceVersion: '7' });
    expect(asked).toMatchObject({ labelSelector: 'x=y' });
    expect(Number(asked['timeoutSeconds'])).toBeGreaterThanOrEqual(300);
    expect(Number(asked['timeoutSeconds'])).toBeLessThanOrEqual(600);
    for (const { query } of f.server.seen('list')) {
      expect(query.get('limit')).toBe('100');
      expect(query.has('resourceVersion')).toBe(false);
    }
    expect(f.told).toEqual(['added ns/a a-uid', 'added ns/b b-uid']);
  });

  it('follows what is added, changed and deleted', async () => {
    const followed = f.follow();
    const watch = await f.watchNumber(1);
    watch.send('ADDED', thing('a', 2));
    watch.send('MODIFIED', thing('a', 3, { value: 1 }));
    await eventually(() => expect(followed.get('ns/a')?.value).toBe(1));
    watch.send('DELETED', thing('a', 4, { value: 2 }));
    await eventually(() => expect(followed.get('ns/a')).toBeUndefined());
    expect(f.told).toEqual(['added ns/a a-uid', 'updated ns/a a-uid', 'deleted ns/a a-uid']);
  });

  it('keeps what is asked for and drops the rest, also when an object stops to be of interest', async () => {
    f.server.script.lists.push(list([thing('a', 1, { value: 1 }), thing('b', 2, { value: 0 })], '2'));
    const followed = f.follow({ keep: keepPositive, indexes: { uid: (o) => [o.metadata.uid] } });
    const watch = await f.watchNumber(1);
    expect(followed.all()).toEqual([thing('a', 1)]);
    expect(followed.byIndex('uid', 'a-uid')).toEqual([thing('a', 1)]);
    watch.send('MODIFIED', thing('a', 3, { value: 0 }));
    await eventually(() => expect(followed.all()).toEqual([]));
    expect(f.told).toEqual(['added ns/a a-uid', 'deleted ns/a a-uid']);
  });

  it('watches each namespace for itself and is synced when all are', async () => {
    f.server.script.lists.push(list([thing('a', 1, { namespace: 'one' })], '1'), hang);
    const clock = new FakeClock();
    await f.connect({ requestTimeoutMs: 10 * longestPauseMs, clock });
    const timings = { inactivityMs: 20 * longestPauseMs };
    const followed = f.follow({ namespaces: ['one', 'two'], clock, timings });
    await f.watchNumber(1);
    expect(followed.synced).toBe(false);
    // The deadline of the list that is not answered, and the pause after it.
    await clock.advance(10 * longestPauseMs + 1_000);
    await followed.whenSynced();
    await f.watchNumber(2);
    expect(f.server.watches.map(({ request }) => request.path).toSorted()).toEqual([
      '/apis/example.com/v1/namespaces/one/things',
      '/apis/example.com/v1/namespaces/two/things',
    ]);
    expect(followed.all().map(keyOf)).toEqual(['one/a']);
  });

  it('goes on from the last bookmark when the server ends the watch, at once and without a list', async () => {
    f.follow({ timings: { shortWatchMs: 0, backoffMinMs: 60_000, backoffMaxMs: 60_000 } });
    const first = await f.watchNumber(1);
    first.bookmark('41');
    first.end();
    const second = await f.watchNumber(2);
    expect(second.request.query.get('resourceVersion')).toBe('41');
    expect(f.server.seen('list')).toHaveLength(1);
    expect(f.restarts).toEqual(['closed']);
  });

  it('does not run in a circle where the server ends every watch at once', async () => {
    for (let i = 0; i < 200; i += 1)
      f.server.script.watches.push(f.server.events([['BOOKMARK', thing('', 5)]], 'end'));
    f.follow({ timings: { backoffMinMs: 60_000, backoffMaxMs: 60_000 } });
    await f.watchNumber(2);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(f.server.watches).toHaveLength(2);
  });

  it('tells handlers nothing after it was stopped', async () => {
    const followed = f.follow();
    const watch = await f.watchNumber(1);
    await followed.stop();
    watch.send('ADDED', thing('a', 2));
    await eventually(() => expect(watch.closed).toBe(true));
    expect(f.told).toEqual([]);
  });

  it('tells handlers nothing after it was stopped, also in the midst of a list', async () => {
    f.server.script.lists.push(list([thing('a', 1), thing('b', 2)], '2'));
    const followed = f.follow();
    let stopped: Promise<void> | undefined;
    followed.onChange(() => {
      stopped ??= followed.stop();
    });
    await eventually(() => expect(stopped).toBeDefined());
    await stopped;
    expect(f.told).toEqual(['added ns/a a-uid']);
  });

  it('stops also while its first list is not answered', async () => {
    f.server.script.lists.push(hang);
    const followed = f.follow();
    await eventually(() => expect(f.server.seen('list')).toHaveLength(1));
    await followed.stop();
    expect(followed.synced).toBe(false);
  });
});

describe('Reflector, handlers', () => {
  it('isolates a handler that throws: the others and the next events are served', async () => {
    const followed = f.follow();
    followed.onChange(() => {
      throw new Error('a bug');
    });
    const later = vi.fn<() => void>();
    followed.onChange(later);
    const watch = await f.watchNumber(1);
    watch.send('ADDED', thing('a', 2));
    watch.send('ADDED', thing('b', 3));
    await eventually(() => expect(later).toHaveBeenCalledTimes(2));
    expect(f.restarts).toEqual([]);
  });

  it.each<[string, Partial<ReflectorOptions<Thing>>]>([
    ['stripped', { keep: keepUnlessBad }],
    ['indexed', { indexes: { name: (object) => [keepUnlessBad(object).metadata.name] } }],
  ])('leaves out an object that cannot be %s and goes on with the next', async (_what, options) => {
    f.server.script.lists.push(list([thing('bad', 1), thing('a', 2)], '2'));
    const followed = f.follow(options);
    const watch = await f.watchNumber(1);
    expect(followed.all().map(keyOf)).toEqual(['ns/a']);
    watch.send('MODIFIED', thing('bad', 3));
    watch.send('ADDED', thing('b', 4));
    await eventually(() => expect(followed.all().map(keyOf)).toEqual(['ns/a', 'ns/b']));
    expect(f.restarts).toEqual([]);
  });

  it('lets the event loop turn in a burst of events that are all there at once', async () => {
    const burst = Array.from({ length: 1_000 }, (_, i) => thing(`t${i}`, i + 2));
    const client: ReflectorOptions<Thing>['client'] = {
      pages: f.client.pages.bind(f.client),
      async *watch(_type, { signal }) {
        for (const object of burst) yield { type: 'ADDED', object };
        await once(signal, 'abort');
      },
    };
    const followed = f.follow({ client, timings: { sliceMs: 0 } });
    let turns = 0;
    const turn = (): void => {
      turns += 1;
      if (followed.all().length < burst.length) setImmediate(turn);
    };
    setImmediate(turn);
    await eventually(() => expect(followed.all()).toHaveLength(burst.length));
    expect(turns).toBeGreaterThan(burst.length / 2);
  });
});
