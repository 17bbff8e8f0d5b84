const hourMs = 3_600_000;

/**
 * At most so many messages of one party in any hour, so that a pipeline gone wild does not get the mail server
 * blocked for everybody. Counted by this process alone: a restart begins anew, which is harmless.
 */
export class Quota {
  readonly #perHour: number;
  readonly #taken = new Map<string, number[]>();
  #sweptAt = 0;

  constructor(perHour: number) {
    this.#perHour = perHour;
  }

  /** Takes one; 0 if it was granted, else how many milliseconds until the next is free. */
  take(party: string, now: number): number {
    this.#sweep(now);
    const recent = (this.#taken.get(party) ?? []).filter((at) => at > now - hourMs);
    const oldest = recent[recent.length - this.#perHour];
    if (oldest === undefined) recent.push(now);
    this.#taken.set(party, recent);
    return oldest === undefined ? 0 : oldest + hourMs - now;
  }

  /** How many parties it remembers. */
  get size(): number {
    return this.#taken.size;
  }

  /** Forgets whoever took nothing in the last hour; namespaces come and go. */
  #sweep(now: number): void {
    if (now < this.#sweptAt + hourMs) return;
    this.#sweptAt = now;
    for (const [party, taken] of this.#taken)
      if ((taken.at(-1) ?? 0) <= now - hourMs) this.#taken.delete(party);
  }
}
