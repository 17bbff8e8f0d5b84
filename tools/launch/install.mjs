import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { node24, root } from './run.mjs';

const modules = path.join(root, 'node_modules');

/** Written after a complete installation: the hash of the lockfile that was installed. */
const stamp = path.join(modules, '.tekton-approvals-installed');

/** Node 24 is used for everything but these launchers, whatever Node runs them. */
const wantedMajor = 24;

function lockfileHash() {
  return createHash('sha256')
    .update(readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex');
}

function isCurrent() {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === lockfileHash();
}

/** Runs npm with its output kept back, because it is of interest only when it fails. */
async function npm(args) {
  const start = Date.now();
  const seconds = () => Math.round((Date.now() - start) / 1000);
  console.error('installing dependencies (npm ci, about half a minute, once) ...');
  const timer = setInterval(() => console.error(`installing dependencies ... ${seconds()}s`), 15_000);
  const child = spawn('npm', args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk));
  const code = await new Promise((resolve, reject) => {
    child.once('error', () =>
      reject(new Error('npm is needed to install the dependencies: no npm in PATH.')),
    );
    child.once('close', resolve);
  }).finally(() => clearInterval(timer));
  if (code !== 0) throw new Error(`npm ${args.join(' ')} failed:\n${Buffer.concat(output).toString('utf8')}`);
  console.error(`installed in ${seconds()}s`);
}

function majorOf(program) {
  const { stdout } = spawnSync(program, ['-p', 'process.versions.node'], { encoding: 'utf8' });
  return Number.parseInt(stdout ?? '', 10);
}

/**
 * Where npm was told to run no install scripts, the package `node` is there but empty. Its script only fetches
 * the package with the program, from the same registry: it is run here by name.
 */
function fetchNode() {
  const folder = path.join(modules, 'node');
  spawnSync(process.execPath, ['installArchSpecificPackage.js'], { cwd: folder, stdio: 'ignore' });
  const program = path.join(folder, 'bin', 'node');
  if (existsSync(program) && !existsSync(node24))
    symlinkSync(path.relative(path.dirname(node24), program), node24);
}

/**
 * Installs the dependencies where they are missing or not those of the lockfile, with Node 24 among them. Throws
 * an error whose message is for people.
 */
export async function ensureInstalled() {
  if (isCurrent()) return;
  // Node 24 runs what npm's engine check would refuse here; a production setting must not drop the tools.
  await npm(['ci', '--no-audit', '--no-fund', '--loglevel=error', '--engine-strict=false', '--include=dev']);
  if (majorOf(node24) !== wantedMajor) fetchNode();
  if (majorOf(node24) !== wantedMajor) {
    throw new Error(
      `Node ${wantedMajor} did not arrive with the dependencies (the package "node" for ${process.platform} ` +
        `${process.arch}): allow npm to run install scripts, or put Node ${wantedMajor} at ${node24}.`,
    );
  }
  writeFileSync(stamp, lockfileHash());
}

/** Runs a launcher: what it throws is told in one message, without a stack, and fails the command. */
export async function launch(main) {
  try {
    if (Number.parseInt(process.versions.node, 10) < 20) throw new Error('Node 20 or newer is needed.');
    await ensureInstalled();
    await main();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
