import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { runCancelled } from '../api/names.ts';
import type { ControllerContext } from './context.ts';
import { Crew } from './crew.ts';
import { FakeClock } from '../kube/fake-clock.ts';
import { FakeCluster } from './fake-cluster.ts';
import { key, shop, someAnswer, somePipelineRun, someRun, someTask } from './fixture.ts';
import { approvalDecisions, approvalTasks, customRuns, namespaces, pipelineRuns } from '../api/resources.ts';

let cluster: FakeCluster;
let crew: Crew;
let context: ControllerContext;
let touched: string[];
let starts: number;
let drained: Promise<void> | undefined;
let clock: FakeClock;
const policyProofMs = 180_000;

beforeEach(() => {
  cluster = new FakeCluster();
  touched = [];
  starts = 0;
  drained = undefined;
  context = cluster.context();
  clock = new FakeClock();
  crew = new Crew({
    context,
    atOnce: 2,
    policyProofMs,
    clock,
    installNamespace: 'tekton-approvals',
    followers: [
      {
        touch: (at) => touched.push(at),
        deleted: (task) => touched.push(`${task.metadata.name} is gone`),
        start: () => {
          starts += 1;
        },
        drain: async () => drained,
      },
    ],
  });
  cluster.put(namespaces, shop);
  cluster.put(pipelineRuns, somePipelineRun());
});

afterEach(async () => crew.stop(1_000));

const asked = () => expect(cluster.run().status?.conditions?.[0]?.reason).toBe('WaitingForApproval');
const turns = async () => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

test('a replica that does not lead writes nothing', async () => {
  cluster.put(customRuns, someRun());
  cluster.put(approvalTasks, someTask());
  cluster.put(approvalDecisions, someAnswer());
  await turns();
  expect([cluster.writes, touched]).toEqual([[], []]);
});

test('a replica that waits for months for its turn keeps no note of all that came and went', async () => {
  cluster.put(customRuns, someRun());
  cluster.remove(customRuns, key);
  const looked: string[] = [];
  context.caches.customRuns.get = (at) => {
    looked.push(at);
    return undefined;
  };
  crew.start();
  await turns();
  expect(looked).toEqual([]);
});

test('who begins to lead looks at what was there before, and at what comes', async () => {
  cluster.put(customRuns, someRun());
  crew.start();
  await vi.waitFor(asked);
  await vi.waitFor(() => expect(touched).toContain(key));
});

test('a second start changes nothing, and after a stop there may be a new one', async () => {
  crew.start();
  crew.start();
  expect(starts).toBe(1);
  await crew.stop(1_000);
  cluster.put(customRuns, someRun());
  await turns();
  expect(cluster.writes).toEqual([]);
  crew.start();
  await vi.waitFor(asked);
});

test('a start while the stop still waits for work under way is not undone by it', async () => {
  crew.start();
  const stopped = crew.stop(1_000);
  crew.start();
  await stopped;
  cluster.put(customRuns, someRun());
  await vi.waitFor(asked);
});

test('a leader that hands over decides on while a mail is being sent, and nothing afterwards', async () => {
  const mail = Promise.withResolvers<void>();
  crew.start();
  drained = mail.promise;
  const handedOver = crew.handOver(1_000);
  cluster.put(customRuns, someRun());
  await vi.waitFor(asked);
  mail.resolve();
  await handedOver;
  const before = cluster.writes.length;
  cluster.put(customRuns, someRun({}, { meta: { name: 'another', uid: 'another-uid' } }));
  await turns();
  expect(cluster.writes).toHaveLength(before);
});

test('whoever follows is told of a task that is gone, while it leads', async () => {
  cluster.put(customRuns, someRun());
  crew.start();
  await vi.waitFor(asked);
  cluster.remove(approvalTasks, key);
  await vi.waitFor(() => expect(touched).toContain(`${key.split('/')[1] ?? ''} is gone`));
  await crew.stop(1_000);
  touched.length = 0;
  cluster.put(approvalTasks, someTask());
  cluster.remove(approvalTasks, key);
  expect(touched).toEqual([]);
});

test('what is told again with nothing changed costs no call of any kind', async () => {
  cluster.put(customRuns, someRun());
  crew.start();
  await vi.waitFor(asked);
  await turns();
  const writes = cluster.writes.length;
  const calls: string[] = [];
  cluster.before = (verb, plural) => calls.push(`${verb} ${plural}`);
  touched.length = 0;
  for (const type of [customRuns, approvalTasks]) cluster.tellAgain(type);
  await vi.waitFor(() => expect(touched).toEqual([key]));
  await turns();
  expect([calls, cluster.writes.length]).toEqual([[], writes]);
});

