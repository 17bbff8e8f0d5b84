import { KubeConfig } from '@kubernetes/client-node';
import { systemClock } from './clock.ts';
import type { Clock } from './clock.ts';
import { readCredential } from './credential.ts';
import type { Credential } from './credential.ts';

/** An exec plugin may take a second and cost somebody a request: it is not run by each of many calls. */
const renewEveryMs = 1_000;

/**
 * Who we are to the API server. client-node remembers a token file for a minute and the credential of an exec plugin
 * until it expires; where the API server refuses what is remembered, it is forgotten and read from its source.
 */
export class Identity {
  readonly #load: () => KubeConfig;
  readonly #clock: Clock;
  #config: KubeConfig;
  #loadedAt = Number.NEGATIVE_INFINITY;
  /** Under way. One that hangs is shared for so long and no longer. */
  #reading: { readonly since: number; readonly credential: Promise<Credential> } | undefined;

  /** `load` reads everything from its source. Throws where that is not possible now. */
  constructor(load: () => KubeConfig, clock: Clock = systemClock) {
    this.#load = load;
    this.#clock = clock;
    this.#config = load();
  }

  /** The identity that a kubeconfig in memory stands for: files and plugins that it names are read again. */
  static of(config: KubeConfig, clock?: Clock): Identity {
    let first = true;
    return new Identity(() => {
      const loaded = first ? config : withoutMemory(config);
      first = false;
      return loaded;
    }, clock);
  }

  /** The credential for one request. What made it unreadable, such as a file being replaced, is looked at anew. */
  async credential(): Promise<Credential> {
    const now = this.#clock.monotonic();
    if (this.#reading === undefined || now - this.#reading.since >= renewEveryMs) {
      this.#reading = { since: now, credential: readCredential(this.#config) };
    }
    const reading = this.#reading;
    try {
      return await reading.credential;
    } catch (error) {
      this.#reload();
      throw error;
    } finally {
      if (this.#reading === reading) this.#reading = undefined;
    }
  }

  /** Another credential than the one that was refused; undefined where there is no other. */
  async otherThan(refused: Credential): Promise<Credential | undefined> {
    const known = await this.credential();
    if (isAnother(known, refused)) return known;
    this.#reload();
    const read = await this.credential();
    return isAnother(read, refused) ? read : undefined;
  }

  #reload(): void {
    const now = this.#clock.monotonic();
    if (now - this.#loadedAt < renewEveryMs) return;
    this.#loadedAt = now;
    this.#reading = undefined;
    try {
      this.#config = this.#load();
    } catch {
      // A kubeconfig that is being rewritten: what was known stays, and the refusal is reported as it is.
    }
  }
}

/** A kubeconfig keeps what it remembers of files and plugins in itself, so a new one with the same content has none. */
function withoutMemory(config: KubeConfig): KubeConfig {
  const fresh = new KubeConfig();
  fresh.clusters = config.clusters;
  fresh.users = config.users;
  fresh.contexts = config.contexts;
  fresh.setCurrentContext(config.getCurrentContext());
  return fresh;
}

function isAnother(one: Credential, other: Credential): boolean {
  return one.id !== other.id || JSON.stringify(one.headers) !== JSON.stringify(other.headers);
}
