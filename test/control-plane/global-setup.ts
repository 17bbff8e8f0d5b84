import type { TestProject } from 'vitest/node';

import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { existingCluster, existingClusterVariable } from './existing.ts';
import { applyTestInstallation } from './installation.ts';
import type { Person } from './people.ts';
import { toStderr } from './progress.ts';

/** What tests get by `inject('controlPlane')`. */
export type ProvidedControlPlane = {
  /** Path of an administrator's kubeconfig. */
  kubeconfig: string;
  apiServer: string;
  /** Path of each person's kubeconfig. */
  users: Record<Person, string>;
};

declare module 'vitest' {
  export interface ProvidedContext {
    controlPlane: ProvidedControlPlane;
  }
}

type Shared = { controlPlane: Promise<ControlPlane>; users: number };

declare global {
  // vitest loads this file once for each project; only a global is common to them.
  var sharedControlPlane: Shared | undefined;
}

/** Starts one control plane for all projects of this run, or uses the running one that the environment names. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const shared = (globalThis.sharedControlPlane ??= { controlPlane: start(), users: 0 });
  shared.users += 1;
  const { kubeconfig, apiServer, users } = await shared.controlPlane;
  project.provide('controlPlane', { kubeconfig, apiServer, users });
  return async () => {
    shared.users -= 1;
    if (shared.users > 0) return;
    globalThis.sharedControlPlane = undefined;
    await (await shared.controlPlane).stop();
  };
}

async function start(): Promise<ControlPlane> {
  const running = process.env[existingClusterVariable];
  const controlPlane = await (running === undefined || running === ''
    ? startControlPlane({ progress: toStderr })
    : existingCluster(running));
  try {
    await applyTestInstallation(controlPlane.kubeconfig);
    return controlPlane;
  } catch (error) {
    await controlPlane.stop();
    throw error;
  }
}
