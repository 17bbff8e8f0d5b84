import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { findBinaries } from './binaries.ts';
import { startCore } from './core.ts';
import { Processes } from './processes.ts';
import { toStderr } from './progress.ts';

/** A Kubernetes in which nothing was installed. */
export type BareCluster = { kubeconfig: string; stop: () => Promise<void> };

/** Starts one of its own on loopback: no Tekton, no kinds of ours. */
export async function startBareCluster(): Promise<BareCluster> {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'tekton-approvals-bare-'));
  const processes = new Processes(path.join(directory, 'logs'), directory);
  const stop = async (): Promise<void> => {
    await processes.stop();
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const binaries = await findBinaries({ progress: toStderr, processes, signal: undefined });
    const kubeconfig = path.join(directory, 'kubeconfig');
    await startCore({ binaries, processes, directory, kubeconfig, signal: undefined });
    return { kubeconfig, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
