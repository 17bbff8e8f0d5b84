import type { Clock } from './clock.ts';

/** A Date header counts whole seconds, and an answer may have been under way for a moment. */
const tolerance = 2_000;

/** What time it is at the API server, as far as its answers tell. */
export class ServerClock {
  readonly #clock: Clock;
  #offset: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes note of a Date header. Returns it as milliseconds, or undefined where it is missing or no date. */
  note(date: string | undefined): number | undefined {
    const time = date === undefined ? Number.NaN : Date.parse(date);
    if (Number.isNaN(time)) return undefined;
    // Headers only ever run behind, so the one furthest ahead is nearest the truth; a larger step is a changed clock.
    const offset = time - this.#clock.monotonic();
    const known = this.#offset;
    if (known === undefined || offset > known || offset < known - tolerance) this.#offset = offset;
    return time;
  }

  /** The server's time in whole milliseconds, never ahead of it while its clock runs evenly. Throws before any answer. */
  now(): number {
    if (this.#offset === undefined)
      throw new Error("the API server's clock is not known yet: it never answered");
    return Math.floor(this.#clock.monotonic() + this.#offset);
  }
}
