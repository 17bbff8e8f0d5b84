import { pino } from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import type { KubeClient, Live } from './client.ts';
import { KubeError } from './error.ts';
import { FakeClock, settle } from './fake-clock.ts';
import type { KubeObject, ResourceType } from './object.ts';
import { Recorder } from './recorder.ts';
import type { RecordedEvent } from './recorder.ts';

interface EventBody extends KubeObject {
  readonly note: string;
  readonly series?: { count: number; lastObservedTime: string };
}

/** Takes events as the API server does. */
class EventServer implements Pick<KubeClient, 'create' | 'patch'> {
  readonly created: EventBody[] = [];
  readonly patched: { key: string; body: unknown }[] = [];
  /** Thrown by the next calls, one each. */
  readonly failures: Error[] = [];

  async create<T extends KubeObject>(_type: ResourceType, object: object): Promise<Live<T>> {
    return this.#take(() => this.created.push(JSON.parse(JSON.stringify(object))));
  }

  // The signature of KubeClient.patch.
  async patch<T extends KubeObject>(_type: ResourceType, key: string, body: object): Promise<Live<T>> {
    return this.#take(() => this.patched.push({ key, body }));
  }

  #take<T>(store: () => void): Live<T> {
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    store();
    const object: T = JSON.parse('{}');
    return { object, serverTime: 0 };
  }
}

const happened = (more: Partial<RecordedEvent> = {}): RecordedEvent => ({
  regarding: { apiVersion: 'v1', kind: 'Pod', namespace: 'ns', name: 'p', uid: 'u' },
  type: 'Normal',
  reason: 'Started',
  action: 'Start',
  note: 'It started.',
  ...more,
});

let server: EventServer;
let clock: FakeClock;
let recorder: Recorder;
let logged: string[];
beforeEach(() => {
  server = new EventServer();
  clock = new FakeClock();
  const options = { reportingController: 'example.com/tester', reportingInstance: 'pod-1' };
  logged = [];
  const log = pino({}, { write: (line: string) => void logged.push(line) });
  recorder = new Recorder({ client: server, clock, log, ...options });
});

