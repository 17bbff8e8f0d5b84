/** How soon is looked again for something without which nothing goes on, in milliseconds. */
export const soonMs = 1_000;

/** Looks at something again and again until it is stopped, one look after the other. */
export class Poll {
  readonly #look: () => Promise<number>;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  /** `look` must not throw, and says after how many milliseconds to look again. */
  constructor(look: () => Promise<number>) {
    this.#look = look;
  }

  /** Looks now and then keeps looking. Resolves after the first look, whatever it found. */
  async start(): Promise<void> {
    const again = await this.#look();
    if (!this.#stopped) this.#timer = setTimeout(() => void this.start(), again);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }
}
