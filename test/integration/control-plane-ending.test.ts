import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { userOf } from '../control-plane/installation.ts';
import { allProcesses, type Listing } from '../control-plane/listing.ts';
import { waitFor } from '../control-plane/waiting.ts';

const command = fileURLToPath(new URL('../control-plane/cluster-command.ts', import.meta.url));

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'control-plane-ending-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function descendants(pid: number): Listing[] {
  const all = allProcesses();
  const below = (parent: number): Listing[] =>
    all.filter((entry) => entry.parent === parent).flatMap((entry) => [entry, ...below(entry.pid)]);
  return below(pid);
}

/** The command under test, what it said, and every process it ever had. */
type Run = {
  child: ChildProcess;
  output: () => string;
  seen: Map<number, string>;
  ended: Promise<number | null>;
};

function runCommand(env: Record<string, string> = {}): Run {
  const child = spawn(process.execPath, [command, '--directory', path.join(folder, 'cluster')], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  const seen = new Map<number, string>();
  const look = setInterval(() => {
    for (const { pid, args } of descendants(child.pid ?? -1)) seen.set(pid, args);
  }, 50);
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      clearInterval(look);
      resolve(code);
    });
  });
  return { child, output: () => Buffer.concat(chunks).toString('utf8'), seen, ended };
}

function said({ output }: Run, text: string): Promise<true> {
  return waitFor(async () => output().includes(text), { what: `the output "${text}"`, interval: 20 });
}

function logExists(name: string): Promise<true> {
  const file = path.join(folder, 'cluster', 'logs', `${name}.log`);
  return waitFor(async () => existsSync(file), { what: file, interval: 10 });
}

/** The process as it was seen: an id that was given to another program meanwhile does not count. */
function survivors({ seen }: Run): Listing[] {
  return allProcesses().filter(({ pid, args }) => seen.get(pid) === args);
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

async function openPorts({ seen }: Run): Promise<number[]> {
  const named = [...seen.values()].flatMap((args) => [
    ...args.matchAll(/(?:127\.0\.0\.1:|secure-port=)(\d+)/g),
  ]);
  const ports = [...new Set(named.map(([, port]) => Number(port)))].filter((port) => port > 0);
  const open = await Promise.all(ports.map(isOpen));
  return ports.filter((_, index) => open[index]);
}

const moments: { moment: string; reached: (run: Run) => Promise<unknown> }[] = [
  { moment: 'as etcd starts', reached: () => logExists('etcd') },
  { moment: 'as kube-apiserver starts', reached: () => logExists('kube-apiserver') },
  { moment: 'as Tekton is installed', reached: () => logExists('kube-controller-manager') },
  { moment: 'as the webhook starts', reached: () => logExists('tekton-webhook') },
  { moment: 'while it waits', reached: (run) => said(run, 'Ctrl-C ends it') },
];

test("the command prints how to start the operator under the operator's own account", async () => {
  const run = runCommand();
  try {
    await said(run, 'Ctrl-C ends it');
    const [, kubeconfig = ''] = /npm start -- --kubeconfig (\S+)/.exec(run.output()) ?? [];
    expect(await userOf(kubeconfig)).toBe('system:serviceaccount:tekton-approvals:tekton-approvals');
  } finally {
    run.child.kill('SIGINT');
    await run.ended;
  }
}, 300_000);

// Each starts a control plane of its own, on a machine that may be busy with another.
describe('nothing stays behind', { timeout: 300_000 }, () => {
  test.each(moments)('SIGINT $moment ends every process and closes every port', async ({ reached }) => {
    const run = runCommand();
    await reached(run);
    // A log is opened a moment before its process begins.
    await waitFor(async () => run.seen.size > 0, { what: 'a process of it', interval: 10 });
    run.child.kill('SIGINT');
    expect(await run.ended).toBe(0);
    expect(survivors(run)).toEqual([]);
    expect(await openPorts(run)).toEqual([]);
    expect(existsSync(path.join(folder, 'cluster', 'private'))).toBe(false);
  });

  test('SIGINT during the build ends the compiler and releases the cache for the next build', async () => {
    const go = path.join(folder, 'go');
    writeFileSync(go, '#!/bin/sh\n[ "$1" = version ] && exit 0\nsleep 600 & sleep 601\n');
    chmodSync(go, 0o755);
    const cache = path.join(folder, 'cache');
    const run = runCommand({
      PATH: `${folder}:${process.env['PATH'] ?? ''}`,
      XDG_CACHE_HOME: cache,
      KUBEBUILDER_ASSETS: '',
    });
    await waitFor(async () => [...run.seen.values()].includes('sleep 600'), { what: 'the compiler' });
    run.child.kill('SIGINT');
    expect(await run.ended).toBe(0);
    expect(survivors(run)).toEqual([]);
    const left = readdirSync(cache, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    expect(left).toEqual([]);
  });

  test('kill -9 of the command ends every process too', async () => {
    const run = runCommand();
    await said(run, 'Ctrl-C ends it');
    run.child.kill('SIGKILL');
    await run.ended;
    await waitFor(async () => survivors(run).length === 0, { what: 'the end of all processes' });
    expect(await openPorts(run)).toEqual([]);
  });
});
