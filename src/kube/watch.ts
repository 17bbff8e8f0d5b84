import { tooLarge } from './answer.ts';
import type { Clock } from './clock.ts';
import type { KubeObject } from './object.ts';

/** One line of a watch: an object that changed, a mark of progress, or a Status. */
export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; readonly object: KubeObject }
  | { readonly type: 'ERROR'; readonly object: unknown };

const newline = 0x0a;
const types = new Set(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK']);

/**
 * Splits a stream into its lines, without the newline. A line may come in many pieces and a piece may hold many
 * lines; each byte is looked at once. What stands after the last newline is a line cut short and is dropped: the
 * server ends each event with one. Throws on a line of more than so many bytes before it is whole.
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes = Number.POSITIVE_INFINITY,
): AsyncGenerator<string, void, undefined> {
  let pieces: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      pieces.push(chunk.subarray(start, end));
      start = end + 1;
      const line = Buffer.concat(pieces).toString('utf8').trim();
      pieces = [];
      size = 0;
      if (line !== '') yield line;
    }
    if (start < chunk.length) pieces.push(chunk.subarray(start));
    size += chunk.length - start;
    if (size > maxBytes) throw tooLarge('an event', maxBytes);
  }
}

/** The events of a watch in the order they came. Throws on a line that is none, and on one too large to be one. */
export async function* readEvents(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes?: number,
): AsyncGenerator<WatchEvent, void, undefined> {
  for await (const line of readLines(chunks, maxBytes)) yield eventOf(line);
}

/** A watch that went on from an event without a version would begin anywhere and miss what was deleted. */
function eventOf(line: string): WatchEvent {
  const event: WatchEvent = JSON.parse(line);
  if (event.type === 'ERROR') return event;
  const version: unknown = event.object.metadata.resourceVersion;
  if (!types.has(event.type) || typeof version !== 'string' || version === '') {
    throw new TypeError('the watch sent a line that is no event');
  }
  return event;
}

/** How long nothing may come, and what to do then. */
export interface Silence {
  readonly clock: Clock;
  readonly ms: number;
  readonly onSilence: () => void;
}

/**
 * Passes a stream through and calls out when its next item does not come for too long. The time its reader takes for
 * an item does not count: a busy reader is not a silent server.
 */
export async function* guardSilence<T>(
  items: AsyncIterable<T>,
  { clock, ms, onSilence }: Silence,
): AsyncGenerator<T, void, undefined> {
  const source = items[Symbol.asyncIterator]();
  try {
    for (;;) {
      const cancel = clock.after(ms, onSilence);
      const next = await source.next().finally(cancel);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await source.return?.();
  }
}

/** Passes a stream through and tells of each piece. */
export async function* overhear<T>(
  pieces: AsyncIterable<T>,
  onPiece: () => void,
): AsyncGenerator<T, void, undefined> {
  for await (const piece of pieces) {
    onPiece();
    yield piece;
  }
}
