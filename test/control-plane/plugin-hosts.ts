import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { buildProgram, type GoSurroundings } from './build.ts';
import { withLock } from './lock.ts';

const modules = fileURLToPath(new URL('../../tools/plugin-hosts', import.meta.url));

/** The programs that find the command-line tool as their plugin, what each is built from, and how long that takes. */
const hosts = {
  kubectl: { package: 'k8s.io/kubernetes/cmd/kubectl', minutes: 2 },
  tkn: { package: 'github.com/tektoncd/cli/cmd/tkn', minutes: 4 },
} as const;
export type PluginHost = keyof typeof hosts;
export const pluginHosts: readonly PluginHost[] = ['kubectl', 'tkn'];

/**
 * The path of kubectl or tkn: from KUBEBUILDER_ASSETS, from the cache outside of the checkout, else built once into
 * it from its Go module; where there is no Go, the one in PATH. Throws one sentence for people where there is none.
 */
export async function findPluginHost(host: PluginHost, surroundings: GoSurroundings): Promise<string> {
  const cache = cacheFolder(host);
  const target = path.join(cache, host);
  const found = [process.env['KUBEBUILDER_ASSETS'], cache]
    .filter((folder) => folder !== undefined)
    .map((folder) => path.join(folder, host))
    .find((file) => existsSync(file));
  if (found !== undefined) return found;
  const folder = path.join(modules, host);
  if (!hasGo(folder)) return inPath(host);
  mkdirSync(cache, { recursive: true });
  const { progress, signal } = surroundings;
  const waiting = (pid: string): void => progress(`another process (${pid}) builds ${host}, waiting ...`);
  await withLock(path.join(cache, 'lock'), { waiting, signal }, async () => {
    if (existsSync(target)) return;
    await buildProgram({ name: host, folder, ...hosts[host], linkFlags: '-s -w', target }, surroundings);
  });
  return target;
}

/** Keyed by everything that goes into the program. */
function cacheFolder(host: PluginHost): string {
  const base = process.env['XDG_CACHE_HOME'] ?? path.join(os.homedir(), '.cache');
  const hash = createHash('sha256').update(JSON.stringify([process.platform, process.arch]));
  for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(path.join(modules, host, file)));
  const key = `${host}-${hash.digest('hex').slice(0, 16)}`;
  return path.join(base, 'tekton-approvals', 'plugin-hosts', key);
}

function hasGo(folder: string): boolean {
  return spawnSync('go', ['version'], { cwd: folder }).status === 0;
}

function inPath(program: PluginHost): string {
  const found = (process.env['PATH'] ?? '')
    .split(path.delimiter)
    .map((folder) => path.join(folder, program))
    .find((file) => existsSync(file));
  if (found !== undefined) return found;
  throw new Error(
    `Go 1.26 or newer is needed to build ${program} once: install it from https://go.dev/dl, ` +
      `or put a ${program} into your PATH.`,
  );
}
