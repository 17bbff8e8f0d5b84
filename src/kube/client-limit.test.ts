import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { pino } from 'pino';
import { ScriptedApiServer, json } from '../../test/faults/scripted-api-server.ts';
import type { RequestReport } from './call.ts';
import { KubeClient } from './client.ts';
import { KubeError } from './error.ts';
import { FakeClock } from './fake-clock.ts';
import { LeaderElector } from './leader.ts';
import { leaseType } from './lease.ts';
import type { ResourceType } from './object.ts';

const things: ResourceType = {
  group: 'example.com',
  version: 'v1',
  plural: 'things',
  kind: 'Thing',
  namespaced: true,
};

let server: ScriptedApiServer;
let client: KubeClient;
let clock: FakeClock;
let reports: RequestReport[];

beforeEach(async () => {
  server = await ScriptedApiServer.start();
  clock = new FakeClock();
  reports = [];
  client = KubeClient.fromKubeConfig(server.kubeConfig(), {
    clock,
    requestTimeoutMs: 3_000,
    rate: { perSecond: 1, burst: 2 },
    onRequest: (report) => reports.push(report),
  });
  for (let call = 0; call < 20; call += 1)
    server.script.calls.push(json({ metadata: { resourceVersion: '1' } }));
});
afterEach(async () => {
  await client.close();
  await server.close();
});

const get = (): Promise<unknown> => client.get(things, 'ns/a').catch((error: unknown) => error);
const answered = async (count: number): Promise<void> =>
  vi.waitFor(() => expect(reports).toHaveLength(count), { timeout: 20_000 });

describe('KubeClient with a limit of its own', () => {
  it('sends a burst at once and the rest when their turn comes', async () => {
    const all = [get(), get(), get(), get()];
    await answered(2);
    await clock.advance(999);
    expect(server.requests).toHaveLength(2);
    await clock.advance(1);
    await answered(3);
    await clock.advance(1_000);
    await Promise.all(all);
    expect(reports.map(({ waitedMs }) => waitedMs)).toEqual([0, 0, 1_000, 2_000]);
  });

  it('counts the wait within the deadline, and does not send what has missed it', async () => {
    const all = Array.from({ length: 8 }, get);
    await answered(2);
    for (let second = 0; second < 4; second += 1) {
      await clock.advance(1_000);
      await answered(second < 2 ? second + 3 : 8);
    }
    const late = (await Promise.all(all)).filter((result) => result instanceof KubeError);
    // Two at once, one after each of the first two seconds; at the third the deadline is there.
    expect(late).toHaveLength(4);
    expect(late[0]).toMatchObject({ status: 0, reason: 'Timeout' });
    expect(late[0]?.message).toBe(
      'not sent within 3000 ms for all the calls before it: get /apis/example.com/v1/namespaces/ns/things/a',
    );
    expect(server.requests).toHaveLength(4);
    expect(reports.filter(({ status }) => status === 0)).toEqual(
      Array.from({ length: 4 }, () => ({
        verb: 'get',
        resource: 'things',
        status: 0,
        ms: 0,
        waitedMs: 3_000,
      })),
    );
  });

  it('leaves the connections alone when a call was late before it was sent', async () => {
    const all = Array.from({ length: 4 }, get);
    await answered(2);
    await clock.advance(3_000);
    await Promise.all(all);
    const { connections } = server;
    await clock.advance(5_000);
    await get();
    expect(server.connections).toBe(connections);
  });

  it('lets a call on a Lease pass all those that wait', async () => {
    const all = Array.from({ length: 6 }, get);
    await answered(2);
    let leading = false;
    const elector = new LeaderElector({
      client,
      namespace: 'ns',
      name: 'lease',
      identity: 'me',
      clock,
      log: pino({ level: 'silent' }),
      onGained: () => (leading = true),
      onLost: () => (leading = false),
    });
    elector.start();
    await vi.waitFor(() => expect(leading).toBe(true), { timeout: 20_000 });
    expect(clock.monotonic()).toBe(0);
    expect(
      server.requests.map(({ method, path }) => `${method} ${path.split('/').at(-2) ?? ''}`).slice(2),
    ).toEqual(['GET leases', 'PATCH leases']);
    await clock.advance(10_000);
    await Promise.all(all);
    await Promise.all([elector.stop(), clock.advance(5_000)]);
  });

  it('opens a watch at once, however many calls wait', async () => {
    const all = Array.from({ length: 6 }, get);
    await answered(2);
    const end = new AbortController();
    const query = { resourceVersion: '1', timeoutSeconds: 300, inactivityMs: 60_000, signal: end.signal };
    const events = client.watch(things, query);
    const first = events.next().catch((error: unknown) => error);
    await vi.waitFor(() => expect(server.watches).toHaveLength(1), { timeout: 20_000 });
    expect(clock.monotonic()).toBe(0);
    end.abort();
    await clock.advance(10_000);
    await Promise.all([...all, first]);
  });

  it('names verb, kind and status of each call, and nothing of the object', async () => {
    await client.create(things, { metadata: { namespace: 'secret-ns', name: 'secret-name' } });
    await client.get(leaseType, 'secret-ns/secret-name', { urgent: true });
    await client.post('/api/v1/namespaces/secret-ns/serviceaccounts/secret-name/token', {});
    expect(reports.map(({ verb, resource, status }) => [verb, resource, status])).toEqual([
      ['create', 'things', 200],
      ['get', 'leases', 200],
      ['post', 'token', 200],
    ]);
    expect(JSON.stringify(reports)).not.toContain('secret');
  });
});
