import { systemClock } from './clock.ts';
import type { Cancel, Clock } from './clock.ts';
import { KubeError } from './error.ts';
import { splitKey } from './object.ts';
import type { Key } from './object.ts';
import { FairQueue } from '../queue/fair.ts';

/** What a reconcile asks for: look at the same key again after so many milliseconds. */
export interface Again {
  readonly after?: number;
}

/** Waits of a failing key, in milliseconds: the first, doubled each time, up to the longest. */
export interface QueueBackoff {
  readonly baseMs: number;
  readonly maxMs: number;
}

export interface WorkQueueOptions {
  /** For logs and metrics. */
  readonly name: string;
  /** How many keys are reconciled at the same time. */
  readonly concurrency: number;
  /** Brings one object to its desired state. Throwing means: could not find out, try again later. */
  readonly reconcile: (key: Key) => Promise<Again | void>;
  readonly clock?: Clock;
  readonly backoff?: QueueBackoff;
  /** Told of every failure, with how many times in a row this key has failed. */
  readonly onError?: (key: Key, error: unknown, failures: number) => void;
}

/**
 * Pending keys with the promises of client-go's workqueue (util/workqueue/queue.go):
 *
 *  - a key waits once, however often it is added;
 *  - it is never reconciled twice at the same time; touched while running, it runs once more afterwards;
 *  - it fails on its own: its backoff holds up no other key, and a success resets it.
 *
 * Namespaces take turns, key by key; within one the order is that of coming.
 *
 *      add ──► ready ──► running ──► done
 *               ▲           │ touched meanwhile, failed, or asked for again
 *               └───────────┘
 */
export class WorkQueue {
  readonly name: string;
  readonly #options: WorkQueueOptions;
  readonly #clock: Clock;
  readonly #backoff: QueueBackoff;
  /** Keys that need a reconcile: those in `#ready`, and those touched while running. */
  readonly #dirty = new Set<Key>();
  readonly #running = new Set<Key>();
  readonly #ready = new FairQueue<Key>();
  readonly #later = new Map<Key, { due: number; cancel: Cancel }>();
  readonly #failures = new Map<Key, number>();
  #state: 'new' | 'open' | 'drained' = 'new';
  #pumping = false;
  readonly #idleWaiters = new Set<() => void>();

  constructor(options: WorkQueueOptions) {
    this.name = options.name;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#backoff = options.backoff ?? { baseMs: 5, maxMs: 300_000 };
  }

  /** How many keys wait for a reconcile; those due later are not counted. */
  get depth(): number {
    return this.#dirty.size;
  }

  /** Asks for a reconcile as soon as possible. Before `start` keys are kept, after `drain` they are ignored. */
  add(key: Key): void {
    if (this.#state === 'drained' || this.#dirty.has(key)) return;
    this.#dirty.add(key);
    if (this.#running.has(key)) return;
    this.#ready.push(partyOf(key), key);
    this.#pump();
  }

  /** Asks for a reconcile after so many milliseconds. Of several for one key the earliest wins. */
  addAfter(key: Key, ms: number): void {
    if (this.#state === 'drained' || ms === Number.POSITIVE_INFINITY) return;
    if (!(ms > 0)) {
      this.add(key);
      return;
    }
    const due = this.#clock.monotonic() + ms;
    const planned = this.#later.get(key);
    if (planned !== undefined && planned.due <= due) return;
    planned?.cancel();
    const cancel = this.#clock.after(ms, () => {
      this.#later.delete(key);
      this.add(key);
    });
    this.#later.set(key, { due, cancel });
  }

  /** Starts reconciling. A drained queue starts empty. */
  start(): void {
    this.#state = 'open';
    this.#pump();
  }

  /**
   * Starts no further key and forgets those that wait. Resolves when the running ones have ended, or after the grace
   * in milliseconds; those still running then are left alone.
   */
  async drain(graceMs: number): Promise<void> {
    this.#state = 'drained';
    for (const { cancel } of this.#later.values()) cancel();
    this.#later.clear();
    this.#ready.clear();
    this.#dirty.clear();
    this.#failures.clear();
    if (this.#running.size === 0) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        cancel();
        this.#idleWaiters.delete(done);
        resolve();
      };
      const cancel = this.#clock.after(graceMs, done);
      this.#idleWaiters.add(done);
    });
  }

  /** One turn of the event loop per batch: ten thousand keys that need nothing must not hold up a request. */
  #pump(): void {
    if (this.#pumping || this.#state !== 'open') return;
    this.#pumping = true;
    setImmediate(() => {
      this.#pumping = false;
      while (this.#state === 'open' && this.#running.size < this.#options.concurrency) {
        const key = this.#ready.shift();
        if (key === undefined) return;
        void this.#run(key);
      }
    });
  }

  async #run(key: Key): Promise<void> {
    this.#dirty.delete(key);
    this.#running.add(key);
    try {
      const again = await this.#options.reconcile(key);
      this.#failures.delete(key);
      if (again?.after !== undefined) this.addAfter(key, again.after);
    } catch (error) {
      this.#failed(key, error);
    } finally {
      this.#ended(key);
    }
  }

  #failed(key: Key, error: unknown): void {
    if (this.#state === 'drained') return;
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    const wait = Math.min(this.#backoff.baseMs * 2 ** (failures - 1), this.#backoff.maxMs);
    this.addAfter(key, Math.max(wait, retryAfter(error)));
    try {
      this.#options.onError?.(key, error, failures);
    } catch {
      // A report that fails must not end the queue, and there is nobody left to report it to.
    }
  }

  #ended(key: Key): void {
    this.#running.delete(key);
    if (this.#dirty.has(key)) this.#ready.push(partyOf(key), key);
    if (this.#running.size === 0) for (const done of this.#idleWaiters) done();
    this.#pump();
  }
}

/** Namespaces take turns: one that starts thousands of runs at once must not make those of others wait for all of them. */
function partyOf(key: Key): string {
  return splitKey(key).namespace;
}

/** What the API server asked for is a floor, never shortened by our own backoff. */
function retryAfter(error: unknown): number {
  return error instanceof KubeError ? (error.retryAfterMs ?? 0) : 0;
}
