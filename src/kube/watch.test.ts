import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { FakeClock, settle } from './fake-clock.ts';
import { guardSilence, readEvents, readLines } from './watch.ts';

async function* of(...chunks: Uint8Array[]): AsyncGenerator<Uint8Array, void, undefined> {
  for (const chunk of chunks) yield chunk;
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe('readLines', () => {
  it('gives the same lines however the stream is cut into pieces, also inside a character', async () => {
    const line = fc
      .string({ unit: 'grapheme' })
      .filter((text) => text.trim() === text && !text.includes('\n'));
    await fc.assert(
      fc.asyncProperty(fc.array(line), fc.array(fc.nat(200)), async (lines, cuts) => {
        const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''));
        const at = [0, ...cuts.filter((cut) => cut < bytes.length), bytes.length].toSorted((a, b) => a - b);
        const chunks = at.slice(1).map((end, i) => bytes.subarray(at[i], end));
        expect(await collect(readLines(of(...chunks)))).toEqual(lines.filter((text) => text !== ''));
      }),
    );
  });

  it('drops a last line that was cut short', async () => {
    expect(await collect(readLines(of(Buffer.from('{"a":1}\n{"b":'))))).toEqual(['{"a":1}']);
  });
});

describe('readEvents', () => {
  const bookmark = { type: 'BOOKMARK', object: { metadata: { resourceVersion: '5' } } };

  it.each([
    ['not JSON', '<html>'],
    ['no object', 'null'],
    ['a Status that no event holds', '{"kind":"Status","code":500}'],
    ['of an unknown type', '{"type":"RENAMED","object":{"metadata":{"resourceVersion":"6"}}}'],
    ['without a version to go on from', '{"type":"BOOKMARK","object":{"metadata":{}}}'],
    ['with an empty version', '{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":""}}}'],
  ])('throws on a line that is %s, after the events before it', async (_what, line) => {
    const events = readEvents(of(Buffer.from(`${JSON.stringify(bookmark)}\n${line}\n`)));
    expect((await events.next()).value).toEqual(bookmark);
    await expect(events.next()).rejects.toThrow(/JSON|Cannot read|no event/);
  });

  it('throws on an event that is too large before it is whole, and not on many small ones', async () => {
    async function* tooLong(): AsyncGenerator<Uint8Array, void, undefined> {
      yield Buffer.from(`${JSON.stringify(bookmark)}\n`.repeat(100));
      for (let i = 0; i < 20; i += 1) yield Buffer.alloc(100, 'a');
    }
    const events = readEvents(tooLong(), 1_000);
    for (let i = 0; i < 100; i += 1) expect((await events.next()).value).toEqual(bookmark);
    await expect(events.next()).rejects.toMatchObject({ reason: 'TooLarge' });
  });
});

describe('guardSilence', () => {
  it('calls out when nothing comes, and not while its reader is busy', async () => {
    const clock = new FakeClock();
    const onSilence = vi.fn<() => void>();
    const forever = new Promise<void>(() => undefined);
    async function* source(): AsyncGenerator<Uint8Array, void, undefined> {
      yield Buffer.from('a');
      await forever;
    }
    const chunks = guardSilence(source(), { clock, ms: 100, onSilence });
    await chunks.next();
    await clock.advance(1_000);
    expect(onSilence).not.toHaveBeenCalled();
    void chunks.next();
    await settle();
    await clock.advance(99);
    expect(onSilence).not.toHaveBeenCalled();
    await clock.advance(1);
    expect(onSilence).toHaveBeenCalledOnce();
  });
});
