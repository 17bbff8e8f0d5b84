/** Lets only so many pieces of work run at a time for each name; the others wait in the order in which they came. */
export class Lanes {
  readonly #atOnce: number;
  readonly #running = new Map<string, number>();
  readonly #waiting = new Map<string, (() => void)[]>();

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  /** Runs the work when its lane has room, and settles as the work does. */
  async within<T>(lane: string, work: () => Promise<T>): Promise<T> {
    await this.#enter(lane);
    try {
      return await work();
    } finally {
      this.#leave(lane);
    }
  }

  async #enter(lane: string): Promise<void> {
    const running = this.#running.get(lane) ?? 0;
    if (running < this.#atOnce) {
      this.#running.set(lane, running + 1);
      return;
    }
    const queue = this.#waiting.get(lane) ?? [];
    this.#waiting.set(lane, queue);
    await new Promise<void>((resolve) => queue.push(resolve));
  }

  /** The place is handed on rather than freed, so that nobody who comes now gets ahead of those who wait. */
  #leave(lane: string): void {
    const next = this.#waiting.get(lane)?.shift();
    if (next === undefined) this.#running.set(lane, (this.#running.get(lane) ?? 1) - 1);
    else next();
  }
}
