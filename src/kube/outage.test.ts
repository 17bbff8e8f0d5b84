import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CuttingProxy } from '../../test/faults/cutting-proxy.ts';
import { thing, things } from '../../test/faults/following.ts';
import type { Thing } from '../../test/faults/following.ts';
import { longestPauseMs, passTime } from '../../test/faults/passing-time.ts';
import {
  OpenWatch,
  ScriptedApiServer,
  cut,
  hang,
  list,
  refuse,
} from '../../test/faults/scripted-api-server.ts';
import type { Step } from '../../test/faults/scripted-api-server.ts';
import { KubeClient } from './client.ts';
import { FakeClock } from './fake-clock.ts';
import { Reflector } from './reflector.ts';

const outageMs = 15_000;
const closeAtOnce: Step = (exchange) => new OpenWatch(exchange).end();
const breakAtOnce: Step = (exchange) => new OpenWatch(exchange).breakOff('{"type":"ADD');
const garbage: Step = (exchange) => new OpenWatch(exchange).raw('<html>upstream connect error</html>\n');

let api: ScriptedApiServer;
let proxy: CuttingProxy;
let client: KubeClient;
let clock: FakeClock;
let reflector: Reflector<Thing>;
/** When each request ended, on the clock of the test. */
let requests: number[];

beforeEach(async () => {
  api = await ScriptedApiServer.start();
  proxy = await CuttingProxy.start({ host: '127.0.0.1', port: api.port });
  clock = new FakeClock();
  requests = [];
});
afterEach(async () => {
  await reflector.stop();
  await client.close();
  await proxy.close();
  await api.close();
});

const timeUntil = async (what: string, isSo: () => boolean): Promise<void> => {
  const end = performance.now() + 20_000;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`waited in vain: ${what}`);
    await passTime(clock);
  }
};

