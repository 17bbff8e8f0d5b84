import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { KubeObject } from '../../src/kube/object.ts';
import type { CuttingProxy } from '../faults/cutting-proxy.ts';
import { ProxiedCluster, configMaps, eventually, labelSelector } from '../faults/proxied-cluster.ts';
import type { ConfigMap } from '../faults/proxied-cluster.ts';
import { Witness } from '../faults/witness.ts';
import { sized, throwDice } from '../tier.ts';

const rounds = sized({ short: 3, long: 60 });
const changes = 25;
const dice = throwDice('cuts before the API server');
const names = ['a', 'b', 'c', 'd', 'e', 'f'];

let cluster: ProxiedCluster;
/** The protocols that clients of this file agreed upon with the API server, as TLS names them. */
const spoken = new Set<unknown>();
const onConnected = (message: unknown): void => {
  const { socket } = message as { socket: { alpnProtocol?: unknown } };
  spoken.add(socket.alpnProtocol);
};
beforeAll(async () => {
  cluster = await ProxiedCluster.start(inject('controlPlane').kubeconfig);
  subscribe('undici:client:connected', onConnected);
});
beforeEach(() => spoken.clear());
afterEach(() => cluster.tidy());
afterAll(async () => {
  unsubscribe('undici:client:connected', onConnected);
  await cluster.stop();
});

const versionOf = ({ metadata }: KubeObject): string =>
  `${metadata.name} ${metadata.uid} ${metadata.resourceVersion}`;

/** Straight to the API server, which the cuts do not concern. */
async function change(): Promise<void> {
  const name = dice.pick(names);
  const { items } = await cluster.admin.list(configMaps, { namespace: cluster.namespace, labelSelector });
  if (!items.some(({ metadata }) => metadata.name === name)) return void (await cluster.make(name));
  const roll = dice.next();
  if (roll < 0.5) return cluster.change(name, String(roll));
  await cluster.admin.delete(configMaps, cluster.keyOf(name));
  if (roll > 0.7) await cluster.make(name);
}

/** The way back to a proxy that works is the first of each. */
const cuts: ((proxy: CuttingProxy) => unknown)[] = [
  (proxy) => proxy.resume(),
  (proxy) => proxy.resume(),
  (proxy) => proxy.cutAll(),
  (proxy) => proxy.cutAll(),
  (proxy) => proxy.abandon(),
  (proxy) => proxy.blackhole(),
  (proxy) => proxy.refuse(),
];

describe.each([
  ['h2', true],
  ['http/1.1', false],
])('A network that fails again and again before the real API server (%s)', (protocol, allowHttp2) => {
  it('leaves the cache with what a fresh list has, and handlers with a true history', async () => {
    const { proxy, client, answers } = await cluster.proxied({ allowHttp2, requestTimeoutMs: 2_000 });
    const { reflector } = cluster.follow({ client, timings: { inactivityMs: 1_000 } });
    const witness = new Witness<ConfigMap>();
    reflector.onChange(witness.hear);
    const opened = (): number => answers.filter((answer) => answer === 'watch 200').length;
    for (let round = 0; round < rounds; round += 1) {
      for (let i = 0; i < changes; i += 1) {
        await change();
        if (dice.next() < 0.3) await dice.pick(cuts)(proxy);
      }
      await proxy.resume();
      const { items } = await cluster.admin.listAll(configMaps, {
        namespace: cluster.namespace,
        labelSelector,
      });
      const fresh = items.map(versionOf).toSorted();
      await eventually(() => expect(reflector.all().map(versionOf).toSorted()).toEqual(fresh));
      expect(witness.objects.map(versionOf).toSorted()).toEqual(fresh);
      expect(witness.complaints).toEqual([]);
      // However the dice fell, each round ends with a cut that meets an open watch.
      const before = opened();
      proxy.cutAll();
      await eventually(() => expect(opened()).toBeGreaterThan(before));
    }
    // Others in this process may speak HTTP/2 with the API server; only this client may be told not to.
    expect([...spoken]).toContain(protocol);
  });

  it('is not stormed while it is away, and found again when it is back', async () => {
    const { proxy, client, answers } = await cluster.proxied({ allowHttp2, requestTimeoutMs: 2_000 });
    const { reflector } = cluster.follow({ client });
    await eventually(() => expect(answers).toContain('watch 200'));
    await proxy.refuse();
    const [from, before] = [performance.now(), answers.length];
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    const seconds = (performance.now() - from) / 1_000;
    expect((answers.length - before) / seconds).toBeLessThan(5);
    await cluster.make('meanwhile');
    const tries = answers.length;
    await proxy.resume();
    await eventually(() => expect(reflector.get(cluster.keyOf('meanwhile'))).toBeDefined());
    // Tries are a second apart at most: it was the first or, where one was under way, the second.
    expect(answers.length - tries).toBeLessThanOrEqual(2);
    expect(spoken).toContain(protocol);
  });
});
