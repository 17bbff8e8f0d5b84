import { createMany } from './approval.ts';
import { withoutMail } from './approvals.ts';
import type { Operator } from './operator.ts';
import type { Stage } from './stage.ts';
import { median } from './statistics.ts';
import { settledUsage } from './usage.ts';

/** Thousands of requests that wait: what the operator that made them holds, and what a fresh one does. */
export async function measurePile(stage: Stage): Promise<void> {
  if (!stage.wants('memory-pending', 'start-pending')) return;
  const { size, progress } = stage.options;
  const namespace = await stage.namespace('pile');
  const maker = await stage.operator(namespace);
  progress(`making ${String(size.pile)} requests that wait ...`);
  await makePile(stage, { operator: maker, namespace });
  const made = await settledUsage(maker.pid, stage.options.size.quietMs);
  await maker.stop();
  progress('starting with all of them there ...');
  const took: number[] = [];
  const resident: number[] = [];
  for (let n = 0; n < size.starts; n += 1) {
    const operator = await stage.operator(namespace);
    took.push(operator.readyMs);
    resident.push((await settledUsage(operator.pid, stage.options.size.quietMs)).residentMiB);
    await operator.stop();
  }
  stage.measurements['start-pending'] = { measured: [median(took) / 1000] };
  stage.measurements['memory-pending'] = { measured: [Math.max(made.residentMiB, median(resident))] };
  stage.notes.push(
    `With ${String(size.pile)} pending: ${made.residentMiB.toFixed(0)} MiB in the process that made them (at most ${made.peakMiB.toFixed(0)}), ${median(resident).toFixed(0)} MiB in a fresh one.`,
  );
}

async function makePile(
  stage: Stage,
  { operator, namespace }: { operator: Operator; namespace: string },
): Promise<void> {
  const { pile: runs, clients } = stage.options.size;
  const place = await stage.watch(namespace);
  await stage.block(`ours: ${String(runs)} runs pile up`, operator.pid, async () => {
    const names = await createMany(place, { runs, clients, approver: withoutMail.approver });
    await Promise.all(names.map(async (name) => place.watcher.decidable(name)));
  });
  await place.watcher.stop();
}
