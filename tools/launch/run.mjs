import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the checkout. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Node 24, which the dev dependency `node` brings along. */
export const node24 = path.join(root, 'node_modules', '.bin', 'node');

/** A program that was installed with the dependencies, by the name of its command. */
export function tool(name) {
  return path.join(root, 'node_modules', '.bin', name);
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs a program in the root of the checkout, with Node 24 first in its PATH and our own standard streams, and
 * resolves to its exit code (128 + number where a signal ended it). Signals that reach us are passed on, and we
 * outlive the program, so that it can end what it started.
 */
export async function run(command, args, env = {}) {
  const bin = path.join(root, 'node_modules', '.bin');
  const child = spawn(command, args, {
    cwd: root,
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

/** Runs Node 24 with these arguments and makes its exit code ours. */
export async function runNode(args, env) {
  process.exitCode = await run(node24, args, env);
}
