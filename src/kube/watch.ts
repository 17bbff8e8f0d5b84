import type { Clock } from './clock.ts';
import type { KubeObject } from './object.ts';

/** One line of a watch: an object that changed, a mark of progress, or a Status. */
export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; readonly object: KubeObject }
  | { readonly type: 'ERROR'; readonly object: unknown };

const newline = 0x0a;

/**
 * Splits a stream into its lines, without the newline. A line may come in many pieces and a piece may hold many
 * lines; each byte is looked at once. What stands after the last newline is a line cut short and is dropped: the
 * server ends each event with one.
 */
export async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  let pieces: Uint8Array[] = [];
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      pieces.push(chunk.subarray(start, end));
      start = end + 1;
      const line = Buffer.concat(pieces).toString('utf8').trim();
      pieces = [];
      if (line !== '') yield line;
    }
    if (start < chunk.length) pieces.push(chunk.subarray(start));
  }
}

/** The events of a watch in the order they came. Throws on a line that is not JSON. */
export async function* readEvents(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<WatchEvent, void, undefined> {
  for await (const line of readLines(chunks)) {
    const event: WatchEvent = JSON.parse(line);
    yield event;
  }
}

/** How long nothing may come, and what to do then. */
export interface Silence {
  readonly clock: Clock;
  readonly ms: number;
  readonly onSilence: () => void;
  /** Called for every piece. */
  readonly onPiece?: () => void;
}

/**
 * Passes a stream through and calls out when nothing came for too long. The time its reader takes for a piece does
 * not count: a busy reader is not a silent server.
 */
export async function* guardSilence(
  chunks: AsyncIterable<Uint8Array>,
  { clock, ms, onSilence, onPiece }: Silence,
): AsyncGenerator<Uint8Array, void, undefined> {
  const source = chunks[Symbol.asyncIterator]();
  for (;;) {
    const cancel = clock.after(ms, onSilence);
    const next = await source.next().finally(cancel);
    if (next.done === true) return;
    onPiece?.();
    yield next.value;
  }
}
