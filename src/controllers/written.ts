import type { Key, KubeObject } from '../kube/object.ts';

/**
 * Remembers our own writes until the cache has seen them. Without it a reconcile that runs before the watch has
 * delivered our last write would write the same again and be refused.
 */
export class Written<T extends KubeObject = KubeObject> {
  /** Oldest write first. */
  readonly #latest = new Map<Key, { object: T; uid: string; version: bigint; until: number }>();
  readonly #monotonic: () => number;
  readonly #forgetAfterMs: number;

  /** `forgetAfterMs` bounds how long a write is waited for: the watch may have skipped it by a relist. */
  constructor(monotonic: () => number, forgetAfterMs = 5_000) {
    this.#monotonic = monotonic;
    this.#forgetAfterMs = forgetAfterMs;
  }

  /** How many writes are remembered: those of the last seconds, never all. */
  get size(): number {
    return this.#latest.size;
  }

  note(key: Key, object: T): void {
    const now = this.#monotonic();
    this.#forgetOld(now);
    const { uid, resourceVersion } = object.metadata;
    this.#latest.delete(key);
    this.#latest.set(key, {
      object,
      uid,
      version: BigInt(resourceVersion),
      until: now + this.#forgetAfterMs,
    });
  }

  /** Milliseconds to wait at most for the cache to catch up; 0 where it has. */
  behind(key: Key, cached: KubeObject | undefined): number {
    const write = this.#latest.get(key);
    if (write === undefined) return 0;
    const left = write.until - this.#monotonic();
    const seen =
      cached !== undefined &&
      (cached.metadata.uid !== write.uid || BigInt(cached.metadata.resourceVersion) >= write.version);
    if (left > 0 && !seen) return left;
    this.#latest.delete(key);
    return 0;
  }

  /**
   * The object as we wrote it, where the cache still holds an older version of the same one; else what the cache holds.
   * Where the cache holds nothing it may have been deleted since, so nothing is concluded from the write.
   */
  freshest(key: Key, cached: T | undefined): T | undefined {
    const write = this.#latest.get(key);
    if (write === undefined || cached?.metadata.uid !== write.uid) return cached;
    const isNewer = BigInt(cached.metadata.resourceVersion) < write.version;
    return isNewer && this.#monotonic() < write.until ? write.object : cached;
  }

  /** Nobody may ever ask again after an object, so asking alone would not empty this. */
  #forgetOld(now: number): void {
    for (const [key, { until }] of this.#latest) {
      if (until > now) return;
      this.#latest.delete(key);
    }
  }
}
