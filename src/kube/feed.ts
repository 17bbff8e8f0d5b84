import type { Logger } from 'pino';
import { errorOfEvent, errorOfSilence } from './answer.ts';
import { Backoff } from './backoff.ts';
import type { KubeClient } from './client.ts';
import { pause } from './clock.ts';
import type { Clock } from './clock.ts';
import { KubeError, isGone } from './error.ts';
import type { KubeObject, ResourceType } from './object.ts';
import { Slice } from './slice.ts';
import { isOlder } from './version.ts';
import type { WatchEvent } from './watch.ts';

/** Settings of one list/watch loop, in milliseconds unless the name says otherwise. */
export interface FeedTimings {
  /** How long a watch may go without a whole event: two to three of the server's bookmark periods of about a minute. */
  readonly inactivityMs: number;
  /** The server is asked to end each watch after a random time between these two. */
  readonly watchMinSeconds: number;
  readonly watchMaxSeconds: number;
  /** Wait before trying again after a failure. */
  readonly backoffMinMs: number;
  readonly backoffMaxMs: number;
  /** A watch that ends before this has not really been one. */
  readonly shortWatchMs: number;
  /** How long events are handled before others get their turn. */
  readonly sliceMs: number;
}

export const defaultFeedTimings: FeedTimings = {
  inactivityMs: 150_000,
  watchMinSeconds: 300,
  watchMaxSeconds: 600,
  backoffMinMs: 200,
  backoffMaxMs: 1_000,
  shortWatchMs: 1_000,
  sliceMs: 8,
};

/**
 * Objects on a page of the list. What is not kept of a page must be gone before the next one comes: pages of 500 outlive
 * the young generation of the heap, and what they leave behind in the old one is not given back.
 */
const listPage = 100;

/** Where the objects go. None of the three may throw. */
export interface Sink<T> {
  /** What of an object is kept; undefined drops it. */
  keep(raw: KubeObject): T | undefined;
  /** These are all there are. */
  replace(items: T[]): Promise<void>;
  apply(event: Exclude<WatchEvent, { type: 'ERROR' | 'BOOKMARK' }>): void;
}

export interface FeedOptions<T> {
  readonly client: Pick<KubeClient, 'pages' | 'watch'>;
  readonly type: ResourceType;
  readonly namespace: string | undefined;
  readonly labelSelector: string | undefined;
  readonly clock: Clock;
  readonly timings: FeedTimings;
  readonly log: Logger;
  readonly sink: Sink<T>;
  readonly onRestart: (why: string) => void;
}

/**
 * So many watches in a row that were refused, or began and told nothing, and the list is read anew: an API server
 * whose store was restored from a backup accepts a version that it never made, and then has nothing to say.
 */
const fruitlessUntilRelist = 5;
/** So many lists in a row that are older than what was seen, and the past it is: a store restored from a backup. */
const staleListsUntilBelieved = 5;
/** One complaint a minute while nothing about it changes. */
const complaintEveryMs = 60_000;

/**
 * One list/watch loop. It never gives up:
 *
 *      list ──► watch ──► ended by the server ──► watch again at once, from where it was
 *       ▲         │
 *       │         ├─ silent, reset, refused ───► wait 0.2 to 1 s (Retry-After above it), resume
 *       └─ 410 ───┘                              in vain again and again: list
 *
 * It does not go back in time: an event older than what was seen is an echo and is dropped, and a list that is older,
 * from an API server that lags behind another, is read again.
 */
export class Feed<T> {
  readonly #options: FeedOptions<T>;
  readonly #backoff: Backoff;
  /** The latest resourceVersion seen; empty before the first list. */
  #seen = '';
  /** Whether a watch can begin from there; otherwise a list comes first. */
  #listed = false;
  /** Ends in a row, per kind, since a watch last got anywhere. */
  #short = 0;
  #gone = 0;
  #fruitless = 0;
  #stale = 0;
  /** Whether the API server accepted the watch of this round. */
  #opened = false;
  #complaint: { message: string; at: number } | undefined;

  constructor(options: FeedOptions<T>) {
    this.#options = options;
    this.#backoff = new Backoff({ minMs: options.timings.backoffMinMs, maxMs: options.timings.backoffMaxMs });
  }

