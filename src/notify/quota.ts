const hourMs = 3_600_000;

/**
 * At most so many messages of one party in any hour, so that a pipeline gone wild does not get the mail server
 * blocked for everybody. Counted by this process alone: a restart begins anew, which is harmless.
 */
export class Quota {
  readonly #perHour: number;
  readonly #taken = new Map<string, number[]>();

  constructor(perHour: number) {
    this.#perHour = perHour;
  }

  /** Takes one; 0 if it was granted, else how many milliseconds until the next is free. */
  take(party: string, now: number): number {
    const recent = (this.#taken.get(party) ?? []).filter((at) => at > now - hourMs);
    const oldest = recent[recent.length - this.#perHour];
    if (oldest === undefined) recent.push(now);
    this.#taken.set(party, recent);
    return oldest === undefined ? 0 : oldest + hourMs - now;
  }
}
