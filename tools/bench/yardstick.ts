import type { KubeClient } from '../../src/kube/client.ts';
import type { ResourceType } from '../../src/kube/object.ts';
import { median } from './statistics.ts';

const configMaps: ResourceType = {
  group: '',
  version: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
};
const writesPerLook = 40;

/** The unit of what follows: how long one plain API write takes on this machine, at this moment. */
export class Yardstick {
  readonly #client: KubeClient;
  readonly #key: string;
  #count = 0;
  /** Every look's median, in milliseconds. */
  readonly looks: number[] = [];

  private constructor(client: KubeClient, key: string) {
    this.#client = client;
    this.#key = key;
  }

  static async make(client: KubeClient, namespace: string): Promise<Yardstick> {
    const metadata = { namespace, name: 'yardstick' };
    await client.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata });
    return new Yardstick(client, `${namespace}/yardstick`);
  }

  /** The median of some writes, one after the other, in milliseconds. */
  async look(): Promise<number> {
    const took: number[] = [];
    for (let n = 0; n < writesPerLook; n += 1) {
      const start = performance.now();
      this.#count += 1;
      const body = { data: { count: String(this.#count) } };
      await this.#client.patch(configMaps, this.#key, body, { type: 'merge' });
      took.push(performance.now() - start);
    }
    const look = median(took);
    this.looks.push(look);
    return look;
  }
}
