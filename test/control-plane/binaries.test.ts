import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { cacheFolder, choose, findBinaries } from './binaries.ts';
import { Processes } from './processes.ts';

let folder: string;
let assets: string;
let cache: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'binaries-test-'));
  [assets, cache] = [path.join(folder, 'assets'), path.join(folder, 'cache')];
  for (const each of [assets, cache]) mkdirSync(each);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

describe('where a program comes from', () => {
  test.each([
    { found: ['assets', 'cache'], chosen: 'assets' },
    { found: ['assets'], chosen: 'assets' },
    { found: ['cache'], chosen: 'cache' },
    { found: [], chosen: undefined },
  ])('found in $found: $chosen', ({ found, chosen }) => {
    for (const place of found) writeFileSync(path.join(folder, place, 'etcd'), '');
    const expected = chosen === undefined ? undefined : path.join(folder, chosen, 'etcd');
    expect(choose('etcd', { assets, cache })).toBe(expected);
  });

  test('each program is looked for by itself: the usual assets have no Tekton', () => {
    writeFileSync(path.join(assets, 'etcd'), '');
    writeFileSync(path.join(cache, 'tekton-webhook'), '');
    expect(choose('etcd', { assets, cache })).toBe(path.join(assets, 'etcd'));
    expect(choose('tekton-webhook', { assets, cache })).toBe(path.join(cache, 'tekton-webhook'));
  });

  test('the cache is outside of the checkout, where XDG_CACHE_HOME says', () => {
    const base = path.join(folder, 'xdg', 'tekton-approvals', 'control-plane');
    expect(path.dirname(cacheFolder({ XDG_CACHE_HOME: path.join(folder, 'xdg') }))).toBe(base);
  });
});

/** Looks for the programs with only these in PATH and everything else empty. */
async function findWith(scripts: Record<string, string>): Promise<unknown> {
  const bin = path.join(folder, 'bin');
  mkdirSync(bin);
  for (const [name, body] of Object.entries(scripts)) {
    writeFileSync(path.join(bin, name), `#!/bin/sh\n${body}\n`);
    chmodSync(path.join(bin, name), 0o755);
  }
  vi.stubEnv('PATH', bin);
  vi.stubEnv('KUBEBUILDER_ASSETS', assets);
  vi.stubEnv('XDG_CACHE_HOME', path.join(folder, 'xdg'));
  const processes = new Processes(path.join(folder, 'logs'));
  try {
    return await findBinaries({ progress: () => {}, processes, signal: undefined });
  } finally {
    await processes.stop();
  }
}

describe('without a usable Go', () => {
  const otherWays = /--kubeconfig FILE.*KUBEBUILDER_ASSETS.*copy .* from a machine/s;

  test('a machine without go is told the three other ways', async () => {
    const error = await findWith({}).catch((reason: unknown) => reason);
    expect(String(error)).toContain('no go in PATH');
    expect(String(error)).toMatch(otherWays);
  });

  test('a go that is too old is told with what it said itself', async () => {
    const old = findWith({ go: 'echo "go.mod requires go >= 1.26.4 (running go 1.22.2)" >&2; exit 1' });
    const error = await old.catch((reason: unknown) => reason);
    expect(String(error)).toContain('running go 1.22.2');
    expect(String(error)).toMatch(otherWays);
  });
});

describe('building', () => {
  /** Writes the path after -o, as go build does; `go list` names a folder with Tekton's manifests. */
  const go = `
case $1 in
  build) while [ "$1" != -o ]; do shift; done; echo program > "$2" ;;
  list) /bin/mkdir -p "$XDG_CACHE_HOME/module/config"; echo "$XDG_CACHE_HOME/module" ;;
esac`;

  test('what is found nowhere is built into the cache', async () => {
    writeFileSync(path.join(assets, 'etcd'), '');
    const found = await findWith({ go });
    const built = cacheFolder({ XDG_CACHE_HOME: path.join(folder, 'xdg') });
    expect(found).toEqual({
      etcd: path.join(assets, 'etcd'),
      'kube-apiserver': path.join(built, 'kube-apiserver'),
      'kube-controller-manager': path.join(built, 'kube-controller-manager'),
      'tekton-controller': path.join(built, 'tekton-controller'),
      'tekton-webhook': path.join(built, 'tekton-webhook'),
      tektonConfig: path.join(built, 'tekton-config'),
    });
  });

  test('a build that fails shows the end of its output and leaves nothing in the cache', async () => {
    const failing = findWith({ go: '[ $1 = version ] || { echo "no space left on device"; exit 1; }' });
    await expect(failing).rejects.toThrow(/building etcd ended with exit code 1:\s+no space left on device/);
    const places = { assets: undefined, cache: cacheFolder({ XDG_CACHE_HOME: path.join(folder, 'xdg') }) };
    expect(choose('etcd', places)).toBeUndefined();
  });
});
