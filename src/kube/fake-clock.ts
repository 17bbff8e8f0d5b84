import type { Cancel, Clock } from './clock.ts';

interface Timer {
  readonly due: number;
  readonly run: () => void;
}

/** A clock for tests: time stands still until `advance` is called. */
export class FakeClock implements Clock {
  #elapsed = 0;
  readonly #epoch: number;
  readonly #timers = new Set<Timer>();

  /** Starts at the given wall time. */
  constructor(epoch = Date.UTC(2026, 0, 1)) {
    this.#epoch = epoch;
  }

  now(): number {
    return this.#epoch + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  after(ms: number, run: () => void): Cancel {
    const timer: Timer = { due: this.#elapsed + Math.max(0, ms), run };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  /** How many timers are armed. */
  get armed(): number {
    return this.#timers.size;
  }

  /** In how many milliseconds the next timer is due; undefined where none is armed. */
  get nextIn(): number | undefined {
    const next = this.#next(Number.POSITIVE_INFINITY);
    return next && Math.max(0, next.due - this.#elapsed);
  }

  /**
   * Moves time forward, timer by timer in the order they are due; between two of them whatever was set going by
   * promises or `setImmediate` gets its turn.
   */
  async advance(ms: number): Promise<void> {
    const end = this.#elapsed + ms;
    await settle();
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#timers.delete(next);
      this.#elapsed = Math.max(this.#elapsed, next.due);
      next.run();
      await settle();
    }
    this.#elapsed = end;
    await settle();
  }

  /** Time passes but no timer fires, as when the event loop stands still. */
  stall(ms: number): void {
    this.#elapsed += ms;
  }

  #next(end: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.due <= end && (first === undefined || timer.due < first.due)) first = timer;
    }
    return first;
  }
}

/** Lets everything run that is ready without time passing. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
