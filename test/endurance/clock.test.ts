import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalTask } from '../../src/api/approvaltask.ts';
import { secrets } from '../../src/api/resources.ts';
import { parseKeyRing, type KeyRing } from '../../src/identity/keyring.ts';
import { approverHandle, mintLink } from '../../src/identity/link.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { ask, people } from '../integration/asking.ts';
import { openGate, type Gate } from '../integration/gate.ts';
import { sized } from '../tier.ts';
import { briefLease, Replica } from './replica.ts';
import { shiftedClock } from './shifted-clock.ts';

/** The shipped bundle on machines whose wall clock is wrong, or jumps while people are waited for. */

const ann = 'ann@example.com';
const hourMs = 3_600_000;
const minuteMs = 60_000;
const waitSeconds = sized({ short: 6, long: 90 });

let gate: Gate;
const replicas: Replica[] = [];
beforeAll(async () => {
  gate = await openGate({ operator: 'elsewhere', settings: briefLease });
});
afterAll(async () => {
  for (const replica of replicas) await replica.kill();
  await gate.close();
});

async function start(clock: ReturnType<typeof shiftedClock>): Promise<Replica> {
  const replica = await Replica.start(gate, { environment: clock.environment });
  replicas.push(replica);
  return replica.ready();
}

const opens = async (replica: Replica, link: string): Promise<number> =>
  (await replica.send(link, { method: 'GET', headers: {}, redirect: 'manual' })).status;

describe('a wall clock that jumps an hour while requests wait', () => {
  it('time-04: no deadline comes early or is missed, no link dies, and the Lease is kept', async () => {
    const clock = shiftedClock(0);
    const replica = await start(clock);
    const due = await ask(gate, 'due', {
      params: people('alice'),
      step: { timeout: `${String(waitSeconds)}s` },
    });
    const open = await ask(gate, 'open', { params: people(ann), step: { timeout: '30m' } });
    const link = await gate.mailedLink(ann, open);
    const deadline = Date.parse(due.status?.deadline ?? '');
    for (const aheadMs of [hourMs, -hourMs, 0, hourMs]) {
      clock.shiftTo(aheadMs);
      await sleep((waitSeconds * 1_000) / 8);
      const now = await gate.task(due.metadata.name);
      if (gate.admin.serverNow() < deadline) expect(now.status?.status).toBe('pending');
      expect(await opens(replica, link)).toBe(303);
    }
    const ended = await gate.task(due.metadata.name, ({ status }) => status?.outcome !== undefined);
    expect(ended.status).toMatchObject({ outcome: 'timedOut' });
    const lateMs = Date.parse(ended.status?.completionTime ?? '') - deadline;
    expect(lateMs).toBeGreaterThanOrEqual(0);
    // What waits for the machine's own clock would be an hour late.
    expect(lateMs).toBeLessThan(5 * minuteMs);
    expect((await gate.task(open.metadata.name)).status?.status).toBe('pending');
    clock.shiftTo(-hourMs);
    const browser = replica.browser();
    expect((await browser.answer(await browser.open(link), 'approve')).status).toBe(200);
    expect((await gate.task(open.metadata.name)).status?.outcome).toBe('approved');
    expect(replica.lines.filter((line) => line.includes('no longer leading'))).toEqual([]);
  });
});

describe('replicas whose wall clocks are ten minutes apart', () => {
  it('H8: open and refuse the same links: 410 from a minute after the end on, by the API server’s clock', async () => {
    const both = [await start(shiftedClock(5 * minuteMs)), await start(shiftedClock(-5 * minuteMs))];
    const task = await ask(gate, 'skewed', { params: people(ann) });
    const keys = await keysOfGate();
    for (const [expiredMs, status] of [
      [-minuteMs, 303],
      [1_000, 303],
      [minuteMs - 20_000, 303],
      [minuteMs + 5_000, 410],
      [hourMs, 410],
    ] as const) {
      const link = linkThatEnded(keys, task, gate.admin.serverNow() - expiredMs);
      for (const replica of both)
        expect({ expiredMs, status: await opens(replica, link) }).toEqual({ expiredMs, status });
    }
  });
});

async function keysOfGate(): Promise<KeyRing> {
  const secret = await gate.read<KubeObject & { data: Record<string, string> }>(
    secrets,
    'tekton-approvals-keys',
  );
  const parsed = parseKeyRing(secret?.data ?? {});
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.ring;
}

function linkThatEnded(ring: KeyRing, { metadata, spec }: ApprovalTask, expiresAt: number): string {
  const token = mintLink(ring, {
    taskUid: metadata.uid,
    namespace: gate.namespace,
    name: metadata.name,
    approver: approverHandle(ring, ring.active, { taskUid: metadata.uid, entry: ann }) ?? '',
    purpose: 'decide',
    expiresAt,
    linkGeneration: 0,
    digest: spec.digest,
  });
  return `${gate.baseUrl}/l/${token}`;
}
