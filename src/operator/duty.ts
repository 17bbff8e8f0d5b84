/** What only the leader does. `start` does nothing where it has begun already. */
export interface Work {
  start(): void;
  /** Ends it at once, but for what is under way. */
  stop(graceMs: number): Promise<void>;
  /** Ends it in order, for a leader that is about to give up leading. */
  handOver(graceMs: number): Promise<void>;
}

export interface DutyOptions {
  readonly work: Work;
  /** Resolves once there is enough known to begin; may take as long as the API server is away. */
  readonly ready: () => Promise<void>;
  readonly isLeader: () => boolean;
  /** How long work under way may take to end, in milliseconds. */
  readonly graceMs: number;
}

/**
 * Turns leadership into work. Between winning the election and being ready to begin, leadership may be lost and won
 * again, or the process asked to end: it begins only if it leads then, and never after `end`.
 */
export class Duty {
  readonly #options: DutyOptions;
  #ended = false;

  constructor(options: DutyOptions) {
    this.#options = options;
  }

  async gained(): Promise<void> {
    const { work, ready, isLeader } = this.#options;
    await ready();
    if (!this.#ended && isLeader()) work.start();
  }

  async lost(): Promise<void> {
    const { work, graceMs } = this.#options;
    await work.stop(graceMs);
  }

  async end(): Promise<void> {
    this.#ended = true;
    const { work, graceMs, isLeader } = this.#options;
    await (isLeader() ? work.handOver(graceMs) : work.stop(graceMs));
  }
}