describe.each([
  ['2.0', true],
  ['1.1', false],
])('An API server that is away for a while, over HTTP/%s', (protocol, allowHttp2) => {
  beforeEach(() => {
    const options = { allowHttp2, clock, requestTimeoutMs: 10 * longestPauseMs };
    const onRequest = (): number => requests.push(clock.monotonic());
    client = KubeClient.fromKubeConfig(api.kubeConfig(proxy.port), { ...options, onRequest });
    const timings = { inactivityMs: 20 * longestPauseMs };
    reflector = new Reflector<Thing>({
      client,
      type: things,
      clock,
      log: pino({ level: 'silent' }),
      timings,
    });
  });

  /** The server serves a list with one object, and watches that tell of another. */
  const serve = (): void => {
    api.fallback.list = list([thing('listed', 5)], '5');
    api.fallback.watch = (exchange) => new OpenWatch(exchange).send('ADDED', thing('told', 7));
  };

  const expectAPatientWait = (from: number): void => {
    const during = requests.filter((time) => time > from && time <= from + outageMs);
    const gaps = during.slice(1).map((time, i) => time - (during[i] ?? 0));
    // Five waits of at least 0.2 s, each with a list and a watch at most.
    const perSecond = Array.from({ length: outageMs / 1_000 }, (_, second) => {
      const start = from + second * 1_000;
      return during.filter((time) => time > start && time <= start + 1_000).length;
    });
    expect(Math.max(...perSecond)).toBeLessThanOrEqual(10);
    expect(during.length / (outageMs / 1_000)).toBeLessThanOrEqual(4);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(1_000);
    expect(api.protocols.every((spoken) => spoken === protocol)).toBe(true);
  };

  it.each<[string, Step]>([
    ['answers with 500', refuse(500, 'InternalError')],
    ['answers with 503', refuse(503, '')],
    ['answers with 429', refuse(429, 'TooManyRequests')],
    ['answers with 410', refuse(410, 'Expired')],
    ['answers with 401', refuse(401, 'Unauthorized')],
    ['answers with 403', refuse(403, 'Forbidden')],
    ['breaks every connection', cut],
    ['answers with what is no list', ({ response }) => response.end('{"kind":"Status"}')],
    ['answers with HTML', ({ response }) => response.end('<html>')],
  ])(
    'which %s to the first list is asked a few times a second, and followed within one',
    async (_what, step) => {
      api.fallback.list = step;
      reflector.start();
      await timeUntil('a while', () => clock.monotonic() >= outageMs);
      expectAPatientWait(0);
      expect(reflector.synced).toBe(false);
      serve();
      const back = clock.monotonic();
      await timeUntil('both objects', () => reflector.all().length === 2);
      expect(clock.monotonic() - back).toBeLessThanOrEqual(1_000);
      expect(reflector.synced).toBe(true);
    },
  );

  it.each<[string, Step]>([
    ['answers with 500', refuse(500, 'InternalError')],
    ['answers with 429', refuse(429, 'TooManyRequests')],
    ['breaks every connection', cut],
    ['closes each watch at once', closeAtOnce],
    ['breaks each watch in an event', breakAtOnce],
    ['answers with garbage', garbage],
  ])('which %s to watches is asked a few times a second, and followed within one', async (_what, step) => {
    serve();
    api.fallback.watch = step;
    reflector.start();
    await timeUntil('a while', () => clock.monotonic() >= outageMs);
    expectAPatientWait(0);
    expect(reflector.all()).toEqual([thing('listed', 5)]);
    serve();
    const back = clock.monotonic();
    await timeUntil('both objects', () => reflector.all().length === 2);
    expect(clock.monotonic() - back).toBeLessThanOrEqual(1_000);
  });

  it('which nobody reaches is tried a few times a second, and followed within one', async () => {
    serve();
    reflector.start();
    await timeUntil('both objects', () => reflector.all().length === 2);
    await proxy.refuse();
    const from = clock.monotonic();
    api.fallback.watch = (exchange) => new OpenWatch(exchange).send('MODIFIED', thing('told', 9));
    await timeUntil('a while', () => clock.monotonic() >= from + outageMs);
    expectAPatientWait(from);
    await proxy.resume();
    const back = clock.monotonic();
    await timeUntil('the change', () => reflector.get('ns/told')?.metadata.resourceVersion === '9');
    expect(clock.monotonic() - back).toBeLessThanOrEqual(1_000);
    expect(api.seen('list')).toHaveLength(1);
  });

  it.each([
    ['seconds', (): string => '7'],
    ['a date', (): string => new Date(Date.now() + 7_999).toUTCString()],
  ])(
    'which asks by %s to come back later is left alone so long, by lists as by watches',
    async (_how, when) => {
      const later: Step = (exchange) => refuse(429, 'TooManyRequests', { 'retry-after': when() })(exchange);
      serve();
      const following = api.fallback.watch;
      api.script.lists.push(later);
      api.script.watches.push(later, following);
      reflector.start();
      await timeUntil('both objects', () => reflector.all().length === 2);
      const [refused = 0, listed = 0, , watched = 0] = requests;
      // A date has whole seconds: of 7.999 between 6 and 8 are left.
      for (const waited of [listed - refused, watched - listed]) {
        expect(waited).toBeGreaterThanOrEqual(6_000);
        expect(waited).toBeLessThanOrEqual(9_000);
      }
      expect(requests).toHaveLength(4);
    },
  );

  it.each(['86400', new Date(Date.now() + 86_400_000).toUTCString()])(
    'which asks to come back tomorrow (%s) is asked again after a minute',
    async (retryAfter) => {
      serve();
      api.script.lists.push(refuse(503, '', { 'retry-after': retryAfter }));
      reflector.start();
      await timeUntil('both objects', () => reflector.all().length === 2);
      expect(clock.monotonic()).toBe(60_000);
    },
  );

  it('which takes each request and never answers is given up at the deadline, and not waited for twice', async () => {
    api.script.lists.push(hang, hang);
    serve();
    reflector.start();
    for (const count of [1, 2]) {
      await timeUntil('the list', () => api.seen('list').length === count);
      await passTime(clock, true);
    }
    await timeUntil('both objects', () => reflector.all().length === 2);
    expect(clock.monotonic()).toBeGreaterThanOrEqual(20 * longestPauseMs);
    expect(clock.monotonic()).toBeLessThanOrEqual(20 * longestPauseMs + 2_000);
  });
});
