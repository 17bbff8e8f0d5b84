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
  /** Told of every reconcile that ended: how long it took in milliseconds and, where it failed, why. */
  readonly onReconciled?: (ms: number, error?: unknown) => void;
}

/**
 * Pending keys with the promises of client-go's workqueue (util/workqueue/queue.go):
 *
 *  - a key waits once, however often it is added;
 *  - it is never reconciled twice at the same time; touched while running, it runs once more afterwards;
 *  - it fails on its own: its backoff holds up no other key, and a success resets it.
 *
 * One promise goes further: where the API server asked to wait (Retry-After), the key is not tried sooner, also when it
 * is added meanwhile.
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
  /** Keys that need a reconcile, those in `#ready` and those touched while running, with the time of asking. Oldest first. */
  readonly #dirty = new Map<Key, number>();
  readonly #running = new Set<Key>();
  readonly #ready = new FairQueue<Key>();
  readonly #later = new Map<Key, { due: number; cancel: Cancel }>();
  readonly #failures = new Map<Key, number>();
  /** Until when the API server asked to leave a key alone. */
  readonly #askedToWait = new Map<Key, number>();
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

  /** For how many milliseconds the key that came first has been waiting; 0 where none waits. */
  get oldestMs(): number {
    const first = this.#dirty.values().next();
    return first.done === true ? 0 : this.#clock.monotonic() - first.value;
  }

  /** How many keys failed when they were last reconciled. */
  get failing(): number {
    return this.#failures.size;
  }

  /** Asks for a reconcile as soon as possible. Before `start` keys are kept, after `drain` they are ignored. */
  add(key: Key): void {
    if (this.#state === 'drained' || this.#dirty.has(key)) return;
    const wait = this.#askedToWaitFor(key);
    if (wait > 0) {
      this.addAfter(key, wait);
      return;
    }
    this.#dirty.set(key, this.#clock.monotonic());
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
    this.#askedToWait.clear();
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
    const started = this.#clock.monotonic();
    const tell = (error?: unknown): void =>
      report(() => this.#options.onReconciled?.(this.#clock.monotonic() - started, error));
    try {
      const again = await this.#options.reconcile(key);
      tell();
      this.#failures.delete(key);
      if (again?.after !== undefined) this.addAfter(key, again.after);
    } catch (error) {
      tell(error);
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
    const asked = retryAfter(error);
    if (asked > 0) this.#holdBack(key, asked);
    this.addAfter(key, Math.max(wait, asked));
    report(() => this.#options.onError?.(key, error, failures));
  }

  /** Whoever touched the key while it ran meant its next try: that one waits, too. */
  #holdBack(key: Key, ms: number): void {
    this.#askedToWait.set(key, this.#clock.monotonic() + ms);
    this.#dirty.delete(key);
  }

  /** Milliseconds for which the API server wants the key left alone; 0 or less where it does not. */
  #askedToWaitFor(key: Key): number {
    const until = this.#askedToWait.get(key);
    if (until === undefined) return 0;
    const left = until - this.#clock.monotonic();
    if (left <= 0) this.#askedToWait.delete(key);
    return left;
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

/** A report that fails must not end the queue, and there is nobody left to report it to. */
function report(tell: () => void): void {
  try {
    tell();
  } catch {
    // See above.
  }
}

/** What the API server asked for is a floor, never shortened by our own backoff. */
function retryAfter(error: unknown): number {
  return error instanceof KubeError ? (error.retryAfterMs ?? 0) : 0;
}
