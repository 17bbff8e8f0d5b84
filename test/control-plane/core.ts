import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { Api } from './api.ts';
import type { Binaries } from './binaries.ts';
import { type ClusterAddress, writeKubeconfig } from './kubeconfig.ts';
import { makeTokens, tokenFile, type User } from './people.ts';
import type { Processes } from './processes.ts';
import { startListening } from './listening.ts';

/** What every step of the start works with. */
export type Surroundings = {
  binaries: Binaries;
  processes: Processes;
  /** Absolute folder for what no user of this control plane needs to see. */
  directory: string;
  /** Path of the administrator's kubeconfig, to be written. */
  kubeconfig: string;
  signal: AbortSignal | undefined;
  /** More flags for kube-apiserver. */
  apiServerFlags?: readonly string[];
};

/** A running Kubernetes without Tekton: API server, its store, and the controllers the tests depend on. */
export type Core = {
  cluster: ClusterAddress;
  caFile: string;
  adminKubeconfig: string;
  tokens: ReadonlyMap<User, string>;
  /** URL of the store behind the API server. */
  etcd: string;
};

/** Starts etcd, kube-apiserver and kube-controller-manager, in this order. Throws `StartError` when one does not come up. */
export async function startCore(surroundings: Surroundings): Promise<Core> {
  const etcd = await startEtcd(surroundings);
  const core = await startApiServer(surroundings, etcd);
  await startControllerManager(surroundings, core);
  return core;
}

async function startEtcd({ binaries, processes, directory, signal }: Surroundings): Promise<string> {
  return startListening({ processes, signal, ports: 2 }, ([client = 0, peer = 0]) => ({
    spec: {
      name: 'etcd',
      command: binaries.etcd,
      args: [
        `--data-dir=${path.join(directory, 'etcd')}`,
        `--listen-client-urls=http://127.0.0.1:${client}`,
        `--advertise-client-urls=http://127.0.0.1:${client}`,
        `--listen-peer-urls=http://127.0.0.1:${peer}`,
        `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
        `--initial-cluster=default=http://127.0.0.1:${peer}`,
        // Nothing here must survive a power cut, and tests are many small writes.
        '--unsafe-no-fsync',
        '--log-level=warn',
      ],
    },
    ready: async () => (await fetch(`http://127.0.0.1:${client}/health`)).ok,
    result: `http://127.0.0.1:${client}`,
  }));
}

/** The key pair with which the API server signs the tokens of ServiceAccounts. */
function makeSigningKey(directory: string): { privateFile: string; publicFile: string } {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const privateFile = path.join(directory, 'sa.key');
  const publicFile = path.join(directory, 'sa.pub');
  writeFileSync(privateFile, privateKey.export({ type: 'pkcs1', format: 'pem' }), { mode: 0o600 });
  writeFileSync(publicFile, publicKey.export({ type: 'spki', format: 'pem' }));
  return { privateFile, publicFile };
}

async function startApiServer(surroundings: Surroundings, etcd: string): Promise<Core> {
  const { binaries, processes, directory, signal, kubeconfig: adminKubeconfig } = surroundings;
  const { apiServerFlags = [] } = surroundings;
  const tokens = makeTokens();
  const tokensFile = path.join(directory, 'tokens.csv');
  writeFileSync(tokensFile, tokenFile(tokens), { mode: 0o600 });
  const key = makeSigningKey(directory);
  const certificates = path.join(directory, 'certificates');
  mkdirSync(certificates, { recursive: true });
  // The API server makes this certificate at its first start and appends the authority that signed it.
  const caFile = path.join(certificates, 'apiserver.crt');
  return startListening({ processes, signal, ports: 1 }, ([port = 0]) => {
    const server = `https://127.0.0.1:${port}`;
    const core = (): Core => ({
      cluster: { server, caData: readFileSync(caFile).toString('base64') },
      caFile,
      adminKubeconfig,
      tokens,
      etcd,
    });
    return {
      spec: {
        name: 'kube-apiserver',
        command: binaries['kube-apiserver'],
        args: [
          '--bind-address=127.0.0.1',
          '--advertise-address=127.0.0.1',
          `--secure-port=${port}`,
          `--cert-dir=${certificates}`,
          `--etcd-servers=${etcd}`,
          '--authorization-mode=RBAC',
          `--token-auth-file=${tokensFile}`,
          // It would mount tokens into pods that no kubelet runs.
          '--disable-admission-plugins=ServiceAccount',
          // Some distributions ask who sets blockOwnerDeletion for a right on the owner's finalizers; so do we.
          '--enable-admission-plugins=OwnerReferencesPermissionEnforcement',
          '--service-cluster-ip-range=10.0.0.0/24',
          `--service-account-issuer=${server}`,
          `--service-account-key-file=${key.publicFile}`,
          `--service-account-signing-key-file=${key.privateFile}`,
          ...apiServerFlags,
        ],
      },
      ready: () => isReady(core(), tokens.get('admin') ?? ''),
      result: core,
    };
  }).then((core) => core());
}

async function isReady(core: Core, token: string): Promise<boolean> {
  writeKubeconfig(core.adminKubeconfig, core.cluster, { name: 'admin', token });
  const api = new Api(core.adminKubeconfig);
  try {
    await api.request('GET', '/readyz');
    return true;
  } finally {
    api.close();
  }
}

async function startControllerManager(surroundings: Surroundings, core: Core): Promise<void> {
  const { binaries, processes, directory } = surroundings;
  const user = 'system:kube-controller-manager';
  const kubeconfig = path.join(directory, 'kube-controller-manager.kubeconfig');
  writeKubeconfig(kubeconfig, core.cluster, { name: user, token: core.tokens.get(user) ?? '' });
  await processes.start({
    name: 'kube-controller-manager',
    command: binaries['kube-controller-manager'],
    // Asked to end while it starts, it takes its time; it has nothing to lose.
    grace: 2_000,
    args: [
      `--kubeconfig=${kubeconfig}`,
      `--authentication-kubeconfig=${kubeconfig}`,
      `--authorization-kubeconfig=${kubeconfig}`,
      '--leader-elect=false',
      '--secure-port=0',
      `--service-account-private-key-file=${path.join(directory, 'sa.key')}`,
      // So that each controller is the account that policies of a real cluster name.
      '--use-service-account-credentials',
      '--controllers=garbage-collector-controller,namespace-controller,serviceaccount-controller',
    ],
  });
}
