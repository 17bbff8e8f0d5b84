import type { Step } from './protocol.ts';

const tellings = new Set<Step>(['labels written', 'verdict written']);

/**
 * Keeps requests where they are: at a planned step the operator does not learn that the step was done, nor anything
 * else about that request, until it is killed. So one kill falls into the gap behind that step for many requests at
 * once.
 */
export class StoppingPoints {
  readonly #plans = new Map<string, Step[]>();
  readonly #frozen = new Map<string, Step>();
  readonly #held = new Set<string>();
  #over = Promise.withResolvers<void>();

  /** Where a request is to be stopped, in order; each time in another life of the operator. */
  plan(about: string, ...steps: readonly Step[]): void {
    if (steps.length > 0) this.#plans.set(about, [...steps]);
  }

  /** Whether nothing more may be heard of this request. What concerns the process as a whole is no request. */
  isFrozen(about: string): boolean {
    return about !== '' && this.#frozen.has(about);
  }

  /** Requests that still have to come to where they are to be stopped in this life. */
  get underWay(): readonly string[] {
    return [...this.#plans.keys()].filter((about) => !this.#held.has(about));
  }

  isHeld(about: string): boolean {
    return this.#held.has(about);
  }

  /** Plans nothing more for those that are under way. */
  giveUp(): void {
    for (const about of this.underWay) this.#plans.delete(about);
  }

  /** A request that is settled comes to no step any more, but to those by which that is told. */
  forget(about: string): void {
    const [next] = this.#plans.get(about) ?? [];
    if (next !== undefined && !tellings.has(next)) this.#plans.delete(about);
  }

  /** To be called when these steps are about to be done. */
  approach(about: string, steps: readonly Step[]): void {
    const plan = this.#plans.get(about) ?? [];
    const [next] = plan;
    if (next === undefined || !steps.includes(next)) return;
    // Where it was stopped too late, the operator goes on to the next step, and does not come to it again.
    if (this.#held.has(about)) plan.shift();
    else if (!this.#frozen.has(about)) this.#frozen.set(about, next);
  }

  /** To be called when they were done; resolves when the operator may hear of it, or is gone. */
  async reach(about: string, steps: readonly Step[]): Promise<void> {
    const awaited = this.#frozen.get(about);
    if (awaited === undefined) return;
    const isThere = steps.includes(awaited);
    if (isThere && !this.#held.has(about)) {
      this.#plans.get(about)?.shift();
      this.#held.add(about);
    }
    // A process that heard nothing of its Lease asks once more, and must not hear of that either.
    if (isThere || about === '') await this.#over.promise;
  }

  /** Lets go of everything. To be called when the operator is dead, before the next one starts. */
  release(): void {
    // What was on its way when the operator died may have been done all the same, and then does not come again.
    for (const about of this.#frozen.keys()) if (!this.#held.has(about)) this.#plans.get(about)?.shift();
    this.#frozen.clear();
    this.#held.clear();
    for (const [about, plan] of this.#plans) if (plan.length === 0) this.#plans.delete(about);
    this.#over.resolve();
    this.#over = Promise.withResolvers<void>();
  }
}
