import type { ApprovalTask } from '../api/approvaltask.ts';
import type { Key } from '../kube/object.ts';
import type { SendResult } from '../notify/provider.ts';

/** What the notifier has at hand for one task while something of it is unfinished. */
export interface Desk {
  /** The newest state known: the cache's, or what was written and has not come back yet. */
  task: ApprovalTask;
  /** Notices that are being sent, or whose result is not written yet, by id. */
  readonly underWay: Set<string>;
  readonly results: Map<string, SendResult>;
}

/** The notifier's desks. Losing one costs at most a message sent twice: all that must last stands in the status. */
export class Desks {
  readonly #desks = new Map<Key, Desk>();

  /** The desk of a task, brought up to the cache; undefined where the cache has none. A namesake gets a new one. */
  of(key: Key, cached: ApprovalTask | undefined): Desk | undefined {
    const desk = this.#desks.get(key);
    if (cached === undefined) {
      this.#desks.delete(key);
      return undefined;
    }
    if (desk?.task.metadata.uid === cached.metadata.uid) {
      if (versionOf(cached) > versionOf(desk.task)) desk.task = cached;
      return desk;
    }
    const fresh = freshDesk(cached);
    this.#desks.set(key, fresh);
    return fresh;
  }

  /** The desk of a task that was deleted, which is no longer kept here. */
  release(key: Key, deleted: ApprovalTask): Desk {
    const desk = this.#desks.get(key);
    // A namesake may be there already.
    if (desk?.task.metadata.uid !== deleted.metadata.uid) return freshDesk(deleted);
    this.#desks.delete(key);
    if (versionOf(deleted) > versionOf(desk.task)) desk.task = deleted;
    return desk;
  }

  /** Drops a desk on which nothing is unfinished and of which the cache knows as much. */
  tidy(key: Key, cached: ApprovalTask | undefined): void {
    const desk = this.#desks.get(key);
    if (desk === undefined || desk.underWay.size > 0) return;
    const caughtUp = cached !== undefined && versionOf(cached) >= versionOf(desk.task);
    if (caughtUp || cached?.metadata.uid !== desk.task.metadata.uid) this.#desks.delete(key);
  }

  /** Keys with results that are not written yet. */
  withResults(): Key[] {
    return [...this.#desks].filter(([, desk]) => desk.results.size > 0).map(([key]) => key);
  }
}

function freshDesk(task: ApprovalTask): Desk {
  return { task, underWay: new Set(), results: new Map() };
}

/** What is recorded is no longer under way. */
export function settled(desk: Desk, ids: Iterable<string>): void {
  for (const id of ids) {
    desk.results.delete(id);
    desk.underWay.delete(id);
  }
}

/** Resource versions of one resource are ordered integers (Kubernetes 1.35, API concepts). */
function versionOf(task: ApprovalTask): bigint {
  return BigInt(task.metadata.resourceVersion);
}
