/** Waits in milliseconds; `random` returns 0 to 1. */
export interface BackoffOptions {
  readonly minMs: number;
  readonly maxMs: number;
  readonly random?: () => number;
}

/** Growing waits with a random part, so that replicas which lost one server do not all return in the same instant. */
export class Backoff {
  readonly #options: BackoffOptions;
  #step = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** The next wait in milliseconds: at least the shortest, at most twice as much with each call, up to the longest. */
  next(): number {
    const { minMs, maxMs, random = Math.random } = this.#options;
    this.#step += 1;
    const ceiling = Math.min(maxMs, minMs * 2 ** this.#step);
    return minMs + random() * (ceiling - minMs);
  }

  /** Begins with the shortest wait again. */
  reset(): void {
    this.#step = 0;
  }
}
