import type { Clock } from './clock.ts';

/**
 * Cuts long work into slices. A burst of ten thousand events is decoded without a pause by nature; in between,
 * requests, probes and the renewal of the Lease must get their turn.
 */
export class Slice {
  readonly #clock: Clock;
  readonly #ms: number;
  #started: number;

  constructor(clock: Clock, ms: number) {
    this.#clock = clock;
    this.#ms = ms;
    this.#started = clock.monotonic();
  }

  /** To be awaited after each step: lets others run once the slice is used up. */
  async step(): Promise<void> {
    if (this.#clock.monotonic() - this.#started < this.#ms) return;
    await new Promise((resolve) => setImmediate(resolve));
    this.#started = this.#clock.monotonic();
  }
}
