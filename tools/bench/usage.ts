import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a whole process has used, as Linux counts it. */
export interface Usage {
  /** Of all its threads, in user and kernel mode. */
  readonly cpuMs: number;
  readonly residentMiB: number;
  /** The most it ever was. */
  readonly peakMiB: number;
}

/** USER_HZ: the unit of /proc/PID/stat is the same on every Linux that Node runs on (proc_pid_stat(5)). */
const msPerTick = 10;
const kiBPerMiB = 1024;

/** Throws where there is no such process, or no /proc. */
export function usageOf(pid: number): Usage {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
  // The name in brackets may hold spaces; utime and stime are the fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
  return {
    cpuMs: (Number(fields[11]) + Number(fields[12])) * msPerTick,
    residentMiB: kiB(status, 'VmRSS') / kiBPerMiB,
    peakMiB: kiB(status, 'VmHWM') / kiBPerMiB,
  };
}

function kiB(status: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]);
}

/** Timers, the Lease and the probes of a process that has nothing to do take less than this share of one core. */
const quietShare = 0.04;
const steadyMiB = 1;
const windows = 3;
/** A process that never comes to rest is measured as it is. */
const patience = 60;

/**
 * Waits until a process has nothing more to do and its memory no longer moves, seen three times in a row, and returns
 * what it uses then.
 */
export async function settledUsage(pid: number, windowMs: number): Promise<Usage> {
  const end = performance.now() + patience * windowMs;
  let before = usageOf(pid);
  for (let quiet = 0; quiet < windows && performance.now() < end;) {
    await sleep(windowMs);
    const now = usageOf(pid);
    const isQuiet = now.cpuMs - before.cpuMs <= windowMs * quietShare;
    const isSteady = Math.abs(now.residentMiB - before.residentMiB) <= steadyMiB;
    quiet = isQuiet && isSteady ? quiet + 1 : 0;
    before = now;
  }
  return before;
}
