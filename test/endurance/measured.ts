import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { until } from '../integration/until.ts';
import type { Replica } from './replica.ts';

const preload = fileURLToPath(new URL('measured.mjs', import.meta.url));

/** What a process must be started with to be measured: `Replica.start(gate, { environment: measurable })`. */
export const measurable = { NODE_OPTIONS: `--import ${preload}` } as const;

const line = z.object({
  measured: z.object({ heapBytes: z.number(), rssBytes: z.number(), cpuMs: z.number() }),
});

/** What a process uses: heap after garbage collection, all of its memory, and processor time since its start. */
export type Measured = z.infer<typeof line>['measured'];

/** Asks a replica that was started `measurable`. */
export async function measure(replica: Replica): Promise<Measured> {
  const from = replica.lines.length;
  replica.signal('SIGUSR2');
  const found = await until('the process to measure itself', async () =>
    replica.lines.slice(from).find((text) => text.startsWith('{"measured"')),
  );
  return line.parse(JSON.parse(found)).measured;
}

/** By how much a value grows from one to the next, as a share of their mean: the slope of the line that fits best. */
export function growth(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const middle = (values.length - 1) / 2;
  const covariance = values.reduce((sum, value, index) => sum + (index - middle) * (value - mean), 0);
  const variance = values.reduce((sum, _, index) => sum + (index - middle) ** 2, 0);
  return covariance / variance / mean;
}
