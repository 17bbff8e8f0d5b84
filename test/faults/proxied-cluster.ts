import { randomBytes } from 'node:crypto';
import { KubeConfig } from '@kubernetes/client-node';
import { pino } from 'pino';
import { vi } from 'vitest';
import { KubeClient } from '../../src/kube/client.ts';
import type { ClientOptions } from '../../src/kube/client.ts';
import { apiVersionOf } from '../../src/kube/object.ts';
import type { KubeObject, ResourceType } from '../../src/kube/object.ts';
import { Reflector } from '../../src/kube/reflector.ts';
import type { ReflectorOptions } from '../../src/kube/reflector.ts';
import { CuttingProxy } from './cutting-proxy.ts';

const core = (plural: string, kind: string, namespaced = true): ResourceType => ({
  group: '',
  version: 'v1',
  plural,
  kind,
  namespaced,
});
export const configMaps = core('configmaps', 'ConfigMap');
export const serviceAccounts = core('serviceaccounts', 'ServiceAccount');
const namespaces = core('namespaces', 'Namespace', false);
/** A namespaced kind of rbac.authorization.k8s.io/v1. */
export const rbac = (plural: string, kind: string): ResourceType => ({
  ...core(plural, kind),
  group: 'rbac.authorization.k8s.io',
});

export interface ConfigMap extends KubeObject {
  readonly data?: Record<string, string>;
}

const labels = { test: 'kube-core' };
/** What tells the objects of these tests from those the cluster puts into every namespace. */
export const labelSelector = 'test=kube-core';
export const log = pino({ level: 'silent' });

/** Waits for a condition, generously: no test depends on the speed of the machine. */
export const eventually = (check: () => void): Promise<void> =>
  vi.waitFor(check, { timeout: 60_000, interval: 10 });

/** A way to the API server that can fail. */
interface Way {
  readonly proxy: CuttingProxy;
  readonly client: KubeClient;
  /** The answers it got: `watch 200`. */
  readonly answers: string[];
}

/** A namespace of the real API server, reached by its administrator and through proxies that cut. */
export class ProxiedCluster {
  readonly namespace = `kube-core-${randomBytes(4).toString('hex')}`;
  /** The administrator, straight to the API server. */
  readonly admin: KubeClient;
  readonly #kubeconfig: string;
  #cleanups: (() => Promise<void>)[] = [];

  private constructor(kubeconfig: string) {
    this.#kubeconfig = kubeconfig;
    this.admin = KubeClient.load(kubeconfig);
  }

  static async start(kubeconfig: string): Promise<ProxiedCluster> {
    const cluster = new ProxiedCluster(kubeconfig);
    await cluster.admin.create(namespaces, { metadata: { name: cluster.namespace } });
    return cluster;
  }

  /** The administrator's kubeconfig, leading to the API server or to a proxy in front of it. */
  kubeConfig(server?: string): KubeConfig {
    const config = new KubeConfig();
    config.loadFromFile(this.#kubeconfig);
    if (server !== undefined) config.clusters = config.clusters.map((cluster) => ({ ...cluster, server }));
    return config;
  }

  async proxied(options: ClientOptions = {}): Promise<Way> {
    const proxy = await CuttingProxy.startFor(this.kubeConfig().getCurrentCluster()?.server ?? '');
    const answers: string[] = [];
    const onRequest: ClientOptions['onRequest'] = ({ verb, status }) => answers.push(`${verb} ${status}`);
    const client = KubeClient.fromKubeConfig(this.kubeConfig(proxy.url), { ...options, onRequest });
    this.afterwards(async () => {
      await client.close();
      await proxy.close();
    });
    return { proxy, client, answers };
  }

  /** A reflector of this test's ConfigMaps and what its handlers were told: `added NAME UID`. */
  follow(options: Partial<ReflectorOptions<ConfigMap>> & Pick<ReflectorOptions<ConfigMap>, 'client'>): {
    reflector: Reflector<ConfigMap>;
    told: string[];
    restarts: string[];
  } {
    const told: string[] = [];
    const restarts: string[] = [];
    const reflector = new Reflector<ConfigMap>({
      type: configMaps,
      namespaces: [this.namespace],
      labelSelector,
      log,
      onRestart: (why) => restarts.push(why),
      ...options,
    });
    reflector.onChange(({ kind, object: { metadata } }) => {
      told.push(`${kind} ${metadata.name} ${metadata.uid}`);
    });
    reflector.start();
    this.afterwards(() => reflector.stop());
    return { reflector, told, restarts };
  }

  keyOf(name: string): string {
    return `${this.namespace}/${name}`;
  }

  /** Creates an object of that name and returns its uid. */
  async make(name: string, type = configMaps): Promise<string> {
    const kind = { apiVersion: apiVersionOf(type), kind: type.kind };
    const metadata = { name, namespace: this.namespace, labels };
    return (await this.admin.create(type, { ...kind, metadata })).object.metadata.uid;
  }

  async change(name: string, value: string): Promise<void> {
    await this.admin.patch(configMaps, this.keyOf(name), { data: { value } }, { type: 'merge' });
  }

  /** Runs at the end of the test, the latest first. */
  afterwards(cleanup: () => Promise<void>): void {
    this.#cleanups.unshift(cleanup);
  }

  /** To be called after each test. */
  async tidy(): Promise<void> {
    for (const cleanup of this.#cleanups) await cleanup();
    this.#cleanups = [];
    const { items } = await this.admin.listAll(configMaps, { namespace: this.namespace, labelSelector });
    for (const { metadata } of items) await this.admin.delete(configMaps, this.keyOf(metadata.name));
  }

  async stop(): Promise<void> {
    await this.admin.delete(namespaces, this.namespace);
    await this.admin.close();
  }
}
