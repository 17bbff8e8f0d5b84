import { FairQueue } from '../queue/fair.ts';

/** Whose work it is, and the name that it shares the room of. */
export interface Place {
  readonly lane: string;
  readonly party: string;
}

/** Lets only so many pieces of work run at a time for each lane; the parties that wait for one take turns. */
export class Lanes {
  readonly #atOnce: number;
  readonly #running = new Map<string, number>();
  readonly #waiting = new Map<string, FairQueue<() => void>>();

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  /** Runs the work when its lane has room, and settles as the work does. */
  async within<T>(place: Place, work: () => Promise<T>): Promise<T> {
    await this.#enter(place);
    try {
      return await work();
    } finally {
      this.#leave(place.lane);
    }
  }

  async #enter({ lane, party }: Place): Promise<void> {
    const running = this.#running.get(lane) ?? 0;
    if (running < this.#atOnce) {
      this.#running.set(lane, running + 1);
      return;
    }
    const queue = this.#waiting.get(lane) ?? new FairQueue();
    this.#waiting.set(lane, queue);
    await new Promise<void>((resolve) => queue.push(party, resolve));
  }

  /** The place is handed on rather than freed, so that nobody who comes now gets ahead of those who wait. */
  #leave(lane: string): void {
    const next = this.#waiting.get(lane)?.shift();
    if (next === undefined) this.#running.set(lane, (this.#running.get(lane) ?? 1) - 1);
    else next();
  }
}
