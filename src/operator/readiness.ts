import type { Logger } from 'pino';
import { synced, type Caches } from '../controllers/caches.ts';
import { diagnose } from '../controllers/diagnosis.ts';
import type { KeySource } from '../identity/keysource.ts';
import type { PeopleSource } from '../identity/peoplesource.ts';
import type { KubeClient } from '../kube/client.ts';

const everyMs = 5_000;

export interface ReadinessOptions {
  readonly client: KubeClient;
  readonly caches: Caches;
  readonly keys: Pick<KeySource, 'problem'>;
  readonly people: Pick<PeopleSource, 'current' | 'problem'>;
  /** Why it is not known who leads; undefined where that is known, or where this replica never leads. */
  readonly election: () => string | undefined;
  /** Namespaces to serve; absent: all. */
  readonly namespaces?: readonly string[];
  readonly log: Logger;
}

/**
 * Why the operator cannot do its work at the moment. Looks at the API server every few seconds, so that a cluster
 * without our kinds, without our rights, or out of reach is named in one line instead of showing as silence.
 */
export class Readiness {
  readonly #options: ReadinessOptions;
  #found: readonly string[] = ['The API server has not answered yet.'];
  #reported = '';
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: ReadinessOptions) {
    this.#options = options;
  }

  start(): void {
    void this.#look();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** One sentence for each thing that is missing; empty where the operator can work. */
  problems(): readonly string[] {
    const { caches, keys, people, election } = this.#options;
    const key = keys.problem();
    const elected = election();
    // A directory that was good before stays in force: then its file can be mended in peace.
    const unknown = people.current() === undefined ? people.problem() : undefined;
    const notSynced =
      this.#found.length === 0 && !synced(caches) ? ['The first lists are still being read.'] : [];
    return [
      ...this.#found,
      ...notSynced,
      ...(key === undefined ? [] : [`Not signing: ${key}.`]),
      ...(unknown === undefined ? [] : [`Not judging answers: the people directory: ${unknown}`]),
      ...(elected === undefined ? [] : [`Not electing a leader: ${elected}.`]),
    ];
  }

  async #look(): Promise<void> {
    const { client, namespaces } = this.#options;
    this.#found = await diagnose(client, namespaces);
    const text = this.#found.join(' ');
    if (text !== this.#reported) this.#report(text);
    this.#reported = text;
    if (!this.#stopped) this.#timer = setTimeout(() => void this.#look(), everyMs);
  }

  /** One line when something changes, not one for every look. */
  #report(text: string): void {
    if (text === '') this.#options.log.info('everything needed can be read from the API server');
    else this.#options.log.error({ missing: this.#found }, `cannot work yet: ${text}`);
  }
}
