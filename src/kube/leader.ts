import type { Logger } from 'pino';
import type { KubeClient } from './client.ts';
import { pause, systemClock } from './clock.ts';
import type { Cancel, Clock } from './clock.ts';
import { isAlreadyExists, isConflict, isNotFound } from './error.ts';
import { LeaseStore } from './lease.ts';
import type { Lease } from './lease.ts';

/** Milliseconds; each must be clearly shorter than the one before it. */
export interface LeaderTimings {
  /** How long others wait before they take a Lease that is not renewed. */
  readonly leaseMs: number;
  /** How long the holder acts on its last renewal; the difference to `leaseMs` is its reserve. */
  readonly renewDeadlineMs: number;
  /** Between two renewals, and between two tries that fail. Who waits for the Lease looks `looksPerRetry` times as often. */
  readonly retryMs: number;
}

/** What is given back is seen soon: at 2 s for `retryMs` a hand-over takes half a second, and costs a small read each. */
const looksPerRetry = 4;

export interface LeaderOptions {
  readonly client: Pick<KubeClient, 'get' | 'create' | 'patch'>;
  readonly namespace: string;
  readonly name: string;
  /** Unique to this process, never used again: an identity that returns could take an older Lease for its own. */
  readonly identity: string;
  readonly timings?: Partial<LeaderTimings>;
  readonly clock?: Clock;
  readonly log: Logger;
  readonly onGained: () => void;
  /** Called as soon as the Lease is found lost or can no longer be relied on; not on `stop`. */
  readonly onLost: () => void;
}

/** What was last seen of a Lease that somebody else holds, and when its record last changed before our eyes. */
interface Sighting {
  readonly resourceVersion: string;
  readonly at: number;
}

/**
 * One leader by a Lease, with the timings of client-go's leaderelection (15, 10 and 2 s). Whether a Lease expired is
 * judged by how long its record has not changed before our own eyes, on the monotonic clock: wall clocks of two
 * machines are never compared.
 *
 *      renewal sent ──────► renewDeadlineMs: no leader any more ──────► leaseMs: others may take it
 */
export class LeaderElector {
  readonly #options: LeaderOptions;
  readonly #timings: LeaderTimings;
  readonly #clock: Clock;
  readonly #store: LeaseStore;
  readonly #stopping = new AbortController();
  #held: Lease | undefined;
  #holdsUntil = 0;
  #expiry: Cancel | undefined;
  #seen: Sighting | undefined;
  #run: Promise<void> | undefined;
  #problem: string | undefined = 'the Lease has not been read yet';
  #reported = false;

  constructor(options: LeaderOptions) {
    this.#options = options;
    this.#timings = { leaseMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000, ...options.timings };
    const { leaseMs, renewDeadlineMs, retryMs } = this.#timings;
    if (!(leaseMs > renewDeadlineMs && renewDeadlineMs > retryMs && retryMs > 0)) {
      throw new RangeError('leader election needs leaseMs > renewDeadlineMs > retryMs > 0');
    }
    this.#clock = options.clock ?? systemClock;
    this.#store = new LeaseStore({ ...options, leaseMs, callTimeoutMs: renewDeadlineMs / 2 });
  }

  /** Begins to campaign, and goes on until `stop`, also after the Lease was lost. To be called once. */
  start(): void {
    this.#run = this.#campaign();
  }

  /**
   * Whether this process may write now. Judged by the time at the moment of asking, not by a timer: after a stall of
   * the event loop it is false before anything else gets to run.
   */
  get isLeader(): boolean {
    return this.#held !== undefined && this.#clock.monotonic() < this.#holdsUntil;
  }

