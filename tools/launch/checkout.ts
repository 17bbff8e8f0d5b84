import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** What a launcher printed and how it ended. */
export type Ended = { status: number | null; stdout: string; stderr: string };

/** A folder that looks like a checkout to the launchers, with programs that only pretend. */
export type Checkout = {
  root: string;
  /** Writes an executable shell script, `path` relative to the root. */
  script: (file: string, body: string) => void;
  /** Runs `tools/launch/NAME` with nothing but `programs/` in PATH, as npm does for somebody who stands in `from`. */
  launch: (name: string, args?: string[], from?: string) => Ended;
  remove: () => void;
};

/** Makes a checkout with copies of the real launchers, for tests of these alone. */
export function makeCheckout(): Checkout {
  const root = mkdtempSync(path.join(os.tmpdir(), 'launch-test-'));
  cpSync(fileURLToPath(new URL('.', import.meta.url)), path.join(root, 'tools', 'launch'), {
    recursive: true,
  });
  writeFileSync(path.join(root, 'package-lock.json'), '{}');
  mkdirSync(path.join(root, 'programs'));
  return {
    root,
    script: (file, body) => {
      mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
      writeFileSync(path.join(root, file), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    },
    launch: (name, args = [], from = root) => {
      const env = { PATH: path.join(root, 'programs'), TMPDIR: os.tmpdir(), INIT_CWD: from };
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        [path.join(root, 'tools', 'launch', name), ...args],
        { cwd: root, env, encoding: 'utf8' },
      );
      return { status, stdout, stderr };
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}
