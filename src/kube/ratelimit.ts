import type { Cancel, Clock } from './clock.ts';

/** How many may pass: `burst` at once, `perSecond` in the long run. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/**
 * A bucket of permits that fills evenly up to `burst`. In any stretch of time no more pass than `burst` and `perSecond`
 * times its length; who finds no permit waits in line, and nobody waits longer than that takes.
 */
export class RateLimit {
  readonly #rate: Rate;
  readonly #clock: Clock;
  #permits: number;
  #filledAt: number;
  /** Who waits, the first to go first. */
  readonly #line = new Set<() => void>();
  #timer: Cancel | undefined;

  constructor(rate: Rate, clock: Clock) {
    if (!(rate.perSecond > 0 && rate.burst >= 1))
      throw new RangeError('a rate needs perSecond > 0 and burst >= 1');
    this.#rate = rate;
    this.#clock = clock;
    this.#permits = rate.burst;
    this.#filledAt = clock.monotonic();
  }

  /**
   * Resolves when it is the caller's turn, with the milliseconds that it waited. Rejects with the signal's reason where
   * that comes first; no permit is used then.
   */
  async pass(signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    this.#fill();
    if (this.#line.size === 0 && this.#permits >= 1) {
      this.#permits -= 1;
      return 0;
    }
    const since = this.#clock.monotonic();
    await this.#turn(signal);
    return this.#clock.monotonic() - since;
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        this.#line.delete(go);
        if (this.#line.size === 0) this.#disarm();
        const reason: Error = signal.reason;
        reject(reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#line.add(go);
      this.#arm();
    });
  }

  #fill(): void {
    const now = this.#clock.monotonic();
    const added = ((now - this.#filledAt) * this.#rate.perSecond) / 1_000;
    this.#permits = Math.min(this.#rate.burst, this.#permits + added);
    this.#filledAt = now;
  }

  /** One timer for the first in line: the others cannot go before it. */
  #arm(): void {
    if (this.#timer !== undefined || this.#line.size === 0) return;
    const ms = ((1 - this.#permits) * 1_000) / this.#rate.perSecond;
    // Whole microseconds, rounded up: a permit that lacks a rounding error must not arm a timer that takes no time.
    this.#timer = this.#clock.after(Math.ceil(ms * 1_000) / 1_000, () => {
      this.#timer = undefined;
      this.#letGo();
      this.#arm();
    });
  }

  #disarm(): void {
    this.#timer?.();
    this.#timer = undefined;
  }

  #letGo(): void {
    this.#fill();
    for (const go of this.#line) {
      if (this.#permits < 1) return;
      this.#permits -= 1;
      this.#line.delete(go);
      go();
    }
  }
}