describe('Recorder', () => {
  it('writes an Event with a stamp of six digits, in the namespace of its object', async () => {
    recorder.event(happened());
    await recorder.flush();
    expect(server.created).toMatchObject([
      {
        apiVersion: 'events.k8s.io/v1',
        metadata: { namespace: 'ns' },
        eventTime: '2026-01-01T00:00:00.000000Z',
        reportingController: 'example.com/tester',
        reportingInstance: 'pod-1',
        reason: 'Started',
        action: 'Start',
        type: 'Normal',
        regarding: { name: 'p', uid: 'u' },
      },
    ]);
    expect(server.created[0]?.metadata.name).toMatch(/^p\.[0-9a-f]{16}$/);
  });

  it('puts an Event about what has no namespace into default', async () => {
    recorder.event(happened({ regarding: { apiVersion: 'v1', kind: 'Node', name: 'n', uid: 'u' } }));
    await recorder.flush();
    expect(server.created[0]?.metadata.namespace).toBe('default');
  });

  it('turns repetitions into one series, written every half minute at most', async () => {
    for (let i = 0; i < 60; i += 1) {
      recorder.event(happened());
      await clock.advance(1_000);
    }
    expect(server.created).toHaveLength(1);
    expect(server.patched).toHaveLength(1);
    await recorder.flush();
    expect(server.patched.at(-1)).toEqual({
      key: `ns/${server.created[0]?.metadata.name}`,
      body: { series: { count: 60, lastObservedTime: '2026-01-01T00:00:59.000000Z' } },
    });
    expect(clock.armed).toBe(0);
  });

  it('begins a new Event where the last one was long ago', async () => {
    recorder.event(happened());
    await clock.advance(6 * 60_000);
    recorder.event(happened());
    await recorder.flush();
    expect(server.created).toHaveLength(2);
  });

  it('tells a series anew whose Event has expired at the server', async () => {
    recorder.event(happened());
    recorder.event(happened());
    await settle();
    server.failures.push(new KubeError('gone', { status: 404, reason: 'NotFound' }));
    await recorder.flush();
    expect(server.created).toHaveLength(2);
  });

  it('limits how many different Events one object gets, and not those of another', async () => {
    for (let i = 0; i < 100; i += 1) recorder.event(happened({ note: `${i}` }));
    const other = { apiVersion: 'v1', kind: 'Pod', namespace: 'ns', name: 'q', uid: 'v' };
    recorder.event(happened({ regarding: other }));
    await recorder.flush();
    expect(server.created).toHaveLength(26);
    await clock.advance(5 * 60_000);
    recorder.event(happened({ note: 'later' }));
    recorder.event(happened({ note: 'at once again' }));
    await recorder.flush();
    expect(server.created).toHaveLength(27);
  });

  it('leaves out none of those whose number the caller bounds', async () => {
    for (let i = 0; i < 100; i += 1) recorder.event(happened({ note: `${i}` }), { isBounded: true });
    await recorder.flush();
    expect(server.created).toHaveLength(100);
  });

  describe('while there is work that matters more', () => {
    let busy: boolean;
    beforeEach(() => {
      busy = true;
      const options = { reportingController: 'c', reportingInstance: 'i', isBusy: () => busy };
      recorder = new Recorder({ client: server, clock, log: pino({ level: 'silent' }), ...options });
      recorder.event(happened());
    });

    it('an Event stands back, and is written when that is done', async () => {
      await clock.advance(4_000);
      expect(server.created).toEqual([]);
      busy = false;
      await clock.advance(50);
      expect(server.created).toHaveLength(1);
    });

    it('it is written after five seconds all the same, and those that waited beside it at once', async () => {
      recorder.event(happened({ note: 'beside' }));
      await clock.advance(4_900);
      expect(server.created).toEqual([]);
      await clock.advance(100);
      expect(server.created).toHaveLength(2);
    });

    it('it waits for nothing when the process ends', async () => {
      const flushed = recorder.flush();
      await clock.advance(50);
      await flushed;
      expect(server.created).toHaveLength(1);
    });
  });

  it.each(['x'.repeat(2_000), 'ä'.repeat(700), `x${'\u{1F600}'.repeat(300)}`])(
    'cuts a long note to 1 kB between two characters',
    async (note) => {
      recorder.event(happened({ note }));
      await recorder.flush();
      const written = server.created[0]?.note ?? '';
      expect(Buffer.byteLength(written)).toBeLessThanOrEqual(1_024);
      expect(Buffer.byteLength(written)).toBeGreaterThan(1_015);
      expect(note.startsWith(written.slice(0, -3))).toBe(true);
      expect(written).not.toContain('\uFFFD');
    },
  );

  it.each([
    ['tells in the log of an Event that is refused', [], 1],
    ['loses no word over one of a namespace that is being deleted', [{ reason: 'NamespaceTerminating' }], 0],
  ])('%s', async (_, causes, lines) => {
    server.failures.push(
      new KubeError('forbidden', { status: 403, reason: 'Forbidden', details: { causes } }),
    );
    recorder.event(happened());
    await recorder.flush();
    expect(server.created).toEqual([]);
    expect(logged).toHaveLength(lines);
  });

  it('tries again where the server is busy, and gives up on an Event that is refused', async () => {
    server.failures.push(new KubeError('busy', { status: 429, retryAfterMs: 2_000 }));
    recorder.event(happened());
    await clock.advance(2_000);
    expect(server.created).toHaveLength(1);
    server.failures.push(
      new KubeError('namespace is being terminated', { status: 403, reason: 'Forbidden' }),
    );
    recorder.event(happened({ note: 'lost' }));
    recorder.event(happened({ note: 'kept' }));
    await recorder.flush();
    expect(server.created.map(({ note }) => note)).toEqual(['It started.', 'kept']);
  });

  it('never throws and never waits, whatever the server does', () => {
    const broken = new Recorder({
      client: { create: () => Promise.reject(new Error('no')), patch: () => Promise.reject(new Error('no')) },
      reportingController: 'c',
      reportingInstance: 'i',
      clock,
      log: pino({ level: 'silent' }),
    });
    for (let i = 0; i < 5_000; i += 1) {
      broken.event(happened({ regarding: { apiVersion: 'v1', kind: 'Pod', name: `${i}`, uid: `${i}` } }));
    }
    expect(clock.monotonic()).toBe(0);
  });
});
