import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ask, people } from '../integration/asking.ts';
import { openGate, type Gate } from '../integration/gate.ts';
import { briefLease, leaderOf, Replica } from './replica.ts';

let gate: Gate;
let replicas: Replica[];
beforeEach(async () => {
  replicas = [];
  gate = await openGate({ operator: 'elsewhere', settings: briefLease });
});
afterEach(async () => {
  for (const replica of replicas) await replica.kill();
  await gate.close();
});

async function start(count: number): Promise<void> {
  const started = await Promise.all(Array.from({ length: count }, async () => Replica.start(gate)));
  replicas.push(...started);
  for (const replica of started) await replica.ready();
}

const ann = 'ann@example.com';

describe('a leader that is killed', () => {
  it('is followed by another, and the request that waited is answered', async () => {
    await start(2);
    const first = await leaderOf(replicas, gate);
    const task = await ask(gate, 'killed', { params: people(ann) });
    const link = await gate.mailedLink(ann, task);
    expect(await first.kill()).toEqual({ code: null, signal: 'SIGKILL' });
    const [second] = replicas.filter((one) => one !== first);
    const browser = second?.browser();
    const page = await browser?.open(link);
    if (browser && page) await browser.answer(page, 'approve');
    expect((await gate.pipelineRun('killed', () => true)).metadata.name).toBe('killed');
    expect((await gate.task('killed-approve', (t) => t.status?.outcome !== undefined)).status?.outcome).toBe(
      'approved',
    );
    expect(await leaderOf(replicas, gate)).toBe(second);
  });
});
