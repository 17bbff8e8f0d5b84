import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { KubeClient } from '../../src/kube/client.ts';
import { isConflict } from '../../src/kube/error.ts';
import { KubeConfig } from '@kubernetes/client-node';
import { clusterOf } from '../control-plane/kubeconfig.ts';
import { configMaps, eventually, ProxiedCluster, type ConfigMap } from '../faults/proxied-cluster.ts';
import { RecordingProxy } from '../faults/recording-proxy.ts';
import type { Write } from '../faults/recorded-write.ts';

/** The proxy that the endurance tests rest on: it must change nothing, miss nothing, and stop where it says. */

let cluster: ProxiedCluster;
let proxy: RecordingProxy;
let client: KubeClient;

beforeAll(async () => {
  const { kubeconfig } = inject('controlPlane');
  cluster = await ProxiedCluster.start(kubeconfig);
  proxy = await RecordingProxy.start(clusterOf(kubeconfig));
  client = KubeClient.fromKubeConfig(through('one'));
});
afterAll(async () => {
  await client.close();
  await proxy.close();
  await cluster.tidy();
  await cluster.stop();
});
beforeEach(() => {
  proxy.stops = {};
  proxy.withheld = () => false;
});

/** The administrator's own credentials, over the proxy, under that name. */
function through(name: string): KubeConfig {
  const config = cluster.kubeConfig();
  const clusters = config.clusters.map((one) => ({
    ...one,
    server: proxy.urlFor(name),
    caData: proxy.caData,
  }));
  return Object.assign(config, { clusters });
}

const patchData = async (name: string, value: string, version?: string): Promise<string> => {
  const metadata = version === undefined ? {} : { metadata: { resourceVersion: version } };
  const { object } = await client.patch<ConfigMap>(
    configMaps,
    cluster.keyOf(name),
    { ...metadata, data: { value } },
    { type: 'merge' },
  );
  return object.metadata.resourceVersion;
};

const last = (): Write | undefined => proxy.writes.at(-1);

describe('the recording proxy', () => {
  it('passes writes and refusals on as they are, and records them in their order, under the name of who sent them', async () => {
    const before = proxy.writes.length;
    await cluster.make('recorded');
    const version = await patchData('recorded', 'a');
    await patchData('recorded', 'b');
    await expect(patchData('recorded', 'c', version)).rejects.toSatisfy(isConflict);
    await client.delete(configMaps, cluster.keyOf('recorded'));
    const seen = proxy.writes.slice(before);
    expect(seen.map(({ verb, resource, name, status }) => [verb, resource, name, status])).toEqual([
      ['patch', 'configmaps', 'recorded', 200],
      ['patch', 'configmaps', 'recorded', 200],
      ['patch', 'configmaps', 'recorded', 409],
      ['delete', 'configmaps', 'recorded', 200],
    ]);
    expect(seen.every((write) => write.client === 'one' && write.namespace === cluster.namespace)).toBe(true);
    const stamps = seen.flatMap((write) => [write.receivedAt, write.answeredAt ?? 0, write.passedAt ?? 0]);
    expect(stamps).toEqual(stamps.toSorted((a, b) => a - b));
  });

  it('holds a write up before the API server knows of it, and before its sender does', async () => {
    await cluster.make('held');
    const stored = async (): Promise<string | undefined> =>
      (await cluster.admin.get<ConfigMap>(configMaps, cluster.keyOf('held'))).object.data?.['value'];
    const atDoor = Promise.withResolvers<void>();
    const onWayBack = Promise.withResolvers<void>();
    proxy.stops = { received: async () => atDoor.promise, answered: async () => onWayBack.promise };
    let known = false;
    const write = patchData('held', 'yes').then(() => (known = true));
    await eventually(() => expect(last()).toMatchObject({ name: 'held' }));
    expect(await stored()).toBeUndefined();
    atDoor.resolve();
    await eventually(() => expect(last()?.answeredAt).toBeDefined());
    expect(await stored()).toBe('yes');
    expect(known).toBe(false);
    onWayBack.resolve();
    await write;
    expect(last()?.passedAt).toBeDefined();
  });

  it('streams watches, and keeps from a client what it is not to hear of', async () => {
    const { reflector, told } = cluster.follow({ client });
    await reflector.whenSynced();
    proxy.withheld = ({ metadata }) => metadata?.name === 'secretly';
    await cluster.make('secretly');
    const uid = await cluster.make('openly');
    await eventually(() => expect(told).toContain(`added openly ${uid}`));
    expect(told.filter((line) => line.includes('secretly'))).toEqual([]);
  });
});
