import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { someClaims, keyNamed } from './fixture.ts';
import { newKeyRingData } from './keyring.ts';
import { KeySource, type KeyStore } from './keysource.ts';
import { mintLink, openLink } from './link.ts';
import { start } from '../domain/fixture.ts';

type Data = Readonly<Record<string, string>>;

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const key = (kid: string): string => keyNamed(kid).toString('base64');
const pollMs = 15_000;

/** A Secret in memory, with switches for what may go wrong. */
class FakeStore implements KeyStore {
  data: Data | undefined;
  failure: Error | undefined;
  /** What another replica creates just before us. */
  rival: Data | undefined;
  reads = 0;
  creates = 0;

  constructor(data?: Data) {
    this.data = data;
  }

  async read(): Promise<Data | undefined> {
    this.reads += 1;
    if (this.failure !== undefined) throw this.failure;
    return Promise.resolve(this.data);
  }

  async create(data: Data): Promise<'created' | 'exists'> {
    this.creates += 1;
    if (this.rival !== undefined) this.data = this.rival;
    if (this.data !== undefined) return Promise.resolve('exists');
    this.data = data;
    return Promise.resolve('created');
  }
}

const lines: string[] = [];
const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
const sources: KeySource[] = [];

function sourceOf(store: KeyStore, mayCreate = true): KeySource {
  const source = new KeySource({
    store,
    mayCreate: async () => Promise.resolve(mayCreate),
    random: randomBytes,
    pollMs,
    log,
  });
  sources.push(source);
  return source;
}

beforeEach(() => {
  vi.useFakeTimers();
  lines.length = 0;
});

afterEach(() => {
  for (const source of sources.splice(0)) source.stop();
  vi.useRealTimers();
});

const oneKey: Data = { active: base64('k1'), k1: key('k1') };

describe('the signing keys', () => {
  it('are not in force before they were read', () => {
    const source = sourceOf(new FakeStore(oneKey));
    expect(source.current()).toBeUndefined();
    expect(source.problem()).toMatch(/not been read yet/);
  });

  it('are made at the first start, and no second time', async () => {
    const store = new FakeStore();
    const source = sourceOf(store);
    await source.start();
    expect(source.problem()).toBeUndefined();
    expect(source.current()?.keys.size).toBe(1);
    await vi.advanceTimersByTimeAsync(10 * pollMs);
    expect(store.creates).toBe(1);
  });

  it('of the replica that was first are taken by the others', async () => {
    const store = new FakeStore();
    store.rival = oneKey;
    const source = sourceOf(store);
    await source.start();
    expect(source.current()?.active).toBe('k1');
    expect(source.problem()).toBeUndefined();
  });

  it('link-06: are reloaded, so that a rotation keeps old links alive and a removal kills them within 60 s', async () => {
    const store = new FakeStore(oneKey);
    const source = sourceOf(store);
    await source.start();
    const ring = source.current();
    if (ring === undefined) throw new Error('no keys');
    const old = mintLink(ring, someClaims());

    store.data = { active: base64('k2'), k1: key('k1'), k2: key('k2') };
    await vi.advanceTimersByTimeAsync(pollMs);
    const rotated = source.current();
    if (rotated === undefined) throw new Error('no keys');
    expect(rotated.active).toBe('k2');
    expect(openLink(rotated, old, start).kind).toBe('valid');

    store.data = { active: base64('k2'), k2: key('k2') };
    await vi.advanceTimersByTimeAsync(60_000);
    const removed = source.current();
    if (removed === undefined) throw new Error('no keys');
    expect(openLink(removed, old, start).kind).toBe('forged');
    expect(openLink(removed, mintLink(rotated, someClaims()), start).kind).toBe('valid');
  });

  it('are not looked for any more after the stop', async () => {
    const store = new FakeStore(oneKey);
    const source = sourceOf(store);
    await source.start();
    source.stop();
    await vi.advanceTimersByTimeAsync(10 * pollMs);
    expect(store.reads).toBe(1);
  });
});

describe('H37: without good keys', () => {
  it('H37: nothing is signed while requests wait whose links new keys would kill, and it says how to go on', async () => {
    const store = new FakeStore();
    const source = sourceOf(store, false);
    await source.start();
    expect(store.creates).toBe(0);
    expect(source.current()).toBeUndefined();
    expect(source.problem()).toMatch(/missing while requests wait: restore it/);
    store.data = oneKey;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(source.current()?.active).toBe('k1');
    expect(source.problem()).toBeUndefined();
  });

  it.each<[string, Data | undefined, RegExp]>([
    ['the Secret is deleted', undefined, /was deleted/],
    ['its only key is cut to 8 bytes', { ...oneKey, k1: base64('8 bytes!') }, /shorter than 32 bytes/],
    ['it is emptied', {}, /no entry active/],
    ['it names a key that it does not hold', { ...oneKey, active: base64('k9') }, /does not hold/],
  ])('the last good ones stay in force and the problem is told, where %s', async (_what, broken, problem) => {
    const store = new FakeStore(oneKey);
    const source = sourceOf(store);
    await source.start();
    store.data = broken;
    await vi.advanceTimersByTimeAsync(pollMs);
    expect(source.current()?.keys.get('k1')).toEqual(keyNamed('k1'));
    expect(source.problem()).toMatch(problem);
    expect(store.creates).toBe(0);
    store.data = oneKey;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(source.problem()).toBeUndefined();
  });

  it('H37: a first key of 8 bytes is never used', async () => {
    const source = sourceOf(new FakeStore({ ...oneKey, k1: base64('8 bytes!') }));
    await source.start();
    expect(source.current()).toBeUndefined();
    expect(source.problem()).toMatch(/shorter than 32 bytes/);
  });

  it('an API server that does not answer is told and asked again soon', async () => {
    const store = new FakeStore(oneKey);
    store.failure = new Error('connection refused');
    const source = sourceOf(store);
    await source.start();
    expect(source.problem()).toMatch(/cannot be read: connection refused/);
    store.failure = undefined;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(source.current()?.active).toBe('k1');
  });

  it('the same problem is logged once, and no key ever', async () => {
    const data = newKeyRingData(randomBytes);
    const store = new FakeStore(data);
    const source = sourceOf(store);
    await source.start();
    store.data = { ...data, short: base64('8 bytes!') };
    await vi.advanceTimersByTimeAsync(10 * pollMs);
    expect(lines.filter((line) => line.includes('shorter than'))).toHaveLength(1);
    for (const [kid, value] of Object.entries(data)) {
      if (kid !== 'active') expect(lines.join('')).not.toContain(value);
    }
  });
});
