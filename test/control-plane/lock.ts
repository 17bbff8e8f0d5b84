import { readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A holder shows that it lives by touching its lock file; one that has not for this long (ms) is taken over. */
const staleAfter = 60_000;
const heartbeat = 5_000;

/** How to wait for a lock. */
export type LockOptions = { waiting: (holder: string) => void; signal?: AbortSignal | undefined };

/**
 * Runs `work` while this process holds the lock `file`, whose folder must exist; others wait meanwhile. The lock
 * of a process that is dead or gives no sign of life is taken over. In the narrowest of races two may hold it:
 * use it only where that wastes time and breaks nothing.
 */
export async function withLock<T>(file: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  await acquire(file, options);
  const timer = setInterval(() => utimesSync(file, new Date(), new Date()), heartbeat);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    rmSync(file, { force: true });
  }
}

async function acquire(file: string, { waiting, signal }: LockOptions): Promise<void> {
  let told = false;
  while (!take(file)) {
    const holder = readHolder(file);
    if (holder !== undefined && isStale(file, holder)) {
      // Renamed, not removed: of several processes that see a stale lock only one succeeds.
      moveAway(file, `${file}.stale-${process.pid}`);
      continue;
    }
    if (!told && holder !== undefined) waiting(holder);
    told = true;
    await sleep(500, undefined, signal === undefined ? {} : { signal });
  }
}

function take(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function readHolder(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function isStale(file: string, holder: string): boolean {
  try {
    if (Date.now() - statSync(file).mtimeMs > staleAfter) return true;
    // An empty file is a lock being written at this moment.
    return holder !== '' && !isAlive(Number(holder));
  } catch {
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function moveAway(file: string, to: string): void {
  try {
    renameSync(file, to);
    rmSync(to, { force: true });
  } catch {
    // Another process was faster.
  }
}