  /** Runs until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const wait = await this.#round(signal);
      if (wait > 0) await pause(this.#options.clock, wait, signal);
    }
  }

  /** One list where needed, one watch. Returns how long to wait before the next. */
  async #round(signal: AbortSignal): Promise<number> {
    const { clock, timings } = this.#options;
    let started = clock.monotonic();
    try {
      this.#opened = false;
      if (!this.#listed) await this.#list(signal);
      started = clock.monotonic();
      await this.#watch(signal);
      return clock.monotonic() - started < timings.shortWatchMs ? this.#endedShort() : this.#endedWell();
    } catch (error) {
      if (signal.aborted) return 0;
      return this.#failed(errorOfSilence(error));
    }
  }

  /** Reads page by page and keeps only what is kept of each, but shows nothing before the last page is there. */
  async #list(signal: AbortSignal): Promise<void> {
    const { client, type, namespace, labelSelector, sink } = this.#options;
    const selected = { ...(namespace && { namespace }), ...(labelSelector && { labelSelector }) };
    const query = { ...selected, limit: listPage, signal };
    const items: T[] = [];
    let resourceVersion = '';
    for await (const page of client.pages(type, query)) {
      for (const raw of page.items) {
        const kept = sink.keep(raw);
        if (kept !== undefined) items.push(kept);
      }
      resourceVersion = page.resourceVersion;
    }
    if (isOlder(resourceVersion, this.#seen) && this.#stale < staleListsUntilBelieved) {
      this.#stale += 1;
      throw new KubeError('the list is older than what was seen before', { status: 0, reason: 'Stale' });
    }
    this.#stale = 0;
    this.#seen = resourceVersion;
    await sink.replace(items);
    this.#listed = true;
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { client, type, namespace, labelSelector, clock, timings } = this.#options;
    const { watchMinSeconds: min, watchMaxSeconds: max, inactivityMs } = timings;
    const timeoutSeconds = Math.round(min + Math.random() * (max - min));
    const slice = new Slice(clock, timings.sliceMs);
    const onOpen = (): void => void (this.#opened = true);
    const timing = { resourceVersion: this.#seen, timeoutSeconds, inactivityMs, onOpen };
    for await (const event of client.watch(type, { namespace, labelSelector, signal, ...timing })) {
      if (event.type === 'ERROR') throw errorOfEvent(event.object);
      this.#note(event);
      await slice.step();
    }
  }

  #note(event: Exclude<WatchEvent, { type: 'ERROR' }>): void {
    const version = event.object.metadata.resourceVersion;
    if (isOlder(version, this.#seen)) return;
    if (event.type !== 'BOOKMARK') this.#options.sink.apply(event);
    this.#seen = version;
    this.#opened = false;
    this.#fruitless = 0;
    this.#gotSomewhere();
  }

  #gotSomewhere(): void {
    this.#backoff.reset();
    this.#gone = 0;
    if (this.#complaint === undefined) return;
    this.#complaint = undefined;
    this.#options.log.info({ plural: this.#options.type.plural }, 'watching again');
  }

  #endedWell(): number {
    this.#short = 0;
    this.#gotSomewhere();
    this.#endedInVain(this.#opened);
    this.#options.onRestart('closed');
    return 0;
  }

  /** A server that shuts down ends a watch early, once; one that does it again and again is not asked in a circle. */
  #endedShort(): number {
    this.#short += 1;
    this.#endedInVain(this.#opened);
    this.#options.onRestart('closed');
    return this.#short > 1 ? this.#backoff.next() : 0;
  }

  #failed(error: KubeError): number {
    this.#complain(error);
    this.#options.onRestart(error.status === 0 ? error.reason || 'broken' : String(error.status));
    const asked = error.retryAfterMs ?? 0;
    if (isGone(error)) {
      this.#listed = false;
      this.#gone += 1;
      return Math.max(asked, this.#gone > 1 ? this.#backoff.next() : 0);
    }
    this.#endedInVain(this.#opened || (error.status >= 400 && error.status !== 429));
    return Math.max(asked, this.#backoff.next());
  }

  /** A watch that told nothing is no sign of anything, nor is a server out of reach; several are. */
  #endedInVain(counts: boolean): void {
    if (counts) this.#fruitless += 1;
    if (this.#fruitless < fruitlessUntilRelist) return;
    this.#listed = false;
    this.#fruitless = 0;
  }

  #complain(error: KubeError): void {
    const { clock, log, type, namespace } = this.#options;
    const now = clock.monotonic();
    const last = this.#complaint;
    if (last?.message === error.message && now - last.at < complaintEveryMs) return;
    this.#complaint = { message: error.message, at: now };
    const { status, reason } = error;
    log.warn({ plural: type.plural, namespace, status, reason }, `watch interrupted: ${error.message}`);
  }
}
