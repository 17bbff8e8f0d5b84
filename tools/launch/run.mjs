import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the checkout. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** The folder in which a person called us, in which their relative paths begin. npm itself runs scripts in the root. */
export const callersFolder = process.env.INIT_CWD ?? process.cwd();

/** Node 24, which the dev dependency `node` brings along. */
export const node24 = path.join(root, 'node_modules', '.bin', 'node');

/** A program that was installed with the dependencies, by the name of its command. */
export function tool(name) {
  return path.join(root, 'node_modules', '.bin', name);
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs a program in a folder, the root of the checkout unless told otherwise, with Node 24 first in its PATH and our own standard streams, and
 * resolves to its exit code (128 + number where a signal ended it). Signals that reach us are passed on, and we
 * outlive the program, so that it can end what it started.
 */
export async function run(command, args, { env = {}, folder = root } = {}) {
  const bin = path.join(root, 'node_modules', '.bin');
  const child = spawn(command, args, {
    cwd: folder,
    stdio: 'inherit',
    env: { ...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH ?? ''}`, ...env },
  });
  const pass = (signal) => child.kill(signal);
  for (const signal of signals) process.on(signal, pass);
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
    });
  } finally {
    for (const signal of signals) process.off(signal, pass);
  }
}

/** Runs Node 24 in the root of the checkout with these arguments, and makes its exit code ours. */
export async function runNode(args) {
  process.exitCode = await run(node24, args);
}

/**
 * The same for a program of the checkout, `file` relative to its root, but in the caller's folder: the files that its
 * arguments and the environment name are those of the caller.
 */
export async function runForCaller(file, { nodeOptions = [] } = {}) {
  const args = [...nodeOptions, path.join(root, file), ...process.argv.slice(2)];
  process.exitCode = await run(node24, args, { folder: callersFolder });
}
