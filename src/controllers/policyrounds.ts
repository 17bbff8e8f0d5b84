import { pause, type Clock } from '../kube/clock.ts';
import type { PolicyProof } from './policyproof.ts';

export interface PolicyRoundsOptions {
  readonly proof: Pick<PolicyProof, 'prove' | 'keepOnly' | 'tried'>;
  readonly clock: Clock;
  /** How long a round takes, in milliseconds: in it each namespace has its turn. */
  readonly periodMs: number;
  /** The one to begin with. It has its turns whether anybody is asked there or not. */
  readonly first: string;
  /** Those where somebody is asked. */
  readonly asked: () => Iterable<string>;
  /** Whether a namespace is there, and not about to go. */
  readonly isThere: (namespace: string) => boolean;
}

/** In a period; of more than that each has its turn less often. A proof is a handful of calls. */
const turnsPerPeriod = 100;

/**
 * Proves the identity policy while nobody answers: in every namespace where somebody is asked, or where it was tried
 * before. One at a time, whoever waited longest, in even steps, so that many namespaces are no burst of calls. Otherwise
 * a namespace that is left out of the policy would show it only to the next person who answers there.
 */
export class PolicyRounds {
  readonly #options: PolicyRoundsOptions;
  #end = new AbortController();

  constructor(options: PolicyRoundsOptions) {
    this.#options = options;
  }

  /** Begins anew: what was found out before this process led says nothing about now. */
  start(): void {
    this.#end.abort();
    this.#end = new AbortController();
    this.#options.proof.keepOnly(() => false);
    void this.#run(this.#end.signal);
  }

  stop(): void {
    this.#end.abort();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { proof, clock, first } = this.#options;
    let namespace = first;
    while (!signal.aborted) {
      await proof.prove(namespace);
      await pause(clock, this.#step(), signal);
      namespace = await this.#whenDue(signal);
    }
  }

  #step(): number {
    const { periodMs } = this.#options;
    return periodMs / Math.min(this.#next().among, turnsPerPeriod);
  }

  /** Whose turn it is. Nobody has two in a period; also who answers may have had it proven meanwhile. */
  async #whenDue(signal: AbortSignal): Promise<string> {
    const { clock } = this.#options;
    for (;;) {
      const { namespace, dueAt } = this.#next();
      const wait = dueAt - clock.monotonic();
      if (wait <= 0 || signal.aborted) return namespace;
      await pause(clock, wait, signal);
    }
  }

  #next(): { namespace: string; dueAt: number; among: number } {
    const { proof, periodMs, first, asked, isThere } = this.#options;
    proof.keepOnly((namespace) => namespace === first || isThere(namespace));
    const tried = proof.tried();
    const all = new Set([first, ...tried.keys(), ...[...asked()].filter(isThere)]);
    const dueAt = (namespace: string): number =>
      (tried.get(namespace) ?? Number.NEGATIVE_INFINITY) + periodMs;
    const namespace = [...all].reduce((one, other) => (dueAt(other) < dueAt(one) ? other : one));
    return { namespace, dueAt: dueAt(namespace), among: all.size };
  }
}
