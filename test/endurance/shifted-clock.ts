import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { scratchFolder } from '../scratch.ts';

/** A process's wrong wall clock. */
export interface ShiftedClock {
  /** What the process must be started with: `Replica.start(gate, { environment })`. */
  readonly environment: Readonly<Record<string, string>>;
  /** Makes the clock jump to so many milliseconds ahead of the machine's; negative: behind. */
  readonly shiftTo: (ms: number) => void;
}

/** A wall clock for one process that is so many milliseconds ahead from the start, and can jump. See shifted-clock.mjs. */
export function shiftedClock(aheadMs: number): ShiftedClock {
  const file = join(scratchFolder('clock-'), 'shift');
  const shiftTo = (ms: number): void => writeFileSync(file, String(ms));
  shiftTo(aheadMs);
  const preload = fileURLToPath(new URL('shifted-clock.mjs', import.meta.url));
  return { environment: { NODE_OPTIONS: `--import ${preload}`, SHIFTED_CLOCK_FILE: file }, shiftTo };
}
