import { createMany, type Place } from './approval.ts';
import { closeSides, openSides, withoutMail, type Sides } from './approvals.ts';
import type { Stage } from './stage.ts';
import { median } from './statistics.ts';

/** Many runs at once: how much longer it takes until all wait for answers than it takes to create them. */
export async function measureBursts(stage: Stage): Promise<void> {
  if (!stage.wants('burst')) return;
  const { bursts, runsPerBurst, clients } = stage.options.size;
  const sides = await openSides(stage);
  const alone = { client: stage.client, namespace: await stage.namespace('alone') };
  const found = { alone: [] as number[], ours: [] as number[], floor: [] as number[] };
  for (let n = 1; n <= bursts; n += 1) {
    const each = `${String(runsPerBurst)} runs by ${String(clients)} clients`;
    stage.options.progress(
      `${each}: ${String(n)} of ${String(bursts)}, with nobody there, ours and the floor`,
    );
    found.alone.push(await create(stage, alone));
    found.ours.push(await untilPending(stage, 'ours', { place: sides.ours, pid: sides.operator.pid }));
    found.floor.push(await untilPending(stage, 'floor', { place: sides.theirs, pid: sides.floor.pid }));
  }
  const ratio = (times: readonly number[]): number[] => [median(times) / median(found.alone)];
  stage.measurements.burst = { measured: ratio(found.ours), floor: ratio(found.floor) };
  stage.notes.push(
    `${String(runsPerBurst)} runs were created by ${String(clients)} clients in ${seconds(found.alone)} s with nobody there; all were pending after ${seconds(found.ours)} s, by the floor after ${seconds(found.floor)} s.`,
  );
  await closeSides(sides);
}

const seconds = (times: readonly number[]): string => (median(times) / 1000).toFixed(1);

function load({ options: { size } }: Stage): Parameters<typeof createMany>[1] {
  return { runs: size.runsPerBurst, clients: size.clients, approver: withoutMail.approver };
}

async function create(stage: Stage, place: Pick<Place, 'client' | 'namespace'>): Promise<number> {
  const start = performance.now();
  await createMany(place, load(stage));
  return performance.now() - start;
}

async function untilPending(
  stage: Stage,
  what: string,
  { place, pid }: { place: Sides['ours']; pid: number },
): Promise<number> {
  const work = async (): Promise<number> => {
    const start = performance.now();
    const names = await createMany(place, load(stage));
    const seen = await Promise.all(names.map(async (name) => place.watcher.decidable(name)));
    return Math.max(...seen) - start;
  };
  return (await stage.block(`${what}: ${String(load(stage).runs)} runs at once`, pid, work)).result;
}
