import { errorOfEvent } from '../kube/answer.ts';
import type { KubeClient } from '../kube/client.ts';
import { pause, systemClock } from '../kube/clock.ts';
import { isForbidden, isGone, isNotFound } from '../kube/error.ts';
import type { StoredTask } from './request.ts';
import { approvalTasks } from '../api/resources.ts';

interface Place {
  readonly namespace?: string;
}

interface Known {
  readonly items: readonly StoredTask[];
  readonly resourceVersion: string;
}

const reconnectMs = 1_000;

/**
 * Requests that are new or have changed since the list, without end: it survives connections that break and a history
 * that is gone. Throws where there is no right to watch, or nothing to watch any more.
 */
export async function* followed(
  client: KubeClient,
  place: Place,
  known: Known,
): AsyncGenerator<StoredTask, void, undefined> {
  const changes = new Changes(known);
  for (;;) {
    try {
      yield* changes.since(client, place);
    } catch (error) {
      if (isForbidden(error) || isNotFound(error)) throw error;
      if (isGone(error)) yield* changes.among(await client.listAll<StoredTask>(approvalTasks, place));
      else await pause(systemClock, reconnectMs);
    }
  }
}

/** Knows which version of each request was seen, so that none is told twice. */
class Changes {
  readonly #seen = new Map<string, string>();
  #resourceVersion: string;

  constructor(known: Known) {
    this.#resourceVersion = known.resourceVersion;
    this.among(known);
  }

  /** Those of a list that are new. */
  among({ items, resourceVersion }: Known): StoredTask[] {
    this.#resourceVersion = resourceVersion;
    return items.filter((task) => this.#isNew(task));
  }

  /** Those of one watch, until it ends. */
  async *since(client: KubeClient, place: Place): AsyncGenerator<StoredTask, void, undefined> {
    const { signal } = new AbortController();
    const resourceVersion = this.#resourceVersion;
    const query = { ...place, resourceVersion, timeoutSeconds: 300, inactivityMs: 120_000, signal };
    for await (const event of client.watch(approvalTasks, query)) {
      if (event.type === 'ERROR') throw errorOfEvent(event.object);
      this.#resourceVersion = event.object.metadata.resourceVersion;
      if (event.type === 'DELETED') this.#seen.delete(event.object.metadata.uid);
      const task = event.object as StoredTask;
      if ((event.type === 'ADDED' || event.type === 'MODIFIED') && this.#isNew(task)) yield task;
    }
  }

  #isNew({ metadata }: StoredTask): boolean {
    const isKnown = this.#seen.get(metadata.uid) === metadata.resourceVersion;
    this.#seen.set(metadata.uid, metadata.resourceVersion);
    return !isKnown;
  }
}
