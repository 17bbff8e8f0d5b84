import type { ApprovalDecision } from '../api/approvaldecision.ts';
import type { Instant } from '../domain/approval.ts';
import type { KubeClient } from '../kube/client.ts';
import { approvalDecisions } from '../api/resources.ts';

/** All answers of a namespace, as the API server's store held them at one moment, which was not before `listedAt`. */
export interface DecisionList {
  readonly items: readonly ApprovalDecision[];
  readonly listedAt: Instant;
}

/** A list under way, and the API server's time before it was asked for. */
interface Running {
  readonly askedAt: Instant;
  readonly list: Promise<DecisionList>;
}

/** A list serves the tasks that come due shortly after one another; kept longer it would only take up memory. */
const keptMs = 60_000;

/**
 * Consistent lists of a namespace's answers, for concluding that nobody answered in time. One list serves every task
 * of the namespace that is due.
 *
 * An answer's Date header says when it was sent. The store may have been read long before, where the server is slow or
 * the list is large; so a list counts from before it was asked for, and one that was asked for too early serves nobody
 * who needs a later one, however late it arrives.
 */
export class DecisionLists {
  readonly #client: Pick<KubeClient, 'listAll' | 'serverNow'>;
  readonly #latest = new Map<string, DecisionList>();
  readonly #running = new Map<string, Running>();

  constructor(client: Pick<KubeClient, 'listAll' | 'serverNow'>) {
    this.#client = client;
  }

  /** A list read at `notBefore` or later; undefined where the API server's clock is not there yet. */
  async after(namespace: string, notBefore: Instant): Promise<DecisionList | undefined> {
    this.#forgetOld();
    const latest = this.#latest.get(namespace);
    if (latest !== undefined && latest.listedAt >= notBefore) return latest;
    const running = this.#running.get(namespace);
    const list = await (running !== undefined && running.askedAt >= notBefore
      ? running.list
      : this.#start(namespace));
    return list.listedAt >= notBefore ? list : undefined;
  }

  async #start(namespace: string): Promise<DecisionList> {
    const askedAt = this.#client.serverNow();
    const running = { askedAt, list: this.#read(namespace, askedAt) };
    this.#running.set(namespace, running);
    try {
      const list = await running.list;
      const latest = this.#latest.get(namespace);
      if (latest === undefined || latest.listedAt < list.listedAt) this.#latest.set(namespace, list);
      return list;
    } finally {
      if (this.#running.get(namespace) === running) this.#running.delete(namespace);
    }
  }

  async #read(namespace: string, askedAt: Instant): Promise<DecisionList> {
    const { items, serverTime } = await this.#client.listAll<ApprovalDecision>(approvalDecisions, {
      namespace,
    });
    // Of several API servers the one that answered may be behind the one that the clock was taken from.
    return { items, listedAt: Math.min(askedAt, serverTime) };
  }

  #forgetOld(): void {
    const oldest = this.#client.serverNow() - keptMs;
    for (const [namespace, { listedAt }] of this.#latest)
      if (listedAt < oldest) this.#latest.delete(namespace);
  }
}
