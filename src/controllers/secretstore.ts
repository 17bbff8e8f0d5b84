import type { KeyStore } from '../identity/keysource.ts';
import type { KubeClient } from '../kube/client.ts';
import { isAlreadyExists } from '../kube/error.ts';
import { keyOf, type KubeObject } from '../kube/object.ts';
import { readLive } from './owner.ts';
import { secrets } from '../api/resources.ts';

interface Secret extends KubeObject {
  readonly data?: Record<string, string>;
}

/** The signing keys' Secret. Its content is read on demand and never cached by a watch. */
export function secretStore(client: KubeClient, place: { namespace: string; name: string }): KeyStore {
  const key = keyOf(place);
  return {
    async read() {
      const secret = await readLive<Secret>({ client }, secrets, key);
      return secret && (secret.data ?? {});
    },
    async create(data) {
      try {
        await client.create(secrets, {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: place,
          type: 'Opaque',
          data,
        });
        return 'created';
      } catch (error) {
        if (isAlreadyExists(error)) return 'exists';
        throw error;
      }
    },
  };
}
