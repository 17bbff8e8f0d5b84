import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CuttingProxy } from '../../test/faults/cutting-proxy.ts';
import { Following, eventually, thing, things } from '../../test/faults/following.ts';
import { longestPauseMs, passTime } from '../../test/faults/passing-time.ts';
import { cut, hang, json, list, refuse } from '../../test/faults/scripted-api-server.ts';
import type { Step } from '../../test/faults/scripted-api-server.ts';
import { FakeClock } from './fake-clock.ts';
import { keyOf } from './object.ts';

let f: Following;
beforeEach(async () => {
  f = await Following.start();
});
afterEach(async () => {
  await f.stop();
});

describe.each([true, false])('Reflector, in bad times (HTTP/2 allowed: %s)', (allowHttp2) => {
  beforeEach(async () => {
    await f.connect({ allowHttp2, requestTimeoutMs: 2_000 });
  });

  it('never gives up on the first list, whatever goes wrong with it', async () => {
    f.server.script.lists.push(refuse(503, ''), cut, refuse(403, 'Forbidden'), refuse(500, 'InternalError'));
    f.server.script.lists.push(list([thing('a', 1)], '1'));
    const followed = f.follow();
    await followed.whenSynced();
    expect(f.told).toEqual(['added ns/a a-uid']);
    expect(f.restarts).toEqual(['503', 'broken', '403', '500']);
  });

  it('H55: resumes where it was after a reset, without a list', async () => {
    f.server.script.watches.push(
      f.server.events([['ADDED', thing('a', 5)]]),
      refuse(500, ''),
      refuse(503, ''),
      cut,
    );
    const followed = f.follow();
    const first = await f.watchNumber(1);
    await eventually(() => expect(followed.get('ns/a')).toBeDefined());
    first.reset();
    const next = await f.watchNumber(2);
    next.send('ADDED', thing('b', 6));
    await eventually(() => expect(followed.get('ns/b')).toBeDefined());
    expect(next.request.query.get('resourceVersion')).toBe('5');
    expect(f.server.seen('list')).toHaveLength(1);
    expect(f.told).toEqual(['added ns/a a-uid', 'added ns/b b-uid']);
  });

  it.each([
    ['in the answer', refuse(410, 'Expired')],
    ['inside the stream', undefined],
  ])('lists anew after a 410 %s and tells only what changed meanwhile', async (_where, answer) => {
    const gone = f.server.events([
      ['ERROR', { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' }],
    ]);
    const { lists, watches } = f.server.script;
    lists.push(list([thing('a', 1), thing('b', 1), thing('c', 1), thing('d', 1)], '1'));
    lists.push(list([thing('a', 1), thing('b', 8), thing('c', 7, { uid: 'c-new' }), thing('e', 6)], '9'));
    watches.push(answer ?? gone);
    const followed = f.follow();
    const watch = await f.watchNumber(answer === undefined ? 2 : 1);
    expect(watch.request.query.get('resourceVersion')).toBe('9');
    expect(f.told.slice(4).toSorted()).toEqual([
      'added ns/c c-new',
      'added ns/e e-uid',
      'deleted ns/c c-uid',
      'deleted ns/d d-uid',
      'updated ns/b b-uid',
    ]);
    expect(f.told.indexOf('deleted ns/c c-uid')).toBeLessThan(f.told.indexOf('added ns/c c-new'));
    expect(followed.all()).toHaveLength(4);
    expect(f.restarts).toEqual(['410']);
  });

  it('resumes after another error inside the stream, and lists anew where the server insists on it', async () => {
    const error = f.server.events(
      [['ERROR', { kind: 'Status', code: 500, message: 'etcd has no leader' }]],
      'stay',
    );
    for (let i = 0; i < 5; i += 1) f.server.script.watches.push(error);
    f.follow();
    await eventually(() => expect(f.server.seen('list')).toHaveLength(2));
    expect(f.server.seen('watch').length).toBeGreaterThanOrEqual(5);
    expect(f.restarts.slice(0, 5)).toEqual(Array.from({ length: 5 }, () => '500'));
  });

  it('changes nothing in the cache where a later list fails on its second page', async () => {
    const { lists, watches } = f.server.script;
    lists.push(
      list([thing('a', 1), thing('b', 1)], '1'),
      list([thing('a', 2)], '9', 'more'),
      refuse(500, ''),
    );
    for (let i = 0; i < 1_000; i += 1) lists.push(refuse(503, ''));
    watches.push(refuse(410, 'Expired'));
    const followed = f.follow();
    await eventually(() => expect(f.server.seen('list').length).toBeGreaterThan(4));
    expect(followed.all()).toEqual([thing('a', 1), thing('b', 1)]);
    expect(f.told).toEqual(['added ns/a a-uid', 'added ns/b b-uid']);
  });

  it('H55: begins a list anew where its continue token expired midway', async () => {
    const { lists } = f.server.script;
    lists.push(list([thing('old', 1)], '1', 'more'), refuse(410, 'Expired'), list([thing('a', 2)], '2'));
    const followed = f.follow();
    await followed.whenSynced();
    expect(followed.all().map(keyOf)).toEqual(['ns/a']);
    expect(f.told).toEqual(['added ns/a a-uid']);
  });

  it('H55: waits as long as the server asks for with a 429', async () => {
    const times: number[] = [];
    const timed =
      (step: Step): Step =>
      (exchange) => {
        times.push(performance.now());
        step(exchange);
      };
    const tooMany = refuse(429, 'TooManyRequests', { 'retry-after': '1' });
    f.server.script.watches.push(timed(tooMany), timed(f.server.open));
    f.follow();
    await f.watchNumber(1);
    const [refused = 0, accepted = 0] = times;
    expect(accepted - refused).toBeGreaterThan(990);
    expect(f.server.seen('list')).toHaveLength(1);
  });

  it('survives garbage in the stream', async () => {
    const followed = f.follow();
    const first = await f.watchNumber(1);
    first.send('ADDED', thing('a', 5));
    first.raw('<html>oops</html>\n');
    const next = await f.watchNumber(2);
    expect(next.request.query.get('resourceVersion')).toBe('5');
    expect(followed.all().map(keyOf)).toEqual(['ns/a']);
  });

  it('replaces a half-open connection after the inactivity limit, for every other call too', async () => {
    const proxy = await CuttingProxy.start({ host: '127.0.0.1', port: f.server.port });
    const clock = new FakeClock();
    await f.connect({ allowHttp2, requestTimeoutMs: 10 * longestPauseMs, clock }, proxy.port);
    const followed = f.follow({ clock, timings: { inactivityMs: 20 * longestPauseMs } });
    const first = await f.watchNumber(1);
    await eventually(() => expect(f.answers).toContain('watch 200'));
    proxy.abandon();
    first.send('ADDED', thing('lost', 5));
    await clock.advance(20 * longestPauseMs);
    await eventually(() => expect(f.restarts).toEqual(['Timeout']));
    await passTime(clock);
    const next = await f.watchNumber(2);
    expect(next.request.connection).not.toBe(first.request.connection);
    next.send('ADDED', thing('a', 6));
    await eventually(() => expect(followed.get('ns/a')).toBeDefined());
    f.server.script.calls.push(json(thing('a', 6)));
    await f.client.get(things, 'ns/a');
    expect(f.server.requests.at(-1)?.connection).not.toBe(first.request.connection);
    await followed.stop();
    await proxy.close();
  });

  it('leaves a dead link as soon as any other call finds it dead', async () => {
    const proxy = await CuttingProxy.start({ host: '127.0.0.1', port: f.server.port });
    await f.connect({ allowHttp2 }, proxy.port);
    const followed = f.follow();
    await f.watchNumber(1);
    await eventually(() => expect(f.answers).toContain('watch 200'));
    proxy.blackhole();
    const call = f.client.get(things, 'ns/a', { timeoutMs: 200 });
    await expect(call).rejects.toMatchObject({ status: 0, reason: 'Timeout' });
    await eventually(() => expect(f.restarts).toEqual(['Timeout']));
    proxy.abandon();
    await proxy.resume();
    await f.watchNumber(2);
    await followed.stop();
    await proxy.close();
  });

  it('keeps a watch that is alive, however slow another call is', async () => {
    const clock = new FakeClock();
    await f.connect({ allowHttp2, clock });
    const followed = f.follow({ clock });
    const watch = await f.watchNumber(1);
    await eventually(() => expect(f.answers).toContain('watch 200'));
    f.server.script.calls.push(hang);
    const call = expect(f.client.get(things, 'ns/a', { timeoutMs: 500 })).rejects.toMatchObject({
      status: 0,
      reason: 'Timeout',
    });
    await eventually(() => expect(f.server.requests.at(-1)?.path).toMatch(/ns\/things\/a$/));
    await clock.advance(100);
    watch.send('ADDED', thing('b', 5));
    await eventually(() => expect(followed.get('ns/b')).toBeDefined());
    await clock.advance(400);
    await call;
    await f.client.get(things, 'ns/a').catch(() => undefined);
    expect(f.restarts).toEqual([]);
    expect(watch.closed).toBe(false);
  });

  it('comes back within seconds after the server was away, having missed nothing', async () => {
    const proxy = await CuttingProxy.start({ host: '127.0.0.1', port: f.server.port });
    await f.connect({ allowHttp2 }, proxy.port);
    const followed = f.follow();
    await f.watchNumber(1);
    await proxy.refuse();
    await eventually(() => expect(f.restarts.length).toBeGreaterThan(5));
    f.server.script.watches.push(f.server.events([['ADDED', thing('a', 2)]]));
    await proxy.resume();
    await eventually(() => expect(followed.get('ns/a')).toBeDefined());
    expect(f.server.seen('list')).toHaveLength(1);
    await followed.stop();
    await proxy.close();
  });
});
