import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { findPluginHost } from './plugin-hosts.ts';
import { Processes } from './processes.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'plugin-hosts-test-'));
  for (const name of ['assets', 'bin', 'xdg']) mkdirSync(path.join(folder, name));
  vi.stubEnv('PATH', path.join(folder, 'bin'));
  vi.stubEnv('KUBEBUILDER_ASSETS', path.join(folder, 'assets'));
  vi.stubEnv('XDG_CACHE_HOME', path.join(folder, 'xdg'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

const program = (place: string, name: string): string => {
  const file = path.join(folder, place, name);
  writeFileSync(file, '#!/bin/sh\nexit 0\n', { mode: 0o755 });
  return file;
};
const find = (host: 'kubectl' | 'tkn'): Promise<string> => {
  const processes = new Processes(path.join(folder, 'logs'));
  return findPluginHost(host, { progress: () => {}, processes, signal: undefined });
};

describe('kubectl and tkn', () => {
  test('come from the usual assets where these have them', async () => {
    program('bin', 'kubectl');
    const asset = program('assets', 'kubectl');
    expect(await find('kubectl')).toBe(asset);
  });

  test('come from PATH where there is no Go', async () => {
    const installed = program('bin', 'tkn');
    expect(await find('tkn')).toBe(installed);
  });

  test('are asked for in one sentence where there is neither', async () => {
    await expect(find('tkn')).rejects.toThrow(
      'Go 1.26 or newer is needed to build tkn once: install it from https://go.dev/dl, or put a tkn into your PATH.',
    );
  });
});
