import os from 'node:os';
import type { Stage } from './stage.ts';
import { align, renderTable, rowsOf } from './table.ts';

/** All that a run of the benchmark has found. */
export interface Result {
  readonly machine: Record<string, string | number>;
  readonly rows: ReturnType<typeof rowsOf>;
  readonly blocks: Stage['blocks'];
  readonly notes: readonly string[];
}

/** Above this share of the cores somebody else was at work when we began. */
const idleShare = 0.25;

/** `loadBefore` is the load average of a minute before anything was started. */
export function resultOf(stage: Stage, loadBefore: number): Result {
  const cores = os.availableParallelism();
  const disturbed = loadBefore > cores * idleShare;
  const warning = `The machine was not idle (load ${loadBefore.toFixed(2)} on ${String(cores)} cores before the start): trust only what is set against the floor of the same run.`;
  return {
    machine: {
      cpu: os.cpus()[0]?.model ?? 'unknown',
      cores,
      memoryGiB: Math.round(os.totalmem() / 2 ** 30),
      node: process.version,
      system: `${os.type()} ${os.release()}`,
      loadBefore,
    },
    rows: rowsOf(stage.measurements).filter(({ id }) => stage.wants(id)),
    blocks: stage.blocks,
    notes: [...stage.notes, ...(disturbed ? [warning] : [])],
  };
}

/** As people read it. */
export function render({ machine, rows, blocks, notes }: Result): string {
  const { cpu, cores, memoryGiB, node, system } = machine;
  const used = blocks.map(({ what, seconds, cpuMs, residentMiB }) => [
    what,
    seconds.toFixed(1),
    (cpuMs / 1000).toFixed(2),
    residentMiB.toFixed(0),
  ]);
  return `${[
    `${String(cores)} cores (${String(cpu)}), ${String(memoryGiB)} GiB, ${String(system)}, Node ${String(node)}`,
    renderTable(rows),
    align([['block', 'seconds', 'CPU seconds', 'resident MiB'], ...used]),
    notes.join('\n'),
  ].join('\n\n')}\n`;
}
