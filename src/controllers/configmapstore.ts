import type { PeopleStore } from '../identity/peoplesource.ts';
import type { KubeClient } from '../kube/client.ts';
import { keyOf, type KubeObject } from '../kube/object.ts';
import { readLive } from './owner.ts';
import { configMaps } from '../api/resources.ts';

interface ConfigMap extends KubeObject {
  readonly data?: Record<string, string>;
}

export interface ConfigMapStore extends PeopleStore {
  /** Of the ConfigMap that was read last; empty before. */
  uid(): string;
}

/** One key of a ConfigMap, read on demand: the right to get this one by its name is enough. */
export function configMapStore(
  client: KubeClient,
  place: { readonly namespace: string; readonly name: string },
  key: string,
): ConfigMapStore {
  let uid = '';
  return {
    uid: () => uid,
    async read() {
      const found = await readLive<ConfigMap>({ client }, configMaps, keyOf(place));
      if (found === undefined) return undefined;
      ({ uid } = found.metadata);
      return { resourceVersion: found.metadata.resourceVersion, text: found.data?.[key] };
    },
  };
}
