import type { Cancel, Clock } from '../kube/clock.ts';
import { goneTask } from '../notify/gone.ts';
import type { Notice } from '../notify/notice.ts';
import { advance } from '../notify/outbox.ts';
import type { Sender, SenderOptions } from '../notify/sender.ts';
import { settled, type Desk } from './desk.ts';

export interface FarewellsOptions extends Pick<SenderOptions, 'reach' | 'hash' | 'now'> {
  readonly sender: Pick<Sender, 'send'>;
  readonly isLeader: () => boolean;
  /** At least 0, less than 1. */
  readonly random: () => number;
  readonly clock: Clock;
}

/** More requests are not held on to: a namespace with thousands may go. */
const mostHeld = 1_000;
/** How soon is looked again for what others have not finished. */
const soonMs = 1_000;

/**
 * Tells people the end of requests that were deleted. There is nowhere to record how far it got, so it lasts as long as this
 * process leads: whoever leads next does not know of them.
 */
export class Farewells {
  readonly #options: FarewellsOptions;
  /** Requests that are not through, with their next look. */
  readonly #looks = new Map<Desk, Cancel>();
  readonly #sends = new Set<Promise<void>>();
  #stop = AbortSignal.abort();

  constructor(options: FarewellsOptions) {
    this.#options = options;
  }

  /** From now on requests are taken, until the signal. */
  start(stop: AbortSignal): void {
    this.#stop = stop;
  }

  /** Takes over a request that is gone, with what of it is being sent. */
  take(desk: Desk): void {
    if (this.#looks.size >= mostHeld) return;
    const gone = goneTask(desk.task, this.#options.now());
    if (gone === undefined) return;
    desk.task = gone;
    this.#look(desk);
  }

  /** Forgets all of them, and resolves once nothing is being sent any more. */
  async drain(): Promise<void> {
    this.#stop = AbortSignal.abort();
    for (const cancel of this.#looks.values()) cancel();
    this.#looks.clear();
    await Promise.all(this.#sends);
  }

  #look(desk: Desk): void {
    this.#looks.get(desk)?.();
    this.#looks.delete(desk);
    const after = this.#advance(desk);
    if (after === undefined) return;
    this.#looks.set(
      desk,
      this.#options.clock.after(after, () => this.#look(desk)),
    );
  }

  /** Sends what is due. In how many milliseconds to look again; undefined once nothing is left. */
  #advance(desk: Desk): number | undefined {
    if (this.#stop.aborted || !this.#options.isLeader()) return undefined;
    const { hash, random, now } = this.#options;
    const reach = this.#options.reach();
    if (reach === undefined) return soonMs;
    const results = new Map(desk.results);
    const facts = { reach, hash, random, now: now(), results, underWay: desk.underWay };
    const { records, send, lookAgainAt } = advance(desk.task, facts);
    desk.task = { ...desk.task, status: { ...desk.task.status, notifications: [...records] } };
    settled(desk, results.keys());
    for (const notice of send) this.#start(desk, notice);
    // What came of a request may mean that its end is owed.
    if (desk.underWay.size > 0 || results.size > 0) return soonMs;
    return lookAgainAt === undefined ? undefined : Math.max(1, lookAgainAt - now());
  }

  #start(desk: Desk, notice: Notice): void {
    desk.underWay.add(notice.id);
    const current = (): Desk['task'] | undefined =>
      this.#stop.aborted || !this.#options.isLeader() ? undefined : desk.task;
    const send = this.#sendOne(desk, notice, current).finally(() => this.#sends.delete(send));
    this.#sends.add(send);
  }

  async #sendOne(desk: Desk, notice: Notice, current: () => Desk['task'] | undefined): Promise<void> {
    const result = await this.#options.sender.send(notice, current, this.#stop);
    if (result === undefined) desk.underWay.delete(notice.id);
    else desk.results.set(notice.id, result);
    if (!this.#stop.aborted) this.#look(desk);
  }
}
