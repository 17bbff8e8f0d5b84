import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import type { TestProject } from 'vitest/node';

import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { existingCluster, existingClusterVariable } from './existing.ts';
import { applyTestInstallation } from './installation.ts';
import type { Person } from './people.ts';
import { findPluginHost, pluginHosts } from './plugin-hosts.ts';
import { Processes } from './processes.ts';
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
  if (project.name === 'integration') await preparePluginHosts();
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

/**
 * Before the tests and not beside them: a build takes the whole machine for minutes, once. Where it is not possible the
 * tests that need it say so.
 */
async function preparePluginHosts(): Promise<void> {
  const logs = mkdtempSync(path.join(os.tmpdir(), 'plugin-hosts-'));
  const surroundings = { progress: toStderr, processes: new Processes(logs), signal: undefined };
  for (const host of pluginHosts) await findPluginHost(host, surroundings).catch(() => undefined);
  rmSync(logs, { recursive: true, force: true });
}
