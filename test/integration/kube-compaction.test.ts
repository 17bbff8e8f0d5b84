import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isGone } from '../../src/kube/error.ts';
import type { ReflectorOptions } from '../../src/kube/reflector.ts';
import { findBinaries } from '../control-plane/binaries.ts';
import { startCore } from '../control-plane/core.ts';
import { Processes } from '../control-plane/processes.ts';
import { toStderr as progress } from '../control-plane/progress.ts';
import { ProxiedCluster, configMaps, eventually, labelSelector } from '../faults/proxied-cluster.ts';
import type { ConfigMap } from '../faults/proxied-cluster.ts';
import { Witness } from '../faults/witness.ts';

let folder: string;
let processes: Processes;
let cluster: ProxiedCluster;
let etcd: string;

/** A Kubernetes of its own: what the store forgets is gone for everybody. */
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'compaction-'));
  const directory = path.join(folder, 'private');
  mkdirSync(directory);
  processes = new Processes(path.join(folder, 'logs'), directory);
  const signal = undefined;
  const core = await startCore({
    binaries: await findBinaries({ progress, processes, signal }),
    processes,
    directory,
    kubeconfig: path.join(folder, 'kubeconfig'),
    signal,
    // It would answer from its memory what its store has forgotten.
    apiServerFlags: ['--watch-cache=false'],
  });
  etcd = core.etcd;
  cluster = await ProxiedCluster.start(core.adminKubeconfig);
});
afterEach(() => cluster.tidy());
afterAll(async () => {
  await cluster.stop();
  await processes.stop();
  rmSync(folder, { recursive: true });
});

/** etcd's own API by JSON (gRPC gateway). Versions of Kubernetes are revisions of etcd. */
async function ask(what: string, body: object): Promise<{ header: { revision: string } }> {
  const answer = await fetch(`${etcd}/v3/${what}`, { method: 'POST', body: JSON.stringify(body) });
  expect(answer.ok).toBe(true);
  const parsed: { header: { revision: string } } = JSON.parse(await answer.text());
  return parsed;
}

/** The store forgets all that happened up to now. */
async function compact(): Promise<void> {
  const { header } = await ask('maintenance/status', {});
  await ask('kv/compaction', { revision: header.revision, physical: true });
}

const fresh = async (): Promise<string[]> => {
  const query = { namespace: cluster.namespace, labelSelector };
  const { items } = await cluster.admin.listAll<ConfigMap>(configMaps, query);
  return items.map(versionOf).toSorted();
};
const versionOf = ({ metadata }: ConfigMap): string =>
  `${metadata.name} ${metadata.uid} ${metadata.resourceVersion}`;

describe.each([true, false])('A store that forgot its history (HTTP/2 allowed: %s)', (allowHttp2) => {
  it('makes the API server refuse to resume, and the cache is read anew with nothing lost or invented', async () => {
    const { proxy, client } = await cluster.proxied({ allowHttp2 });
    const before = await cluster.make('same');
    for (const name of ['kept', 'changed', 'deleted']) await cluster.make(name);
    const { reflector, told, restarts } = cluster.follow({ client });
    const witness = new Witness<ConfigMap>();
    reflector.onChange(witness.hear);
    await reflector.whenSynced();
    await proxy.refuse();
    for (const name of ['same', 'deleted']) await cluster.admin.delete(configMaps, cluster.keyOf(name));
    await cluster.change('changed', 'yes');
    const after = await cluster.make('same');
    await compact();
    await proxy.resume();
    await eventually(() => expect(reflector.get(cluster.keyOf('same'))?.metadata.uid).toBe(after));
    expect(restarts).toContain('410');
    expect(reflector.all().map(versionOf).toSorted()).toEqual(await fresh());
    expect(witness.complaints).toEqual([]);
    expect(told.filter((line) => line.includes(' same '))).toEqual([
      `added same ${before}`,
      `deleted same ${before}`,
      `added same ${after}`,
    ]);
  });

  it('makes a list between two pages begin anew', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) await cluster.make(name);
    const { client } = await cluster.proxied({ allowHttp2 });
    let forgets = true;
    const inSmallPages: ReflectorOptions<ConfigMap>['client'] = {
      async *pages(type, query) {
        for await (const page of client.pages<never>(type, { ...query, limit: 2 })) {
          yield page;
          if (!forgets) continue;
          forgets = false;
          await cluster.admin.delete(configMaps, cluster.keyOf('a'));
          await compact();
        }
      },
      watch: (type, query) => client.watch(type, query),
    };
    const { reflector, told, restarts } = cluster.follow({ client: inSmallPages });
    await reflector.whenSynced();
    expect(restarts).toEqual(['410']);
    expect(reflector.all().map(versionOf).toSorted()).toEqual(await fresh());
    expect(told.map((line) => line.split(' ')[1])).toEqual(['b', 'c', 'd', 'e']);
  });

  it('refuses a token for the next page with 410', async () => {
    for (const name of ['a', 'b', 'c']) await cluster.make(name);
    const { client } = await cluster.proxied({ allowHttp2 });
    const query = { namespace: cluster.namespace, labelSelector, limit: 1 };
    const first = await client.list(configMaps, query);
    await cluster.make('d');
    await compact();
    const next = client.list(configMaps, { ...query, continue: first.continue ?? '' });
    await expect(next).rejects.toSatisfy(isGone);
  });
});