  /** Why it is not known who leads; undefined where the last look at the Lease, or renewal, went well. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Leaves the campaign and gives the Lease back. To be called when the last write is done. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#run;
    const lease = this.#held;
    const held = this.isLeader;
    this.#letGo();
    if (lease === undefined || !held) return;
    try {
      await this.#store.release(lease, this.#clock.now());
    } catch (error) {
      this.#options.log.warn({ err: error }, 'the Lease could not be given back; it expires by itself');
    }
  }

  async #campaign(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      await this.#attempt();
      const waits = this.#held === undefined && this.#problem === undefined;
      const ms = this.#timings.retryMs / (waits ? looksPerRetry : 1);
      await pause(this.#clock, ms, this.#stopping.signal);
    }
  }

  async #attempt(): Promise<void> {
    try {
      await (this.#held === undefined ? this.#tryToGain() : this.#tryToRenew(this.#held));
      this.#problem = undefined;
      this.#reported = false;
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : String(error);
      // Once per trouble: a server that is away is reported by everything else too.
      if (!this.#reported) this.#options.log.warn({ err: error }, 'the Lease could not be read or written');
      this.#reported = true;
    }
  }

  async #tryToGain(): Promise<void> {
    const lease = await this.#find();
    if (lease === undefined || this.#stopping.signal.aborted) return;
    const holder = lease.spec?.holderIdentity ?? '';
    if (holder !== '' && holder !== this.#options.identity && !this.#expired(lease)) return;
    await this.#hold((now) => this.#store.take(lease, now));
  }

  /** The Lease as it is now; undefined where it did not exist and creating it was the whole attempt. */
  async #find(): Promise<Lease | undefined> {
    try {
      return await this.#store.read();
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    await this.#hold((now) => this.#store.create(now));
    return undefined;
  }

  #expired(lease: Lease): boolean {
    const now = this.#clock.monotonic();
    const { resourceVersion } = lease.metadata;
    if (this.#seen?.resourceVersion !== resourceVersion) this.#seen = { resourceVersion, at: now };
    // The holder may have been started with a longer duration than ours.
    const theirs = (lease.spec?.leaseDurationSeconds ?? 0) * 1000;
    return now - this.#seen.at >= Math.max(theirs, this.#timings.leaseMs);
  }

  async #tryToRenew(lease: Lease): Promise<void> {
    try {
      await this.#hold((now) => this.#store.renew(lease, now));
    } catch (error) {
      if (isNotFound(error)) this.#lose('the Lease was deleted');
      else if (isConflict(error)) await this.#lookAgain();
      else throw error;
    }
  }

  /** Somebody wrote to the Lease we hold: a label only, or their own name? */
  async #lookAgain(): Promise<void> {
    const lease = await this.#store.read().catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
    if (lease?.spec?.holderIdentity !== this.#options.identity) this.#lose('another holds the Lease');
    else if (this.#held !== undefined) await this.#hold((now) => this.#store.renew(lease, now));
  }

  /** Writes our name; what that grants counts from before the write was sent, since others may have seen it then. */
  async #hold(write: (now: number) => Promise<Lease>): Promise<void> {
    const sent = this.#clock.monotonic();
    const lease = await write(this.#clock.now()).catch((error: unknown) => {
      // Another was faster: the next look shows who.
      if (this.#held === undefined && (isConflict(error) || isAlreadyExists(error))) return undefined;
      throw error;
    });
    if (lease === undefined) return;
    const until = sent + this.#timings.renewDeadlineMs;
    if (this.#clock.monotonic() >= until) return;
    this.#keepUntil(lease, until);
  }

  #keepUntil(lease: Lease, until: number): void {
    const gained = this.#held === undefined;
    this.#held = lease;
    this.#holdsUntil = until;
    this.#seen = undefined;
    this.#expiry?.();
    const left = until - this.#clock.monotonic();
    this.#expiry = this.#clock.after(left, () => this.#lose('the Lease could not be renewed in time'));
    if (!gained || this.#stopping.signal.aborted) return;
    this.#options.log.info({ identity: this.#options.identity }, 'leading');
    this.#call(this.#options.onGained);
  }

  #lose(why: string): void {
    if (this.#held === undefined) return;
    this.#letGo();
    this.#options.log.error({ identity: this.#options.identity }, `no longer leading: ${why}`);
    this.#call(this.#options.onLost);
  }

  #letGo(): void {
    this.#held = undefined;
    this.#holdsUntil = 0;
    this.#expiry?.();
    this.#expiry = undefined;
  }

  #call(handler: () => void): void {
    try {
      handler();
    } catch (error) {
      this.#options.log.error({ err: error }, 'a leadership handler failed');
    }
  }
}
