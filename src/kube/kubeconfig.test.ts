import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadKubeConfig, loadLikeKubectl } from './kubeconfig.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'kubeconfig-'));
  vi.stubEnv('HOME', folder);
  vi.stubEnv('KUBECONFIG', undefined);
  vi.stubEnv('KUBERNETES_SERVICE_HOST', undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

function write(name: string, context: string): string {
  const file = path.join(folder, name);
  const config = {
    'current-context': context,
    clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1', 'certificate-authority': 'ca.crt' } }],
    users: [{ name: 'u', user: { token: 't' } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
  };
  writeFileSync(file, JSON.stringify(config));
  return file;
}

describe('loadKubeConfig', () => {
  it('reads the file named, with paths in it relative to the file', () => {
    const cluster = loadKubeConfig(write('named', 'x')).getCurrentCluster();
    expect(cluster).toMatchObject({ server: 'https://127.0.0.1:1', caFile: path.join(folder, 'ca.crt') });
  });

  it('reads KUBECONFIG where no file is named', () => {
    vi.stubEnv('KUBECONFIG', write('of-the-environment', 'x'));
    expect(loadKubeConfig().getCurrentCluster()?.name).toBe('c');
  });

  it('says what is missing where there is no configuration at all', () => {
    expect(() => loadKubeConfig()).toThrow('set KUBECONFIG, or run in a Pod');
  });

  it('says what is missing where the current context leads nowhere', () => {
    expect(() => loadKubeConfig(write('named', 'other'))).toThrow('kubectl config use-context');
  });

  it('reads all files of KUBECONFIG as one, and skips those that are not there', () => {
    const files = [path.join(folder, 'missing'), write('one', ''), '', write('two', 'x')];
    vi.stubEnv('KUBECONFIG', files.join(path.delimiter));
    expect(loadKubeConfig().getCurrentCluster()?.caFile).toBe(path.join(folder, 'ca.crt'));
    expect(loadLikeKubectl({}).getCurrentContext()).toBe('x');
  });

  it('reads the file in the home folder last', () => {
    mkdirSync(path.join(folder, '.kube'));
    write('.kube/config', 'x');
    expect(loadLikeKubectl({}).getCurrentContext()).toBe('x');
  });

  it.each([
    ['a file that is not there', (): string => path.join(folder, 'missing'), 'there is no kubeconfig file'],
    ['a folder', (): string => folder, 'is a folder'],
  ])('refuses %s where it is named', (_what, named, says) => {
    expect(() => loadKubeConfig(named())).toThrow(says);
    expect(() => loadLikeKubectl({ kubeconfig: named() })).toThrow(says);
  });

  it('says what is missing where a person has no configuration at all', () => {
    vi.stubEnv('KUBECONFIG', path.join(folder, 'missing'));
    expect(() => loadLikeKubectl({})).toThrow('set KUBECONFIG, or give --kubeconfig FILE');
  });
});
