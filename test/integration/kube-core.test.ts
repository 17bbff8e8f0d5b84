import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { KubeClient } from '../../src/kube/client.ts';
import { isConflict } from '../../src/kube/error.ts';
import { LeaderElector } from '../../src/kube/leader.ts';
import { leaseType } from '../../src/kube/lease.ts';
import type { Lease } from '../../src/kube/lease.ts';
import { eventType, Recorder } from '../../src/kube/recorder.ts';
import {
  ProxiedCluster,
  configMaps,
  eventually,
  labelSelector,
  log,
  rbac,
  serviceAccounts,
} from '../faults/proxied-cluster.ts';
import type { ConfigMap } from '../faults/proxied-cluster.ts';

let cluster: ProxiedCluster;
beforeAll(async () => {
  cluster = await ProxiedCluster.start(inject('controlPlane').kubeconfig);
});
afterEach(() => cluster.tidy());
afterAll(() => cluster.stop());

describe('KubeClient and the real API server', () => {
  it('reads page by page what was written', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) await cluster.make(name);
    const all = await cluster.admin.listAll(configMaps, {
      namespace: cluster.namespace,
      labelSelector,
      limit: 2,
    });
    expect(all.items.map(({ metadata }) => metadata.name)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(Math.abs(all.serverTime - cluster.admin.serverNow())).toBeLessThan(60_000);
  });

  it('writes only over the version that was read, and deletes only the object that was meant', async () => {
    await cluster.make('a');
    const { object } = await cluster.admin.get<ConfigMap>(configMaps, cluster.keyOf('a'));
    await cluster.change('a', 'newer');
    const { resourceVersion } = object.metadata;
    const stale = { metadata: { resourceVersion }, data: { value: 'stale' } };
    const write = cluster.admin.patch(configMaps, cluster.keyOf('a'), stale, { type: 'merge' });
    await expect(write).rejects.toSatisfy(isConflict);
    await expect(cluster.admin.delete(configMaps, cluster.keyOf('a'), { uid: 'another' })).rejects.toSatisfy(
      isConflict,
    );
    expect((await cluster.admin.get<ConfigMap>(configMaps, cluster.keyOf('a'))).object.data).toEqual({
      value: 'newer',
    });
  });

  it('owns fields by server-side apply', async () => {
    const config = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'applied' },
      data: { mine: 'yes' },
    };
    const apply = { type: 'apply', fieldManager: 'kube-core', force: true } as const;
    await cluster.admin.patch(configMaps, cluster.keyOf('applied'), config, apply);
    await cluster.change('applied', 'theirs');
    const { object } = await cluster.admin.patch<ConfigMap>(
      configMaps,
      cluster.keyOf('applied'),
      { ...config, data: {} },
      apply,
    );
    expect(object.data).toEqual({ value: 'theirs' });
  });
});

describe('Reflector without the right to list', () => {
  it('keeps trying, is not synced meanwhile, and begins when the right is granted', async () => {
    const metadata = { name: 'reader', namespace: cluster.namespace };
    await cluster.admin.create(serviceAccounts, { metadata });
    const path = `/api/v1/namespaces/${cluster.namespace}/serviceaccounts/reader/token`;
    const { object } = await cluster.admin.post(path, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {},
    });
    const config = cluster.kubeConfig();
    const server = config.getCurrentCluster();
    if (server === null) throw new Error('no cluster');
    const { token } = JSON.parse(JSON.stringify(object)).status;
    config.loadFromClusterAndUser(server, { name: 'reader', token });
    const client = KubeClient.fromKubeConfig(config);
    cluster.afterwards(() => client.close());
    const { reflector, restarts } = cluster.follow({ client });
    await eventually(() => expect(restarts).toContain('403'));
    expect(reflector.synced).toBe(false);
    const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list', 'watch'] }];
    await cluster.admin.create(rbac('roles', 'Role'), { metadata, rules });
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' };
    const subjects = [{ kind: 'ServiceAccount', ...metadata }];
    await cluster.admin.create(rbac('rolebindings', 'RoleBinding'), { metadata, roleRef, subjects });
    await reflector.whenSynced();
  });
});

describe('LeaderElector and the real API server', () => {
  const timings = { leaseMs: 3_000, renewDeadlineMs: 2_000, retryMs: 300 };
  const told: string[] = [];
  let leaseName: string;
  const elector = (client: KubeClient, identity: string): LeaderElector => {
    const onGained = (): number => told.push(`${identity} gained`);
    const onLost = (): number => told.push(`${identity} lost`);
    const options = {
      client,
      namespace: cluster.namespace,
      name: leaseName,
      identity,
      timings,
      log,
      onGained,
      onLost,
    };
    const made = new LeaderElector(options);
    cluster.afterwards(() => made.stop());
    made.start();
    return made;
  };
  const holder = async (): Promise<string | undefined> =>
    (await cluster.admin.get<Lease>(leaseType, cluster.keyOf(leaseName))).object.spec?.holderIdentity;
  beforeEach(() => {
    told.length = 0;
    leaseName = `lock-${randomBytes(4).toString('hex')}`;
  });

  it('hands over from a leader that is cut off, never with two at a time', async () => {
    const [first, second] = [await cluster.proxied(), await cluster.proxied()];
    const a = elector(first.client, 'a');
    await eventually(() => expect(a.isLeader).toBe(true));
    const b = elector(second.client, 'b');
    let both = false;
    const watching = setInterval(() => (both ||= a.isLeader && b.isLeader), 1);
    first.proxy.blackhole();
    await eventually(() => expect(b.isLeader).toBe(true));
    clearInterval(watching);
    expect(both).toBe(false);
    expect(told).toEqual(['a gained', 'a lost', 'b gained']);
    await first.proxy.resume();
    expect(await holder()).toBe('b');
  });

  it('gives the Lease back when it stops', async () => {
    const a = elector(cluster.admin, 'a');
    await eventually(() => expect(a.isLeader).toBe(true));
    const b = elector(cluster.admin, 'b');
    await a.stop();
    await eventually(() => expect(b.isLeader).toBe(true));
    expect(told).toEqual(['a gained', 'b gained']);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['is deleted', () => cluster.admin.delete(leaseType, cluster.keyOf(leaseName))],
    [
      'is taken by another',
      () =>
        cluster.admin.patch(
          leaseType,
          cluster.keyOf(leaseName),
          { spec: { holderIdentity: 'thief' } },
          { type: 'merge' },
        ),
    ],
  ])('stops leading when its Lease %s', async (_what, happens) => {
    const a = elector(cluster.admin, 'a');
    await eventually(() => expect(a.isLeader).toBe(true));
    await happens();
    await eventually(() => expect(told.slice(0, 2)).toEqual(['a gained', 'a lost']));
  });
});

describe('Recorder and the real API server', () => {
  it('writes Events that the server accepts, repetitions as a series, long notes cut', async () => {
    const recorder = new Recorder({
      client: cluster.admin,
      reportingController: 'example.com/kube-core',
      reportingInstance: 'test',
      log,
    });
    const regarding = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      namespace: cluster.namespace,
      name: 'about',
      uid: 'u',
    };
    const event = {
      regarding,
      type: 'Warning',
      reason: 'Tested',
      action: 'Test',
      note: 'ä'.repeat(2_000),
    } as const;
    for (let i = 0; i < 3; i += 1) recorder.event(event);
    await recorder.flush();
    const { items } = await cluster.admin.listAll(eventType, { namespace: cluster.namespace });
    expect(items).toMatchObject([{ reason: 'Tested', regarding: { name: 'about' }, series: { count: 3 } }]);
  });
});
