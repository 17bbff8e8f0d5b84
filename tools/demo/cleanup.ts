interface Cleanup {
  readonly what: string;
  readonly end: () => Promise<void>;
}

/** What has been started and must be ended whatever happens, last first. */
export class Cleanups {
  readonly #list: Cleanup[] = [];

  /** `what` names it for the report: "the mailbox". */
  add(what: string, end: () => Promise<void>): void {
    this.#list.unshift({ what, end });
  }

  /** Ends everything, also behind what cannot be ended. Never throws; returns a sentence for each that failed. */
  async run(): Promise<string[]> {
    const failures: string[] = [];
    for (const { what, end } of this.#list.splice(0)) {
      try {
        await end();
      } catch (error) {
        failures.push(
          `${what} could not be ended: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
    }
    return failures;
  }
}
