import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Following, eventually, thing, things } from '../../test/faults/following.ts';
import type { Thing } from '../../test/faults/following.ts';
import { passTime, longestPauseMs } from '../../test/faults/passing-time.ts';
import { list } from '../../test/faults/scripted-api-server.ts';
import type { Step } from '../../test/faults/scripted-api-server.ts';
import { FakeClock } from './fake-clock.ts';
import { keyOf } from './object.ts';

let f: Following;
let clock: FakeClock;
beforeEach(async () => {
  f = await Following.start();
  clock = new FakeClock();
});
afterEach(async () => {
  await f.stop();
});

const eventOf = (object: Thing): Buffer => Buffer.from(`${JSON.stringify({ type: 'ADDED', object })}\n`);
/** A list in pages of as many as are asked for. */
const pagesOf =
  (all: Thing[]): Step =>
  (exchange) => {
    const { query } = exchange.request;
    const from = Number(query.get('continue') ?? 0);
    const end = from + Number(query.get('limit'));
    list(all.slice(from, end), '9', end < all.length ? String(end) : undefined)(exchange);
  };

describe.each([
  ['2.0', true],
  ['1.1', false],
])('Reflector, over HTTP/%s', (protocol, allowHttp2) => {
  beforeEach(async () => {
    await f.connect({ allowHttp2, clock, requestTimeoutMs: 10 * longestPauseMs });
  });
  afterEach(() => {
    expect(f.server.protocols).toEqual([protocol]);
  });

  it('takes an event that broke off, wherever it was cut, for none, and gets it whole afterwards', async () => {
    const followed = f.follow({ clock });
    const odd = thing('a', 5, { uid: 'ひ😀' });
    const bytes = eventOf(odd);
    const inACharacter = bytes.indexOf(Buffer.from('😀')) + 2;
    const cuts = [1, inACharacter, bytes.length - 1];
    for (const [i, at] of cuts.entries()) {
      const watch = await f.watchNumber(i + 1);
      watch.breakOff(bytes.subarray(0, at));
      await eventually(() => expect(f.restarts).toHaveLength(i + 1));
      expect(followed.all()).toEqual([]);
      await passTime(clock);
    }
    const last = await f.watchNumber(cuts.length + 1);
    expect(last.request.query.get('resourceVersion')).toBe('1');
    last.raw(bytes.subarray(0, inACharacter));
    last.raw(bytes.subarray(inACharacter));
    await eventually(() => expect(followed.all()).toEqual([odd]));
    expect(f.told).toEqual(['added ns/a ひ😀']);
  });

  it('gives up an event that comes byte by byte and never ends, though the stream is not silent', async () => {
    const followed = f.follow({ clock, timings: { inactivityMs: 20 * longestPauseMs } });
    const dripping = await f.watchNumber(1);
    const bytes = eventOf(thing('a', 5));
    for (let i = 0; i < 40 && f.restarts.length === 0; i += 1) {
      dripping.raw(bytes.subarray(i, i + 1));
      await clock.advance(longestPauseMs);
    }
    await eventually(() => expect(f.restarts).toEqual(['Timeout']));
    await passTime(clock);
    (await f.watchNumber(2)).raw(bytes);
    await eventually(() => expect(followed.get('ns/a')).toBeDefined());
  });

  it('replaces one silent watch without harm to those that are alive beside it', async () => {
    const timings = { inactivityMs: 20 * longestPauseMs };
    const followed = f.follow({ clock, timings, namespaces: ['one', 'two'] });
    const [silent, alive] = [await f.watchNumber(1), await f.watchNumber(2)];
    const namespace = alive.request.path.split('/').at(-2) ?? '';
    for (let i = 0; i < 40 && f.restarts.length === 0; i += 1) {
      alive.send('ADDED', thing(`a${String(i)}`, 10 + i, { namespace }));
      await eventually(() => expect(followed.all()).toHaveLength(i + 1));
      await clock.advance(longestPauseMs);
    }
    expect(f.restarts).toEqual(['Timeout']);
    await passTime(clock);
    const replaced = await f.watchNumber(3);
    expect(replaced.request.path).toBe(silent.request.path);
    expect(alive.closed).toBe(false);
    alive.send('ADDED', thing('last', 100, { namespace }));
    await eventually(() => expect(followed.get(`${namespace}/last`)).toBeDefined());
    expect(f.restarts).toEqual(['Timeout']);
  });

  it('replaces all watches of a link that has been silent as a whole, not one after the other', async () => {
    const limit = 20 * longestPauseMs;
    const followed = f.follow({ clock, timings: { inactivityMs: limit }, namespaces: ['one', 'two'] });
    await f.watchNumber(1);
    const later = await f.watchNumber(2);
    await eventually(() => expect(f.answers.filter((answer) => answer === 'watch 200')).toHaveLength(2));
    await clock.advance(limit * 0.4);
    const namespace = later.request.path.split('/').at(-2) ?? '';
    later.send('ADDED', thing('a', 5, { namespace }));
    await eventually(() => expect(followed.all()).toHaveLength(1));
    await clock.advance(limit * 0.6);
    await eventually(() => expect(f.restarts.toSorted()).toEqual(['Timeout', 'broken']));
    for (const count of [3, 4]) {
      await passTime(clock);
      await f.watchNumber(count);
    }
    expect(f.server.seen('list')).toHaveLength(2);
  });

  it('goes on from the last event where bookmarks are lost', async () => {
    const followed = f.follow({ clock });
    const first = await f.watchNumber(1);
    first.send('ADDED', thing('a', 5));
    await eventually(() => expect(followed.get('ns/a')).toBeDefined());
    first.end();
    const second = await f.watchNumber(2);
    expect(second.request.query.get('resourceVersion')).toBe('5');
    expect(f.server.seen('list')).toHaveLength(1);
  });

  it('stops reading an event without end, says so, and goes on', async () => {
    const followed = f.follow({ clock });
    const endless = await f.watchNumber(1);
    const piece = Buffer.alloc(2 ** 20, 'a');
    const pouring = setInterval(() => {
      if (!endless.closed) endless.raw(piece);
    }, 1);
    await eventually(() => expect(f.restarts).toEqual(['TooLarge']));
    clearInterval(pouring);
    await passTime(clock);
    (await f.watchNumber(2)).raw(eventOf(thing('a', 5)));
    await eventually(() => expect(followed.get('ns/a')).toBeDefined());
  });

  it('reads objects in smaller pages where a page of them would fill the memory', async () => {
    const large = Array.from({ length: 20 }, (_, i) =>
      thing(`large${String(i)}`, 5, { uid: 'x'.repeat(2 ** 20) }),
    );
    f.server.fallback.list = pagesOf(large);
    const followed = f.follow({ clock });
    await followed.whenSynced();
    expect(followed.all()).toHaveLength(20);
    const limits = f.server.seen('list').map(({ query }) => Number(query.get('limit')));
    expect(limits[0]).toBeGreaterThanOrEqual(large.length);
    expect(Math.min(...limits)).toBeLessThan(16);
    expect(f.restarts).toEqual([]);
  });

  it('begins anew after an answer that comes byte by byte and never ends', async () => {
    let dripping: NodeJS.Timeout | undefined;
    f.server.script.lists.push(({ response }) => {
      response.writeHead(200);
      dripping = setInterval(() => response.write(' '), 1);
    });
    f.server.script.lists.push(list([thing('a', 5)], '5'));
    const followed = f.follow({ clock });
    await eventually(() => expect(f.server.seen('list')).toHaveLength(1));
    await passTime(clock, true);
    await eventually(() => expect(f.restarts).toEqual(['Timeout']));
    clearInterval(dripping);
    await passTime(clock);
    await followed.whenSynced();
    expect(followed.all().map(keyOf)).toEqual(['ns/a']);
  });

  it('reads 20 000 objects page by page, keeps of each only what is asked for, and lets others have their turn', async () => {
    const all = Array.from({ length: 20_000 }, (_, i) => thing(`t${String(i)}`, 5, { value: i }));
    f.server.fallback.list = pagesOf(all);
    let kept = 0;
    const keptAtRequest: number[] = [];
    const serve = f.server.fallback.list;
    f.server.fallback.list = (exchange) => {
      keptAtRequest.push(kept);
      serve(exchange);
    };
    const followed = f.follow({
      clock,
      keep: ({ metadata }) => {
        kept += 1;
        return { metadata };
      },
    });
    // Each change that is told takes a millisecond, and so many are told before others have their turn.
    let inARow = 0;
    let mostInARow = 0;
    followed.onChange(() => {
      clock.stall(1);
      inARow += 1;
      mostInARow = Math.max(mostInARow, inARow);
    });
    const turn = (): void => {
      inARow = 0;
      if (!followed.synced) setImmediate(turn);
    };
    turn();
    await followed.whenSynced();
    expect(followed.all()).toHaveLength(20_000);
    expect(followed.all()[19_999]).toEqual({ metadata: all[19_999]?.metadata });
    const page = Number(f.server.seen('list')[0]?.query.get('limit'));
    expect(page).toBeLessThanOrEqual(500);
    expect(keptAtRequest).toEqual(Array.from({ length: all.length / page }, (_, i) => i * page));
    expect(mostInARow).toBeLessThanOrEqual(10);
    expect(f.told).toHaveLength(20_000);
  });
});

describe('Reflector, over HTTP/2.0 alone', () => {
  it('keeps its watch through a GOAWAY and takes new requests elsewhere', async () => {
    await f.connect({ clock, requestTimeoutMs: 10 * longestPauseMs });
    const followed = f.follow({ clock });
    const first = await f.watchNumber(1);
    first.goAway();
    first.send('ADDED', thing('a', 5));
    await eventually(() => expect(followed.get('ns/a')).toBeDefined());
    await f.client.get(things, 'ns/a').catch(() => undefined);
    expect(f.server.requests.at(-1)?.connection).not.toBe(first.request.connection);
    first.end();
    const second = await f.watchNumber(2);
    expect(second.request.query.get('resourceVersion')).toBe('5');
    expect(second.request.connection).not.toBe(first.request.connection);
    expect(f.server.seen('list')).toHaveLength(1);
    expect(f.restarts).toEqual(['closed']);
  });
});
