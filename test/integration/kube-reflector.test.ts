import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import type { KubeObject, ResourceType } from '../../src/kube/object.ts';
import type { ReflectorOptions } from '../../src/kube/reflector.ts';
import { ProxiedCluster, configMaps, eventually } from '../faults/proxied-cluster.ts';
import type { ConfigMap } from '../faults/proxied-cluster.ts';

const group = `g${randomBytes(4).toString('hex')}.example.com`;
const things: ResourceType = { group, version: 'v1', plural: 'things', kind: 'Thing', namespaced: true };
const definitions: ResourceType = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
};

let cluster: ProxiedCluster;
beforeAll(async () => {
  cluster = await ProxiedCluster.start(inject('controlPlane').kubeconfig);
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  await cluster.admin.create(definitions, {
    metadata: { name: `things.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural: 'things', singular: 'thing', kind: 'Thing', listKind: 'ThingList' },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  });
  await vi.waitFor(() => cluster.admin.list(things), { timeout: 60_000 });
});
afterEach(() => cluster.tidy());
afterAll(async () => {
  await cluster.admin.delete(definitions, `things.${group}`);
  await cluster.stop();
});

describe.each([true, false])('Reflector and the real API server (HTTP/2 allowed: %s)', (allowHttp2) => {
  it('loses nothing to resets, while objects come and go', async () => {
    const { proxy, client } = await cluster.proxied({ allowHttp2 });
    const { reflector, told, restarts } = cluster.follow({ client });
    await reflector.whenSynced();
    const uids: string[] = [];
    for (let i = 0; i < 10; i += 1) {
      uids.push(await cluster.make(`m${i}`));
      proxy.cutAll();
      await cluster.change(`m${i}`, 'changed');
      if (i % 2 === 0) await cluster.admin.delete(configMaps, cluster.keyOf(`m${i}`));
    }
    await eventually(() => {
      expect(reflector.all().map(({ metadata }) => metadata.name)).toEqual(['m1', 'm3', 'm5', 'm7', 'm9']);
      expect(reflector.all().every(({ data }) => data?.['value'] === 'changed')).toBe(true);
    });
    const count = (kind: string): number => told.filter((line) => line.startsWith(kind)).length;
    expect([count('added'), count('deleted')]).toEqual([10, 5]);
    expect(uids.every((uid) => told.some((line) => line.endsWith(uid)))).toBe(true);
    expect(restarts).toContain('broken');
  });

  it('notices a half-open connection by its silence and goes on over a new one', async () => {
    const { proxy, client, answers } = await cluster.proxied({ allowHttp2 });
    const { reflector, restarts } = cluster.follow({ client, timings: { inactivityMs: 1_000 } });
    await eventually(() => expect(answers).toContain('watch 200'));
    proxy.abandon();
    await cluster.make('meanwhile');
    await eventually(() => expect(reflector.get(cluster.keyOf('meanwhile'))).toBeDefined());
    expect(restarts).toContain('Timeout');
    await expect(client.get(configMaps, cluster.keyOf('meanwhile'))).resolves.toBeDefined();
  });

  it('tells an object that was replaced under its name while disconnected as deleted and added', async () => {
    const { proxy, client } = await cluster.proxied({ allowHttp2 });
    const before = await cluster.make('same');
    const { reflector, told } = cluster.follow({ client });
    await reflector.whenSynced();
    await proxy.refuse();
    await cluster.admin.delete(configMaps, cluster.keyOf('same'));
    const after = await cluster.make('same');
    await proxy.resume();
    await eventually(() => expect(reflector.get(cluster.keyOf('same'))?.metadata.uid).toBe(after));
    expect(told).toEqual([`added same ${before}`, `deleted same ${before}`, `added same ${after}`]);
  });

  it('lists anew after a 410 and tells the difference, replaced names included', async () => {
    const { proxy, client } = await cluster.proxied({ allowHttp2 });
    const [kept, before] = [await cluster.make('kept', things), await cluster.make('same', things)];
    let stale = false;
    // A version from before the kind existed stands in for one compacted away; the 410 is the server's own.
    const forgetful: ReflectorOptions<KubeObject>['client'] = {
      pages: (type, query) => client.pages(type, query),
      watch: (type, query) => client.watch(type, stale ? { ...query, resourceVersion: '1' } : query),
    };
    const { reflector, told, restarts } = cluster.follow({ client: forgetful, type: things });
    await reflector.whenSynced();
    stale = true;
    await proxy.refuse();
    await cluster.admin.delete(things, cluster.keyOf('same'));
    const after = await cluster.make('same', things);
    await proxy.resume();
    await eventually(() => expect(restarts).toContain('410'));
    stale = false;
    await eventually(() => expect(reflector.get(cluster.keyOf('same'))?.metadata.uid).toBe(after));
    const expected = [`added same ${before}`, `deleted same ${before}`, `added same ${after}`];
    expect(told.toSorted()).toEqual([`added kept ${kept}`, ...expected].toSorted());
    await cluster.admin.delete(things, cluster.keyOf('kept'));
    await cluster.admin.delete(things, cluster.keyOf('same'));
  });

  it('is not left behind by a server that accepts a version it does not have and then says nothing', async () => {
    const { client } = await cluster.proxied({ allowHttp2 });
    // As after a restore from a backup, where everybody has seen what the store has not.
    const ahead: ReflectorOptions<ConfigMap>['client'] = {
      pages: (type, query) => client.pages(type, query),
      watch: (type, query) =>
        client.watch(type, { ...query, resourceVersion: `${query.resourceVersion}000` }),
    };
    const { reflector, restarts } = cluster.follow({ client: ahead, timings: { inactivityMs: 300 } });
    await reflector.whenSynced();
    await cluster.make('meanwhile');
    await eventually(() => expect(reflector.get(cluster.keyOf('meanwhile'))).toBeDefined());
    expect(new Set(restarts)).toEqual(new Set(['Timeout']));
  });

  it('begins as soon as the API server can be reached', async () => {
    const { proxy, client } = await cluster.proxied({ allowHttp2 });
    await proxy.refuse();
    const { reflector, restarts } = cluster.follow({ client });
    await eventually(() => expect(restarts.length).toBeGreaterThan(2));
    expect(reflector.synced).toBe(false);
    await proxy.resume();
    await reflector.whenSynced();
  });
});
