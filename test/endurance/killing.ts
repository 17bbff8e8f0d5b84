import { setTimeout as pause } from 'node:timers/promises';
import { secrets } from '../../src/api/resources.ts';
import { leaseType } from '../../src/kube/lease.ts';
import { until } from '../integration/until.ts';
import type { Drama } from './drama.ts';
import { gaps, nameOf, type Hit } from './gap.ts';
import { moments, type MortalOperator } from './mortal-operator.ts';
import { kinds, type KindName } from './script.ts';
import type { Step } from './protocol.ts';

/** Kills it so many times at moments that nobody planned, while requests come in all the time. */
export async function killAtRandom(drama: Drama, times: number): Promise<void> {
  const { operator, dice } = drama;
  const all = Object.keys(kinds) as KindName[];
  const order = all.toSorted(() => dice.next() - 0.5);
  operator.mailTakesMs = () => dice.next() * 300;
  await operator.start();
  for (let killed = 0; killed < times; killed += 1) {
    const begun = [0, 1, 2].map(async (offset) => {
      await pause(dice.next() * 1_500);
      drama.begin(order[(killed * 3 + offset) % order.length] ?? 'approved');
    });
    await killSomewhere(drama);
    await operator.start();
    await Promise.all(begun);
  }
}

const ways = ['whenStarting', 'whenLeading', 'atAWrite', 'atAWrite'] as const;

async function killSomewhere({ operator, dice }: Drama): Promise<void> {
  switch (dice.pick(ways)) {
    case 'whenStarting':
      await pause(dice.next() * 2_000);
      return operator.kill();
    case 'whenLeading':
      await operator.leading();
      await pause(dice.next() * 1_200);
      return operator.kill();
    case 'atAWrite':
      return operator.killAtWrite(1 + dice.below(40), dice.pick(moments));
  }
}

/** What is asked, and behind which of its steps the operator is killed, each time in another life. */
const courses: readonly (readonly [KindName, ...Step[]])[] = [
  ['approved', 'task created', 'mail accepted', 'task settled'],
  ['approved', 'task opened', 'answer stored', 'labels written'],
  ['rejected', 'notice attempting', 'answer stored', 'task settled'],
  ['byKubectl', 'task opened', 'mail accepted', 'labels written'],
  ['all', 'notice attempting', 'task answered', 'labels written'],
  ['fourEyes', 'task answered', 'mail accepted'],
  ['contested', 'task created', 'verdict written'],
  ['secondAttempt', 'attempt begun'],
  ['timedOut', 'task timed out'],
  ['cancelled', 'task answered', 'task cancelled'],
  ['mistaken', 'run refused'],
  ['patient', 'mail accepted'],
  ['patientEyes', 'task answered', 'mail accepted'],
];

/** How many requests of each course begin in each life. */
const batches = [2, 2, 1];
const roundLimitMs = 60_000;
const extraRounds = 10;

/**
 * Kills it in every gap between two steps of its protocol. In one life many requests are stopped, each at its own gap;
 * then one kill hits them all.
 */
export async function killInGaps(drama: Drama, wanted: number): Promise<void> {
  const { operator } = drama;
  for (let first = 0; first < wanted; first += 1) await killAtFirstStart(drama);
  for (let round = 0; round < wanted; round += 1) {
    for (let more = 0; more < (batches[round % 5] ?? 0); more += 1) beginAll(drama);
    await killWhenTakingTheLease(operator);
    await killWhenAllStand(operator);
  }
  for (let extra = 0; extra < extraRounds && missing(operator, wanted).length > 0; extra += 1) {
    beginAll(drama, missing(operator, wanted));
    await killWhenAllStand(operator);
  }
  await operator.start();
}

/** An install that was never started: neither Lease nor keys, and a request that waits already. */
async function killAtFirstStart(drama: Drama): Promise<void> {
  const { operator } = drama;
  const { gate } = operator;
  if (operator.kills.length === 0) drama.begin('approved');
  else {
    await gate.admin.delete(leaseType, gate.key('tekton-approvals'));
    await gate.admin.delete(secrets, gate.key('tekton-approvals-keys'));
  }
  operator.stops.plan('', 'lease created');
  const { client } = await operator.start();
  await operator.until('the first Lease and the first keys', () => {
    const own = operator.proxy.writes.filter(
      (write) => write.client === client && write.answeredAt !== undefined,
    );
    return operator.stops.isHeld('') && own.some(({ resource }) => resource === 'secrets');
  });
  await operator.kill();
}

async function killWhenTakingTheLease(operator: MortalOperator): Promise<void> {
  operator.stops.plan('', 'lease taken');
  await operator.start();
  await operator.until('the Lease to be taken', () => operator.stops.isHeld(''));
  await operator.kill();
}

/** Everything that was begun comes to where it is to be stopped. What does not come there is killed elsewhere. */
async function killWhenAllStand(operator: MortalOperator): Promise<void> {
  await operator.start();
  await operator.leading();
  const { stops } = operator;
  await until('all to stand', async () => stops.underWay.length === 0, roundLimitMs).catch(() => {
    console.log(`killed although these did not stand: ${stops.underWay.join(', ')}`);
    stops.giveUp();
  });
  await operator.kill();
}

function beginAll(drama: Drama, only?: readonly Step[]): void {
  for (const [kind, ...stops] of courses) {
    const kept = only === undefined ? stops : stops.filter((stop) => only.includes(stop));
    if (kept.length > 0) drama.begin(kind, ...kept);
  }
}

/** The steps behind which it was not killed often enough yet. */
function missing(operator: MortalOperator, wanted: number): readonly Step[] {
  const counts = hitsByGap(operator.chronicle().hits());
  return gaps.filter((gap) => (counts.get(nameOf(gap)) ?? 0) < wanted).map(({ from }) => from);
}

/** How often each gap was hit. */
export function hitsByGap(hits: readonly Hit[]): ReadonlyMap<string, number> {
  const counts = new Map(gaps.map((gap) => [nameOf(gap), 0]));
  for (const { gap } of hits) counts.set(nameOf(gap), (counts.get(nameOf(gap)) ?? 0) + 1);
  return counts;
}

/** Kills it where a request was just settled, so many times, and resolves with how long nobody led each time. */
export async function killWhenSettling(drama: Drama, times: number): Promise<readonly number[]> {
  const { operator } = drama;
  const leaderless: number[] = [];
  await operator.start();
  for (let killed = 0; killed < times; killed += 1) {
    await operator.leading();
    drama.begin('approved', 'task settled');
    drama.begin('fourEyes', 'task answered');
    await operator.until('all to stand', () => operator.stops.underWay.length === 0);
    const start = performance.now();
    await operator.kill();
    await operator.start();
    await operator.leading();
    leaderless.push(performance.now() - start);
  }
  return leaderless;
}
