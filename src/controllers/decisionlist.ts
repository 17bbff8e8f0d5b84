import type { ApprovalDecision } from '../api/approvaldecision.ts';
import type { Instant } from '../domain/approval.ts';
import type { KubeClient } from '../kube/client.ts';
import { approvalDecisions } from './resources.ts';

/** All answers of a namespace at one moment of the API server's clock. */
export interface DecisionList {
  readonly items: readonly ApprovalDecision[];
  readonly listedAt: Instant;
}

/**
 * Consistent lists of a namespace's answers, for concluding that nobody answered in time. One list serves every task
 * of the namespace that is due.
 */
export class DecisionLists {
  readonly #client: Pick<KubeClient, 'listAll'>;
  readonly #latest = new Map<string, DecisionList>();
  readonly #running = new Map<string, Promise<DecisionList>>();

  constructor(client: Pick<KubeClient, 'listAll'>) {
    this.#client = client;
  }

  /** A list made at `notBefore` or later; undefined where the API server's clock is not there yet. */
  async after(namespace: string, notBefore: Instant): Promise<DecisionList | undefined> {
    const latest = this.#latest.get(namespace);
    if (latest !== undefined && latest.listedAt >= notBefore) return latest;
    const list = await this.#list(namespace);
    return list.listedAt >= notBefore ? list : undefined;
  }

  async #list(namespace: string): Promise<DecisionList> {
    const running = this.#running.get(namespace) ?? this.#start(namespace);
    return running;
  }

  async #start(namespace: string): Promise<DecisionList> {
    const running = this.#client
      .listAll<ApprovalDecision>(approvalDecisions, { namespace })
      .then(({ items, serverTime }) => ({ items, listedAt: serverTime }))
      .finally(() => this.#running.delete(namespace));
    this.#running.set(namespace, running);
    const list = await running;
    this.#latest.set(namespace, list);
    return list;
  }
}
