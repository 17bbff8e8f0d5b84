import { createServer, type Server } from 'node:http';
import { randomBytes, randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { createCaches, startCaches, stopCaches, synced, type Caches } from './controllers/caches.ts';
import type { ControllerContext } from './controllers/context.ts';
import { Crew } from './controllers/crew.ts';
import { diagnose } from './controllers/diagnosis.ts';
import { secretStore } from './controllers/secretstore.ts';
import { KeySource } from './identity/keysource.ts';
import { KubeClient } from './kube/client.ts';
import { LeaderElector } from './kube/leader.ts';
import { Recorder } from './kube/recorder.ts';
import { startProbes } from './probes.ts';

/** A running operator. */
export interface Operator {
  /** Hands over: releases the lease, ends what is under way, closes the servers. */
  stop(): Promise<void>;
}

const componentName = 'tekton-approvals';
const drainMs = 10_000;
const diagnoseEveryMs = 5_000;

/** Starts all roles. Resolves once the servers listen; whether it can work yet says /readyz. */
export async function startOperator(config: Config, log: Logger): Promise<Operator> {
  const client = KubeClient.load(config.kubeconfig === '' ? undefined : config.kubeconfig);
  const namespaces = config.namespaces.length > 0 ? { namespaces: config.namespaces } : {};
  const caches = createCaches({ client, log, ...namespaces });
  const keys = createKeys({ config, client, caches, log });
  const instance = `${process.env['HOSTNAME'] ?? 'local'}-${randomUUID()}`;
  const recorder = new Recorder({
    client,
    reportingController: componentName,
    reportingInstance: instance,
    log,
  });
  let elector: LeaderElector | undefined;
  const context: ControllerContext = {
    client,
    caches,
    recorder,
    log,
    settings: { rules: { minAssurance: config.minAssurance, robots: config.robots }, loginConfigured: false },
    keys: () => keys.current(),
    isLeader: () => elector?.isLeader ?? false,
    approvalUrl: (namespace, name) => `${config.baseUrl}/a/${namespace}/${name}`,
    unreachable: () => [],
  };
  const crew = new Crew({
    context,
    atOnce: config.controller.atOnce,
    policyProofMs: config.controller.policyProofMs,
    installNamespace: config.install.namespace,
    followers: [],
  });
  startCaches(caches);
  void keys.start();
  elector = new LeaderElector({
    client,
    namespace: config.install.namespace,
    name: config.lease.name,
    identity: instance,
    timings: config.lease,
    log,
    onGained: () => void whenSynced(caches).then(() => elector?.isLeader === true && crew.start()),
    onLost: () => void crew.stop(drainMs),
  });
  elector.start();
  const probes = await startProbes({
    ...config.probes,
    readiness: () => (synced(caches) ? [] : ['not synced']),
  });
  void diagnose;
  void createServer;
  return {
    stop: async () => {
      await crew.stop(drainMs);
      await elector?.stop();
      keys.stop();
      await stopCaches(caches);
      await closeServer(probes);
      await client.close();
    },
  };
}

async function whenSynced(caches: Caches): Promise<void> {
  await Promise.all(
    Object.values(caches).map(async (cache: { whenSynced(): Promise<void> }) => cache.whenSynced()),
  );
}

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}

function createKeys(parts: { config: Config; client: KubeClient; caches: Caches; log: Logger }): KeySource {
  const { config, client, caches, log } = parts;
  return new KeySource({
    store: secretStore(client, { namespace: config.install.namespace, name: config.keys.secret }),
    mayCreate: async () => {
      await caches.tasks.whenSynced();
      return caches.tasks.all().every((task) => task.status?.status !== 'pending');
    },
    random: randomBytes,
    pollMs: config.keys.pollMs,
    log,
  });
}
