import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { allProcesses } from './listing.ts';
import { Processes, type ProcessSpec } from './processes.ts';
import { waitFor } from './waiting.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'processes-test-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function shell(name: string, script: string): ProcessSpec {
  return { name, command: '/bin/sh', args: ['-c', script] };
}

function read(name: string): string {
  const file = path.join(folder, name);
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

function isAlive(pid: number): boolean {
  return allProcesses().some((entry) => entry.pid === pid);
}

function isReady(name: string): Promise<true> {
  return waitFor(async () => read(name) !== '', { what: name, interval: 10 });
}

/** Tells when it is up and when it was asked to end. */
function polite(name: string): ProcessSpec {
  const say = (word: string): string => `echo ${name} >> ${folder}/${word}`;
  return shell(
    name,
    `trap '${say('ended')}; exit 0' TERM; echo up > ${folder}/${name}; while :; do sleep 0.05; done`,
  );
}

describe('stopping', () => {
  test('processes end one after the other, the newest first, and no folder is removed', async () => {
    mkdirSync(path.join(folder, 'scratch'));
    const processes = new Processes(folder, path.join(folder, 'scratch'));
    for (const name of ['etcd', 'api', 'tekton']) {
      await processes.start(polite(name));
      await isReady(name);
    }
    await processes.stop();
    expect(existsSync(path.join(folder, 'scratch'))).toBe(true);
    expect(read('ended')).toBe('tekton\napi\netcd\n');
  });

  test('a process that ignores TERM is killed after its grace time, with its children', async () => {
    const processes = new Processes(folder);
    const script = `trap '' TERM; sleep 600 & echo $! > ${folder}/child; while :; do sleep 600; done`;
    const running = await processes.start({ ...shell('stubborn', script), grace: 100 });
    await isReady('child');
    await processes.stop();
    expect(running.ending()).toBe('signal SIGKILL');
    await waitFor(async () => !isAlive(Number(read('child'))), { what: 'the end of the child' });
  });

  test('nothing can be started any more', async () => {
    const processes = new Processes(folder);
    await processes.stop();
    await expect(processes.start(polite('late'))).rejects.toThrow('late was not started');
  });

  test('a process that ended by itself is known', async () => {
    const processes = new Processes(folder);
    const running = await processes.start(shell('weak', 'echo dying; exit 7'));
    expect(await running.exited).toBe('exit code 7');
    expect(processes.crashed()).toEqual([running]);
    expect(read('weak.log')).toBe('dying\n');
    await processes.stop();
  });
});

test('a program that does not exist is an error of its start', async () => {
  const processes = new Processes(folder);
  const starting = processes.start({ name: 'none', command: path.join(folder, 'none'), args: [] });
  await expect(starting).rejects.toThrow('ENOENT');
  await processes.stop();
});

test('a parent that is killed leaves neither a process nor its scratch folder behind', async () => {
  const scratch = path.join(folder, 'scratch');
  mkdirSync(scratch);
  const module = fileURLToPath(new URL('processes.ts', import.meta.url));
  const program = `
    import { Processes } from '${module}';
    const processes = new Processes('${folder}', '${scratch}');
    const script = 'sleep 600 & echo $$ $! > ${folder}/pids; wait';
    await processes.start({ name: 'orphan', command: '/bin/sh', args: ['-c', script] });
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'ignore' });
  await isReady('pids');
  parent.kill('SIGKILL');
  const pids = read('pids').trim().split(' ').map(Number);
  expect(pids).toHaveLength(2);
  await waitFor(async () => !pids.some(isAlive), { what: 'the end of the orphans' });
  await waitFor(async () => !existsSync(scratch), { what: 'the end of the scratch folder' });
});
