import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { type Checkout, makeCheckout } from './checkout.ts';

let checkout: Checkout;
let caller: string;

beforeEach(() => {
  checkout = makeCheckout();
  caller = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'launch-caller-')));
  checkout.script('node_modules/.bin/node', 'echo "in $PWD: $@"; exit 3');
  const lockfile = readFileSync(path.join(checkout.root, 'package-lock.json'));
  const modules = path.join(checkout.root, 'node_modules');
  const hash = createHash('sha256').update(lockfile).digest('hex');
  writeFileSync(path.join(modules, '.tekton-approvals-installed'), hash);
  mkdirSync(path.join(modules, 'esbuild'));
  writeFileSync(path.join(modules, 'esbuild', 'index.js'), fakeBundler);
});

afterEach(() => {
  checkout.remove();
  rmSync(caller, { recursive: true, force: true });
});

const fakeBundler = `exports.build = async ({ absWorkingDir, outfile }) => {
  const bundle = { path: require('node:path').join(absWorkingDir, outfile), contents: '' };
  return { metafile: { inputs: {} }, outputFiles: [bundle] };
};`;

/** `npm test` runs in the root, where vitest looks for its files; what it makes of --kubeconfig stands in test.test.ts. */
test.each([
  { launcher: 'start.mjs', program: 'dist/main.mjs' },
  { launcher: 'demo.mjs', program: 'tools/demo/main.ts' },
  { launcher: 'bench.mjs', program: 'tools/bench/main.ts' },
  { launcher: 'cluster.mjs', program: 'test/control-plane/cluster-command.ts' },
])('$launcher runs in the folder in which npm was called: --kubeconfig begins there', (given) => {
  const { stdout, status } = checkout.launch(given.launcher, ['--kubeconfig', 'kind.yaml'], caller);
  const program = path.join(checkout.root, given.program);
  expect(stdout).toContain(`in ${caller}: `);
  expect(stdout.trimEnd().endsWith(` ${program} --kubeconfig kind.yaml`)).toBe(true);
  expect(status).toBe(3);
});
