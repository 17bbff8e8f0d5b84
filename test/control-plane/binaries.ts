import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { buildProgram, checkGo, moduleFolder, type GoSurroundings } from './build.ts';
import { withLock } from './lock.ts';
import { elapsedText } from './progress.ts';

const modules = fileURLToPath(new URL('../../tools/control-plane', import.meta.url));

/** What each program is built from and about how long that takes on two cores. */
const programs = {
  etcd: { module: 'kubernetes', package: 'go.etcd.io/etcd/server/v3', minutes: 1 },
  'kube-apiserver': { module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kube-apiserver', minutes: 7 },
  'kube-controller-manager': {
    module: 'kubernetes',
    package: 'k8s.io/kubernetes/cmd/kube-controller-manager',
    minutes: 1,
  },
  'tekton-controller': {
    module: 'tekton',
    package: 'github.com/tektoncd/pipeline/cmd/controller',
    minutes: 3,
  },
  'tekton-webhook': { module: 'tekton', package: 'github.com/tektoncd/pipeline/cmd/webhook', minutes: 1 },
} as const satisfies Record<string, { module: string; package: string; minutes: number }>;

/** A program of the control plane. */
export type Program = keyof typeof programs;

const programNames = Object.keys(programs).filter((name): name is Program => name in programs);

/** The absolute path of each program, and of the folder with Tekton's own manifests. */
export type Binaries = Record<Program, string> & { tektonConfig: string };

/** Name of the folder with Tekton's manifests beside the programs. */
const configName = 'tekton-config';

/** Where programs may be found. */
export type Places = { assets: string | undefined; cache: string };

/** The cache of this checkout: outside of it, keyed by everything that goes into the programs. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  const base = env['XDG_CACHE_HOME'] ?? path.join(os.homedir(), '.cache');
  const hash = createHash('sha256').update(JSON.stringify([process.platform, process.arch, linkFlags()]));
  for (const module of ['kubernetes', 'tekton']) {
    for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(path.join(modules, module, file)));
  }
  return path.join(base, 'tekton-approvals', 'control-plane', hash.digest('hex').slice(0, 16));
}

/** The version is linked in because Tekton refuses an API server that does not know its own. */
function linkFlags(): string {
  const goMod = readFileSync(path.join(modules, 'kubernetes', 'go.mod'), 'utf8');
  const [, version = '', major = '', minor = ''] =
    /k8s\.io\/kubernetes (v(\d+)\.(\d+)\.\d+)/.exec(goMod) ?? [];
  const variable = 'k8s.io/component-base/version.git';
  return `-s -w -X ${variable}Version=${version} -X ${variable}Major=${major} -X ${variable}Minor=${minor}`;
}

/**
 * Where one thing comes from: the folder of KUBEBUILDER_ASSETS (the convention of Kubernetes' envtest) if it has
 * it, else the cache; undefined means that it must be built.
 */
export function choose(name: Program | typeof configName, places: Places): string | undefined {
  const folders = [places.assets, places.cache].filter((folder) => folder !== undefined);
  return folders.map((folder) => path.join(folder, name)).find((file) => existsSync(file));
}

/**
 * Finds every program of the control plane, and builds what is found nowhere into the cache; that happens once
 * per machine and version. Throws one sentence for people where Go is needed and missing.
 */
export async function findBinaries(surroundings: GoSurroundings): Promise<Binaries> {
  const places: Places = { assets: process.env['KUBEBUILDER_ASSETS'], cache: cacheFolder(process.env) };
  const missing = (): Program[] => programNames.filter((name) => choose(name, places) === undefined);
  const isComplete = (): boolean => missing().length === 0 && choose(configName, places) !== undefined;
  if (!isComplete()) {
    mkdirSync(places.cache, { recursive: true });
    const { progress, signal } = surroundings;
    const waiting = (pid: string): void =>
      progress(`another process (${pid}) builds the control plane, waiting ...`);
    await withLock(path.join(places.cache, 'lock'), { waiting, signal }, async () => {
      if (!isComplete()) await fill(places, missing(), surroundings);
    });
  }
  const found = (name: Program | typeof configName): string => choose(name, places) ?? '';
  return {
    etcd: found('etcd'),
    'kube-apiserver': found('kube-apiserver'),
    'kube-controller-manager': found('kube-controller-manager'),
    'tekton-controller': found('tekton-controller'),
    'tekton-webhook': found('tekton-webhook'),
    tektonConfig: found(configName),
  };
}

async function fill(
  places: Places,
  missing: readonly Program[],
  surroundings: GoSurroundings,
): Promise<void> {
  const start = performance.now();
  checkGo(path.join(modules, 'tekton'), places.cache);
  surroundings.progress(`the control plane is built once from its Go modules into ${places.cache}`);
  for (const name of missing) {
    const program = programs[name];
    await buildProgram(
      {
        name,
        folder: path.join(modules, program.module),
        package: program.package,
        minutes: program.minutes,
        linkFlags: linkFlags(),
        target: path.join(places.cache, name),
      },
      surroundings,
    );
  }
  if (choose(configName, places) === undefined) {
    const folder = moduleFolder(path.join(modules, 'tekton'), 'github.com/tektoncd/pipeline');
    copyAtomically(path.join(folder, 'config'), path.join(places.cache, configName));
  }
  surroundings.progress(`built in ${elapsedText(performance.now() - start)}`);
}

/** A copy that is either complete under its name or not there. */
function copyAtomically(from: string, to: string): void {
  const partial = `${to}.partial-${process.pid}`;
  rmSync(partial, { recursive: true, force: true });
  cpSync(from, partial, { recursive: true });
  renameSync(partial, to);
}
