import type { Key, KubeObject } from '../kube/object.ts';

/**
 * Remembers our own writes until the cache has seen them. Without it a reconcile that runs before the watch has
 * delivered our last write would write the same again and be refused.
 */
export class Written {
  /** Oldest write first. */
  readonly #latest = new Map<Key, { uid: string; version: bigint; until: number }>();
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

  note(key: Key, object: KubeObject): void {
    const now = this.#monotonic();
    this.#forgetOld(now);
    const { uid, resourceVersion } = object.metadata;
    this.#latest.delete(key);
    this.#latest.set(key, { uid, version: BigInt(resourceVersion), until: now + this.#forgetAfterMs });
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

  /** Nobody may ever ask again after an object, so asking alone would not empty this. */
  #forgetOld(now: number): void {
    for (const [key, { until }] of this.#latest) {
      if (until > now) return;
      this.#latest.delete(key);
    }
  }
}
