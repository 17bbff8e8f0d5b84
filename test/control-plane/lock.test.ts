import { spawnSync } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { withLock } from './lock.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'lock-test-'));
  file = path.join(folder, 'lock');
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const silent = { waiting: (): void => {} };

test('two never work at once, and the second is told who holds the lock', async () => {
  const steps: string[] = [];
  const waits = new EventEmitter();
  const first = withLock(file, silent, async () => {
    await once(waits, 'told');
    steps.push('first ends');
  });
  const waiting = (holder: string): void => {
    steps.push(`second waits for ${holder}`);
    setImmediate(() => waits.emit('told'));
  };
  const second = withLock(file, { waiting }, async () => steps.push('second begins'));
  await Promise.all([first, second]);
  expect(steps).toEqual([`second waits for ${process.pid}`, 'first ends', 'second begins']);
});

test('the lock is released when the work fails', async () => {
  await expect(withLock(file, silent, () => Promise.reject(new Error('no disk')))).rejects.toThrow('no disk');
  expect(existsSync(file)).toBe(false);
});

test('the lock of a process that is dead is taken over', async () => {
  const { pid } = spawnSync('/bin/sh', ['-c', 'exit 0']);
  writeFileSync(file, String(pid));
  expect(await withLock(file, silent, async () => 'worked')).toBe('worked');
});

test('a lock without a sign of life is taken over even if its process id is in use again', async () => {
  writeFileSync(file, String(process.pid));
  const anHourAgo = new Date(Date.now() - 3_600_000);
  utimesSync(file, anHourAgo, anHourAgo);
  expect(await withLock(file, silent, async () => 'worked')).toBe('worked');
});

test('who waits for a lock can give up', async () => {
  writeFileSync(file, String(process.pid));
  const controller = new AbortController();
  const waiting = (): void => controller.abort(new Error('interrupted'));
  const never = withLock(file, { waiting, signal: controller.signal }, async () => 'worked');
  await expect(never).rejects.toThrow();
  expect(existsSync(file)).toBe(true);
});
