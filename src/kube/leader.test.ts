import { pino } from 'pino';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { LeaseServer } from '../../test/faults/lease-server.ts';
import { KubeError } from './error.ts';
import { FakeClock, settle } from './fake-clock.ts';
import { LeaderElector } from './leader.ts';

let server: LeaseServer;
let clock: FakeClock;
let told: string[];
const elector = (identity: string, options: { clock?: FakeClock } = {}): LeaderElector =>
  new LeaderElector({
    client: server,
    namespace: 'ns',
    name: 'lock',
    identity,
    clock: options.clock ?? clock,
    log: pino({ level: 'silent' }),
    onGained: () => told.push(`${identity} gained`),
    onLost: () => told.push(`${identity} lost`),
  });
const away = (): Promise<void> => Promise.reject(new KubeError('no network', { status: 0 }));
const hanging = (): Promise<void> => new Promise(() => undefined);

beforeEach(() => {
  server = new LeaseServer();
  clock = new FakeClock();
  told = [];
});

describe('LeaderElector', () => {
  it('makes the Lease where there is none, with stamps of six digits, and renews it', async () => {
    const a = elector('a');
    a.start();
    await settle();
    expect(a.isLeader).toBe(true);
    expect(server.lease?.spec).toEqual({
      holderIdentity: 'a',
      leaseDurationSeconds: 15,
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:00:00.000000Z',
      leaseTransitions: 0,
    });
    await clock.advance(60_000);
    expect(a.isLeader).toBe(true);
    expect(server.lease?.spec).toMatchObject({
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:01:00.000000Z',
    });
    expect(told).toEqual(['a gained']);
  });

  it('lets only one of two lead that start in the same instant', async () => {
    const [a, b] = [elector('a'), elector('b')];
    a.start();
    b.start();
    await clock.advance(60_000);
    expect([a.isLeader, b.isLeader]).toEqual([true, false]);
    expect(told).toEqual(['a gained']);
  });

  it('waits for the whole lease of a silent holder, as seen by itself, whatever the stamps in it say', async () => {
    server.heldBy('dead');
    if (server.lease?.spec) server.lease.spec.renewTime = '1999-01-01T00:00:00.000000Z';
    const a = elector('a');
    a.start();
    await clock.advance(14_000);
    expect(a.isLeader).toBe(false);
    await clock.advance(2_000);
    expect(a.isLeader).toBe(true);
    expect(server.lease?.spec).toMatchObject({ holderIdentity: 'a', leaseTransitions: 1 });
  });

  it('never takes the Lease from a holder whose clock is wrong but who renews', async () => {
    server.heldBy('other');
    const a = elector('a');
    a.start();
    for (let i = 0; i < 10; i += 1) {
      await clock.advance(14_000);
      server.heldBy('other');
    }
    expect(a.isLeader).toBe(false);
    expect(told).toEqual([]);
  });

  it('honours the longer lease of a holder that was started with other timings', async () => {
    server.heldBy('other', 60);
    const a = elector('a');
    a.start();
    await clock.advance(58_000);
    expect(a.isLeader).toBe(false);
    await clock.advance(4_000);
    expect(a.isLeader).toBe(true);
  });

  it('steps down before its lease can expire where it cannot renew', async () => {
    const a = elector('a');
    a.start();
    await settle();
    server.trouble = away;
    await clock.advance(9_999);
    expect(a.isLeader).toBe(true);
    await clock.advance(1);
    expect(a.isLeader).toBe(false);
    expect(told).toEqual(['a gained', 'a lost']);
  });

  it('steps down in time where a renewal hangs', async () => {
    const a = elector('a');
    a.start();
    await settle();
    server.trouble = hanging;
    await clock.advance(10_000);
    expect(a.isLeader).toBe(false);
    expect(told).toEqual(['a gained', 'a lost']);
  });

  it('counts from when a renewal was sent, not from when its answer came', async () => {
    const a = elector('a');
    a.start();
    await settle();
    server.trouble = () => new Promise((resolve) => clock.after(4_000, resolve));
    await clock.advance(6_000);
    server.trouble = away;
    await clock.advance(5_999);
    // Sent at 2 s, answered at 6 s: good until 12 s.
    expect(a.isLeader).toBe(true);
    await clock.advance(1);
    expect(a.isLeader).toBe(false);
  });

  it('is no leader after a stall of the event loop, before any timer could say so', async () => {
    const a = elector('a');
    a.start();
    await settle();
    expect(a.isLeader).toBe(true);
    clock.stall(10_000);
    expect(a.isLeader).toBe(false);
  });

  it('hands over to a waiting one within the lease, and there are never two', async () => {
    const clocks = [new FakeClock(), new FakeClock()] as const;
    const [a, b] = [elector('a', { clock: clocks[0] }), elector('b', { clock: clocks[1] })];
    a.start();
    await settle();
    b.start();
    server.trouble = async () => undefined;
    for (let ms = 0; ms < 40_000; ms += 500) {
      // From 5 s on, a is cut off: its calls hang, those of b get through.
      const cutOff = ms >= 5_000;
      server.trouble = cutOff ? away : async () => undefined;
      await clocks[0].advance(500);
      server.trouble = async () => undefined;
      await clocks[1].advance(500);
      expect(a.isLeader && b.isLeader).toBe(false);
    }
    expect(b.isLeader).toBe(true);
    expect(told).toEqual(['a gained', 'a lost', 'b gained']);
  });

  it.each<[string, () => void]>([
    ['was deleted', () => (server.lease = undefined)],
    ['was taken by another', () => server.heldBy('other')],
  ])('stops leading as soon as it sees that the Lease %s', async (_what, happens) => {
    const a = elector('a');
    a.start();
    await settle();
    happens();
    await clock.advance(2_000);
    expect(told.slice(0, 2)).toEqual(['a gained', 'a lost']);
    expect(a.isLeader).toBe(false);
  });

  it('goes on leading where somebody only labelled the Lease', async () => {
    const a = elector('a');
    a.start();
    await settle();
    if (server.lease) server.store({ ...server.lease });
    await clock.advance(60_000);
    expect(a.isLeader).toBe(true);
    expect(told).toEqual(['a gained']);
  });

  it('keeps leading where the answer to a renewal was lost but the renewal was not', async () => {
    const a = elector('a');
    a.start();
    await settle();
    if (server.lease) server.store({ ...server.lease });
    server.trouble = away;
    await clock.advance(4_000);
    server.trouble = async () => undefined;
    await clock.advance(60_000);
    expect(a.isLeader).toBe(true);
    expect(told).toEqual(['a gained']);
  });

  it('gives the Lease back when it stops, so that the next one leads at its next look', async () => {
    const [a, b] = [elector('a'), elector('b')];
    a.start();
    await settle();
    b.start();
    await settle();
    await a.stop();
    expect(server.lease?.spec?.holderIdentity).toBe('');
    expect(a.isLeader).toBe(false);
    // With the default timings: a hand-over is over within two seconds, whenever the last look was.
    await clock.advance(500);
    expect(b.isLeader).toBe(true);
    expect(told).toEqual(['a gained', 'b gained']);
  });

  it('looks less often while the API server is away than while it waits for its turn', async () => {
    const looksIn = async (ms: number): Promise<number> => {
      let looks = 0;
      const trouble = server.trouble;
      server.trouble = async () => {
        looks += 1;
        await trouble();
      };
      await clock.advance(ms);
      server.trouble = trouble;
      return looks;
    };
    server.heldBy('other');
    elector('a').start();
    await settle();
    expect(await looksIn(10_000)).toBe(20);
    server.trouble = away;
    await clock.advance(500);
    expect(await looksIn(10_000)).toBe(5);
  });

  it('does not give back what it does not hold', async () => {
    server.heldBy('other');
    const a = elector('a');
    a.start();
    await settle();
    await a.stop();
    expect(server.lease?.spec?.holderIdentity).toBe('other');
  });

  it('survives handlers that throw', async () => {
    const onGained = vi.fn<() => void>(() => {
      throw new Error('a bug');
    });
    const options = { client: server, namespace: 'ns', name: 'lock', identity: 'a', clock };
    const a = new LeaderElector({
      ...options,
      log: pino({ level: 'silent' }),
      onGained,
      onLost: () => undefined,
    });
    a.start();
    await clock.advance(30_000);
    expect(onGained).toHaveBeenCalledOnce();
    expect(a.isLeader).toBe(true);
  });

  it('refuses timings that leave no reserve', () => {
    const options = {
      client: server,
      namespace: 'ns',
      name: 'lock',
      identity: 'a',
      log: pino({ level: 'silent' }),
    };
    const handlers = { onGained: () => undefined, onLost: () => undefined };
    expect(
      () =>
        new LeaderElector({ ...options, ...handlers, timings: { leaseMs: 10_000, renewDeadlineMs: 10_000 } }),
    ).toThrow(RangeError);
  });
});
