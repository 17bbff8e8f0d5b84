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
  it('throws on a line that is not JSON, after the events before it', async () => {
    const events = readEvents(of(Buffer.from('{"type":"BOOKMARK","object":{}}\n<html>\n')));
    expect((await events.next()).value).toEqual({ type: 'BOOKMARK', object: {} });
    await expect(events.next()).rejects.toThrow(SyntaxError);
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
