import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CustomRun } from '../../src/api/tekton.ts';
import { openGate, type Gate } from '../integration/gate.ts';
import { until } from '../integration/until.ts';
import { sized } from '../tier.ts';
import { Crowd, namesOf } from './crowd.ts';
import { growth, measurable, measure, type Measured } from './measured.ts';
import { Replica } from './replica.ts';

/** Gates that wait all the time, and cycles in which a burst of others is asked, answered and removed. */
const size = sized({
  short: { pending: 100, burst: 30, warmUps: 1, cycles: 4, perSecond: 50, limitMs: 120_000 },
  long: { pending: 10_000, burst: 500, warmUps: 2, cycles: 5, perSecond: 50, limitMs: 1_800_000 },
});
/** Growth of memory a cycle that is none. */
const flat = 0.02;

let gate: Gate;
let waiting: Crowd;
let passing: Crowd;
let replica: Replica;
beforeAll(async () => {
  gate = await openGate({ operator: 'elsewhere', standalone: true });
  await gate.allow('alice', [{ kind: 'User', name: 'alice' }]);
  waiting = await Crowd.beside(gate);
  passing = new Crowd(gate.admin, gate.namespace);
  replica = await Replica.start(gate, { environment: measurable });
  await replica.ready();
});
afterAll(async () => {
  await replica.kill();
  await waiting.close();
  await gate.close();
});

const seconds = (from: number): string => ((performance.now() - from) / 1_000).toFixed(1);

async function allOpen(crowd: Crowd, count: number): Promise<Awaited<ReturnType<Crowd['tasks']>>> {
  return until(
    `${String(count)} gates to be open`,
    async () => {
      const open = (await crowd.tasks()).filter(({ status }) => status?.status === 'pending');
      return open.length >= count ? open : undefined;
    },
    size.limitMs,
  );
}

/** A burst is asked, answered at the given rate, and removed. */
async function cycle(number: number): Promise<Measured> {
  const names = namesOf(`burst-${String(number)}`, size.burst);
  const start = performance.now();
  await passing.ask(names, ['alice']);
  const tasks = await allOpen(passing, size.burst);
  const open = seconds(start);
  const { perSecond } = size;
  const answering = performance.now();
  await passing.approve(gate.as('alice'), tasks, { username: 'alice', perSecond });
  const isApproved = (run: CustomRun): boolean => run.status?.conditions?.[0]?.reason === 'Approved';
  await until(
    'every run of the burst to be approved',
    async () => {
      const runs = await passing.runs();
      return runs.length === names.length && runs.every(isApproved);
    },
    size.limitMs,
  );
  const answered = seconds(answering);
  await passing.remove(names);
  await until(
    'the burst to be gone',
    async () => (await passing.tasks()).length === 0 && (await passing.runs()).length === 0,
    size.limitMs,
  );
  const measured = await measure(replica);
  console.log(`cycle ${String(number)}: open in ${open} s, answered in ${answered} s,`, measured);
  return measured;
}

describe('gates that come and go while others wait', () => {
  it(
    'are all answered, and leave neither memory nor work behind',
    async () => {
      await waiting.ask(namesOf('waiting', size.pending), ['nobody']);
      await allOpen(waiting, size.pending);
      const cycles: Measured[] = [];
      for (let number = 0; number < size.warmUps; number += 1) await cycle(number);
      for (let number = 0; number < size.cycles; number += 1) cycles.push(await cycle(size.warmUps + number));
      expect(growth(cycles.map(({ heapBytes }) => heapBytes))).toBeLessThan(flat);
      expect(growth(cycles.map(({ rssBytes }) => rssBytes))).toBeLessThan(flat);
      const work = cycles.slice(1).map(({ cpuMs }, index) => cpuMs - (cycles[index]?.cpuMs ?? 0));
      console.log(
        'processor ms for each approval:',
        work.map((ms) => (ms / size.burst).toFixed(1)).join(', '),
      );
      expect((await waiting.tasks()).every(({ status }) => status?.status === 'pending')).toBe(true);
    },
    size.limitMs * 2,
  );
});
