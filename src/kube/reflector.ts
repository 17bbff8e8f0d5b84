import type { Logger } from 'pino';
import { Cache } from './cache.ts';
import type { Change, IndexFunction } from './cache.ts';
import type { KubeClient } from './client.ts';
import { pause, systemClock } from './clock.ts';
import type { Clock } from './clock.ts';
import { Feed, defaultFeedTimings } from './feed.ts';
import type { FeedTimings, Sink } from './feed.ts';
import { keyOf } from './object.ts';
import type { Key, KubeObject, ResourceType } from './object.ts';
import { Slice } from './slice.ts';
import { StringPool } from './stringpool.ts';

export type { Change } from './cache.ts';

export interface ReflectorOptions<T extends KubeObject> {
  readonly client: Pick<KubeClient, 'pages' | 'watch'>;
  readonly type: ResourceType;
  /** One list/watch loop for each; absent: one for the whole cluster. */
  readonly namespaces?: readonly string[] | undefined;
  readonly labelSelector?: string | undefined;
  /**
   * What is kept of an object, undefined for nothing; applied before anything is stored. name, namespace, uid and
   * resourceVersion must stay. Absent: everything is kept.
   */
  readonly keep?: (raw: KubeObject) => T | undefined;
  /**
   * In this time each object is told to the handlers once more, as an update to itself, spread evenly: whatever was
   * missed, by a bug or by a timer that slept with its machine, is then looked at again. Absent: never.
   */
  readonly resyncMs?: number;
  /** Must give the same values for the same object. */
  readonly indexes?: Record<string, IndexFunction<T>>;
  readonly clock?: Clock;
  readonly log: Logger;
  readonly timings?: Partial<FeedTimings>;
  /** Told each time a watch ended: `closed`, `Timeout`, `broken`, or the status it was refused with. */
  readonly onRestart?: (why: string) => void;
}

/** Into how many parts a resync is cut. */
const resyncParts = 100;

/**
 * A local copy of all objects of one kind that follows the API server, through failures of any length, without
 * losing or inventing an object. What it holds may be a moment behind: absence here means "look", never "gone".
 * Objects read from it are shared and must not be changed.
 */
export class Reflector<T extends KubeObject> {
  readonly #options: ReflectorOptions<T>;
  readonly #clock: Clock;
  readonly #timings: FeedTimings;
  readonly #cache: Cache<T>;
  readonly #strings = new StringPool();
  readonly #handlers: ((change: Change<T>) => void)[] = [];
  readonly #stop = new AbortController();
  readonly #sync = Promise.withResolvers<void>();
  readonly #unsynced: Set<string | undefined>;
  #runs: Promise<void>[] = [];

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#timings = { ...defaultFeedTimings, ...options.timings };
    this.#cache = new Cache(options.indexes);
    this.#unsynced = new Set(options.namespaces ?? [undefined]);
  }

  /** Calls the handler with every change from now on. A handler only notes a key; one that throws is logged. */
  onChange(handler: (change: Change<T>) => void): void {
    this.#handlers.push(handler);
  }

  /** Begins to follow. To be called once. */
  start(): void {
    const { client, type, labelSelector, log } = this.#options;
    const onRestart = this.#options.onRestart ?? ((): void => undefined);
    this.#runs = [...this.#unsynced].map((namespace) => {
      const common = { client, type, namespace, labelSelector, log, onRestart };
      const feed = new Feed<T>({
        ...common,
        clock: this.#clock,
        timings: this.#timings,
        sink: this.#sinkFor(namespace),
      });
      return feed.run(this.#stop.signal);
    });
    if (this.#options.resyncMs !== undefined) this.#runs.push(this.#resync(this.#options.resyncMs));
  }

  /** Ends all watches. No handler is called any more; what is cached can still be read. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#runs);
  }

  /** Whether everything that was there at the start has been seen, in each namespace, and told to the handlers. */
  get synced(): boolean {
    return this.#unsynced.size === 0;
  }

  /** Resolves once synced, however long the API server is away; never where it is stopped before. */
  async whenSynced(): Promise<void> {
    if (!this.synced) await this.#sync.promise;
  }

  get(key: Key): T | undefined {
    return this.#cache.get(key);
  }

  /** How many objects are kept. */
  get size(): number {
    return this.#cache.size;
  }

  all(): T[] {
    return this.#cache.all();
  }

  /** The objects that have this value in that index. Throws where there is no such index. */
  byIndex(index: string, value: string): T[] {
    return this.#cache.byIndex(index, value);
  }

  #sinkFor(namespace: string | undefined): Sink<T> {
    return {
      keep: (raw) => this.#keep(raw),
      replace: (items) => this.#replace(items, namespace),
      apply: (event) => this.#apply(event),
    };
  }

  async #replace(items: T[], namespace: string | undefined): Promise<void> {
    const slice = new Slice(this.#clock, this.#timings.sliceMs);
    for (const change of this.#cache.replace(items, namespace)) {
      this.#tell(change);
      await slice.step();
    }
    this.#unsynced.delete(namespace);
    if (this.synced) this.#sync.resolve();
  }

  #apply({ type, object }: Parameters<Sink<T>['apply']>[0]): void {
    const kept = this.#keep(object);
    const goes = type === 'DELETED' || kept === undefined;
    const changes = goes ? this.#cache.remove(keyOf(object), kept) : this.#cache.put(kept);
    for (const change of changes) this.#tell(change);
  }

  async #resync(everyMs: number): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const keys = this.#cache.keys();
      const part = Math.ceil(keys.length / resyncParts);
      for (let i = 0; i < resyncParts && !signal.aborted; i += 1) {
        await pause(this.#clock, everyMs / resyncParts, signal);
        for (const key of keys.slice(i * part, (i + 1) * part)) this.#tellAgain(key);
      }
    }
  }

  #tellAgain(key: Key): void {
    const object = this.#cache.get(key);
    if (object !== undefined) this.#tell({ kind: 'updated', object, previous: object });
  }

  /** An object that cannot be stripped or indexed is left out and named: it must not hold up all others. */
  #keep(raw: KubeObject): T | undefined {
    try {
      const kept = this.#strip(raw);
      if (kept === undefined) return undefined;
      for (const valuesOf of Object.values(this.#options.indexes ?? {})) valuesOf(kept);
      return this.#strings.share(kept);
    } catch (error) {
      this.#options.log.error({ err: error, key: keyOf(raw) }, `cannot read this ${this.#options.type.kind}`);
      return undefined;
    }
  }

  #strip(raw: KubeObject): T | undefined {
    if (this.#options.keep !== undefined) return this.#options.keep(raw);
    // Without `keep` the caller claims that T is what the server sends.
    return raw as T;
  }

  #tell(change: Change<T>): void {
    if (this.#stop.signal.aborted) return;
    for (const handler of this.#handlers) {
      try {
        handler(change);
      } catch (error) {
        this.#options.log.error({ err: error, key: keyOf(change.object) }, 'a change handler failed');
      }
    }
  }
}