test('a run ends as soon as its task is settled, before the watch brings that', async () => {
  crew.start();
  cluster.put(customRuns, someRun());
  await vi.waitFor(asked);
  await turns();
  const { spec, ...run } = cluster.run();
  const cancelled = { ...run, spec: { ...spec, status: runCancelled } };
  cluster.put(customRuns, cancelled);
  cluster.cachesFollow = false;
  await vi.waitFor(() => expect(cluster.run().status?.conditions?.[0]?.status).toBe('False'));
  expect(cluster.task().status?.outcome).toBe('cancelled');
});

test('H46: every request that waits in the namespace says that forgeries are accepted, and when they no longer are', async () => {
  cluster.put(customRuns, someRun());
  crew.start();
  await vi.waitFor(asked);
  const enforced = () => cluster.task().status?.conditions?.find(({ type }) => type === 'PolicyEnforced');
  // An answer to another request has it proven.
  const handmade = { name: 'handmade', uid: 'handmade-uid' };
  cluster.put(namespaces, {
    metadata: { ...shop.metadata, labels: { 'tekton-approvals/standalone': 'true' } },
  });
  cluster.put(approvalTasks, someTask({ customRunRef: undefined, approvers: ['bob'] }, { meta: handmade }));
  const answer = (name: string) =>
    cluster.put(approvalDecisions, someAnswer({ taskRef: handmade }, { name, uid: name }));
  answer('while-broken');
  await vi.waitFor(() => expect(enforced()?.status).toBe('False'));
  cluster.enforceIdentity();
  answer('while-it-holds');
  await vi.waitFor(() => expect(enforced()?.status).toBe('True'));
  await turns();
  const writes = cluster.writes.length;
  answer('once-more');
  await turns();
  // Only the verdict on that answer.
  expect(cluster.writes).toHaveLength(writes + 1);
});

describe('while nobody answers', () => {
  const told = () => cluster.events.filter(({ reason }) => reason === 'ForgeryAccepted');
  const enforced = () => cluster.task().status?.conditions?.find(({ type }) => type === 'PolicyEnforced');
  let tallies: unknown[];
  /** A dry run is five forgeries. */
  let forged: number;

  beforeEach(async () => {
    tallies = [];
    context.telemetry.proved = (_, tally) => tallies.push(tally);
    cluster.enforceIdentity();
    cluster.put(customRuns, someRun());
    crew.start();
    await vi.waitFor(asked);
    await clock.advance(policyProofMs);
    expect(tallies.at(-1)).toEqual({ holds: 2, broken: 0, unknown: 0 });
    forged = 0;
    cluster.before = (verb, plural) => {
      if (verb === 'create' && plural === 'approvaldecisions') forged += 1;
    };
  });

  test('H46: a namespace that is left out of the policy is found out: one Event, the tally, and its requests say so', async () => {
    const { admit } = cluster;
    cluster.admit = (object) => {
      if (object.metadata.namespace !== 'shop') admit(object);
    };
    await clock.advance(policyProofMs);
    expect(told()).toMatchObject([{ note: expect.stringContaining('In namespace shop the API server') }]);
    expect(tallies.at(-1)).toEqual({ holds: 1, broken: 1, unknown: 0 });
    await vi.waitFor(() => expect(enforced()).toMatchObject({ status: 'False', reason: 'ForgeryAccepted' }));
    const writes = cluster.writes.length;
    await clock.advance(3 * policyProofMs);
    expect([told().length, cluster.writes.length]).toEqual([1, writes]);
    cluster.enforceIdentity();
    await clock.advance(policyProofMs);
    await vi.waitFor(() => expect(enforced()).toMatchObject({ status: 'True', reason: 'Proven' }));
    expect(tallies.at(-1)).toEqual({ holds: 2, broken: 0, unknown: 0 });
  });

  test('each namespace is tried once in a period, and one that is gone or about to go not at all', async () => {
    await clock.advance(policyProofMs);
    expect(forged).toBe(2 * 5);
    cluster.put(namespaces, { metadata: { ...shop.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } });
    forged = 0;
    await clock.advance(2 * policyProofMs);
    expect(forged).toBe(2 * 5);
    expect(tallies.at(-1)).toEqual({ holds: 1, broken: 0, unknown: 0 });
  });

  test('a request that is settled asks for no more proofs in its namespace than were taken before', async () => {
    await crew.stop(1_000);
    cluster.put(approvalTasks, { ...cluster.task(), status: { status: 'completed', outcome: 'approved' } });
    tallies = [];
    crew.start();
    await clock.advance(2 * policyProofMs);
    expect(tallies.at(-1)).toEqual({ holds: 1, broken: 0, unknown: 0 });
  });
});
