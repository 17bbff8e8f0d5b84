import type { Logger } from 'pino';
import { newKeyRingData, parseKeyRing, type KeyRing } from './keyring.ts';
import { Poll, soonMs } from './poll.ts';

/** Where the keys lie: one Secret. */
export interface KeyStore {
  /** Its data in base64; undefined where it does not exist. */
  read(): Promise<Readonly<Record<string, string>> | undefined>;
  create(data: Readonly<Record<string, string>>): Promise<'created' | 'exists'>;
}

export interface KeySourceOptions {
  readonly store: KeyStore;
  /** Whether new keys may be made where none are: not while requests wait, whose links they would kill. */
  readonly mayCreate: () => Promise<boolean>;
  readonly random: (bytes: number) => Buffer;
  readonly pollMs: number;
  readonly log: Logger;
}

/**
 * Holds the signing keys. Made once, at the first start; another replica's win is read. Reloaded by polling, so that a
 * removed key stops to verify soon. Broken or deleted while running: the last good keys stay in force and `problem`
 * says so.
 */
export class KeySource {
  readonly #options: KeySourceOptions;
  #ring: KeyRing | undefined;
  #problem: string | undefined = 'the signing keys have not been read yet';
  readonly #poll = new Poll(async () => this.#look());

  constructor(options: KeySourceOptions) {
    this.#options = options;
  }

  current(): KeyRing | undefined {
    return this.#ring;
  }

  /** Why the keys are not as they should be; undefined where they are. */
  problem(): string | undefined {
    return this.#problem;
  }

  /** Reads, or makes, the keys now and then keeps looking. Resolves after the first look, whatever it found. */
  async start(): Promise<void> {
    await this.#poll.start();
  }

  stop(): void {
    this.#poll.stop();
  }

  async #look(): Promise<number> {
    const problem = await this.#reload().catch(
      (error: unknown) =>
        `the key Secret cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
    if (problem !== this.#problem) this.#report(problem);
    this.#problem = problem;
    const { pollMs } = this.#options;
    return problem === undefined ? pollMs : Math.min(pollMs, soonMs);
  }

  #report(problem: string | undefined): void {
    if (problem === undefined)
      this.#options.log.info({ keys: this.#ring?.keys.size }, 'signing keys in force');
    else this.#options.log.error({ problem, lastGoodKept: this.#ring !== undefined }, 'signing keys');
  }

  async #reload(): Promise<string | undefined> {
    const data = (await this.#options.store.read()) ?? (await this.#make());
    if (data === undefined) return missing(this.#ring !== undefined);
    const parsed = parseKeyRing(data);
    if (!parsed.ok) return parsed.problem;
    this.#ring = parsed.ring;
    return undefined;
  }

  async #make(): Promise<Readonly<Record<string, string>> | undefined> {
    if (this.#ring !== undefined || !(await this.#options.mayCreate())) return undefined;
    const data = newKeyRingData(this.#options.random);
    const made = await this.#options.store.create(data);
    return made === 'created' ? data : this.#options.store.read();
  }
}

function missing(running: boolean): string {
  if (running) return 'the key Secret was deleted: restore it, or restart once no request waits';
  return 'the key Secret is missing while requests wait: restore it from a backup, or, to give up all links sent so far, create it anew (docs/guides/keys.md)';
}
