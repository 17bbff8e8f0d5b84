import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { findBinaries } from './binaries.ts';
import { type Core, startCore, type Surroundings } from './core.ts';
import { type PodOutcome, startKubelet } from './kubelet.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { forEachPerson, type Person } from './people.ts';
import { Processes } from './processes.ts';
import { elapsedText, type Progress } from './progress.ts';
import { startTekton } from './tekton.ts';

/** How to start; everything has a default. */
export type StartOptions = {
  /** Folder for data, logs and kubeconfigs. Default: a temporary one that `stop` removes. */
  directory?: string;
  progress?: Progress;
  /** Ends a start that is under way, the build of the binaries included; nothing stays behind. */
  signal?: AbortSignal;
  /** Completes pods as a kubelet would; false leaves every pod pending. Default: by the pod's annotations. */
  kubelet?: PodOutcome | false;
};

/** Kubernetes with Tekton, reachable by its kubeconfigs. */
export type ControlPlane = {
  /** Path of an administrator's kubeconfig. */
  kubeconfig: string;
  apiServer: string;
  /** The people of `people.ts` with the path of each one's kubeconfig. */
  users: Record<Person, string>;
  kubeconfigFor: (person: Person) => string;
  /** Where each process writes its log; undefined where the cluster is not ours. */
  logsDir?: string;
  /** Ends all processes in order. Logs stay only where a process had ended by itself. */
  stop: () => Promise<void>;
};

/**
 * Starts a control plane of its own on loopback: etcd, kube-apiserver, kube-controller-manager, Tekton with its
 * webhook, and a stand-in for the kubelet. Any number may run side by side. When the start fails or is aborted,
 * everything started so far has ended, and the error names the log that tells why.
 */
export async function startControlPlane(options: StartOptions = {}): Promise<ControlPlane> {
  const { progress = () => {}, signal } = options;
  const directory = options.directory ?? mkdtempSync(path.join(os.tmpdir(), 'tekton-approvals-'));
  mkdirSync(path.join(directory, 'private'), { recursive: true, mode: 0o700 });
  const scratch = options.directory === undefined ? directory : path.join(directory, 'private');
  const processes = new Processes(path.join(directory, 'logs'), scratch);
  const cleanUp = (keepLogs: boolean): void =>
    removeFiles(directory, keepLogs || options.directory !== undefined);
  try {
    const binaries = await findBinaries({ progress, processes, signal });
    const start = performance.now();
    progress('starting the control plane (etcd, kube-apiserver, kube-controller-manager, Tekton) ...');
    const surroundings: Surroundings = {
      binaries,
      processes,
      directory: path.join(directory, 'private'),
      kubeconfig: path.join(directory, 'kubeconfig'),
      signal,
    };
    const core = await startCore(surroundings);
    await startTekton(surroundings, core);
    const kubelet =
      options.kubelet === false ? undefined : startKubelet(core.adminKubeconfig, options.kubelet);
    progress(`control plane ready in ${elapsedText(performance.now() - start)}`);
    const users = writeUsers(directory, core);
    return {
      kubeconfig: core.adminKubeconfig,
      apiServer: core.cluster.server,
      users,
      kubeconfigFor: (person) => users[person],
      logsDir: path.join(directory, 'logs'),
      stop: async () => {
        await kubelet?.stop();
        const crashed = processes.crashed();
        for (const { name, ending, logFile } of crashed)
          progress(`${name} had ended with ${ending()}: see ${logFile}`);
        await processes.stop();
        cleanUp(crashed.length > 0);
      },
    };
  } catch (error) {
    await processes.stop();
    const isAborted = signal?.aborted === true;
    cleanUp(!isAborted);
    if (!isAborted) progress(`the logs are kept in ${path.join(directory, 'logs')}`);
    throw error;
  }
}

function writeUsers(directory: string, core: Core): Record<Person, string> {
  const folder = path.join(directory, 'users');
  mkdirSync(folder, { recursive: true });
  return forEachPerson((person) => {
    const file = path.join(folder, person);
    writeKubeconfig(file, core.cluster, { name: person, token: core.tokens.get(person) ?? '' });
    return file;
  });
}

/** Data and credentials always go; the logs stay where somebody will want to read them. */
function removeFiles(directory: string, keepLogs: boolean): void {
  if (!keepLogs) return rmSync(directory, { recursive: true, force: true });
  for (const name of ['private', 'users', 'kubeconfig']) {
    rmSync(path.join(directory, name), { recursive: true, force: true });
  }
}
