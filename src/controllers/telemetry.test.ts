import { beforeEach, expect, test, vi } from 'vitest';
import { taskUidField } from '../api/names.ts';
import { runHash } from '../api/reference.ts';
import { timestamp } from '../api/time.ts';
import { start } from '../domain/fixture.ts';
import { KubeError } from '../kube/error.ts';
import { reconcileApprovalTask } from './approvaltask.ts';
import { Crew } from './crew.ts';
import { reconcileCustomRun } from './customrun.ts';
import { FakeCluster } from './fake-cluster.ts';
import { key, name, shop, someAnswer, somePipelineRun, someRun, someTask } from './fixture.ts';
import { sha256 } from '../identity/hash.ts';
import { approvalDecisions, approvalTasks, customRuns, namespaces, pipelineRuns } from '../api/resources.ts';
import { noTelemetry, type Telemetry } from './telemetry.ts';

let cluster: FakeCluster;
let context: ReturnType<FakeCluster['context']>;

/** A cluster with a pending task of alice's and its run, and the policy in force. */
function fill(): void {
  const run = someRun({}, { status: { extraFields: { [taskUidField]: 'task-uid' } } });
  cluster.put(namespaces, shop);
  cluster.put(pipelineRuns, somePipelineRun());
  cluster.put(customRuns, run);
  cluster.enforceIdentity();
  const hash = runHash(run, sha256);
  cluster.put(approvalTasks, someTask({ customRunRef: { name, uid: 'run-uid', hash } }));
}

beforeEach(() => {
  cluster = new FakeCluster();
  context = cluster.context();
  fill();
});

const settled = { strategy: 'SINGLE', outcome: 'approved', afterMs: 4_000 };
const answer = () => someAnswer({}, { creationTimestamp: timestamp(start + 4_000) });
const counted = { verdict: 'counted', via: 'kubernetes' };

test('a settled task and its answer are told once, however often one looks', async () => {
  cluster.put(approvalDecisions, answer());
  for (let look = 0; look < 3; look += 1) await reconcileApprovalTask(context, key);
  expect(cluster.told).toEqual([settled, counted]);
});

test('what a restart finds settled is not told again', async () => {
  cluster.put(approvalDecisions, answer());
  await reconcileApprovalTask(context, key);
  const task = cluster.task();
  context = cluster.context();
  fill();
  cluster.put(approvalTasks, task);
  await reconcileApprovalTask(context, key);
  expect(cluster.told).toEqual([settled, counted]);
});

test('a settling write that is refused is told when it goes through', async () => {
  cluster.put(approvalDecisions, answer());
  let refusals = 1;
  cluster.before = (verb, plural) => {
    if (verb !== 'patch' || plural !== 'approvaltasks' || refusals === 0) return;
    refusals -= 1;
    throw new KubeError('busy', { status: 503 });
  };
  await expect(reconcileApprovalTask(context, key)).rejects.toThrow('busy');
  expect(cluster.told).toEqual([]);
  await reconcileApprovalTask(context, key);
  expect(cluster.told).toEqual([settled, counted]);
});

test('a refused answer is told by its code', async () => {
  const actor = { kind: 'kubernetes' as const, issuer: '', username: 'mallory', groups: [] };
  cluster.put(approvalDecisions, someAnswer({ actor }));
  await reconcileApprovalTask(context, key);
  expect(cluster.told).toEqual([{ verdict: 'notListed', via: 'kubernetes' }]);
});

test('a run that is ended unasked is told by its reason, once', async () => {
  cluster.remove(approvalTasks, key);
  cluster.put(customRuns, someRun({ params: [{ name: 'approvrs', value: ['alice'] }] }));
  for (let look = 0; look < 3; look += 1) await reconcileCustomRun(context, key);
  expect(cluster.told).toEqual(['InvalidParameters']);
});

test('queues, reconciles and the proof of the policy are told by the crew', async () => {
  const queues: string[] = [];
  const told: unknown[] = [];
  const telemetry: Telemetry = {
    ...noTelemetry,
    queue: (controller) => queues.push(controller),
    reconciled: (controller, _ms, error) => told.push([controller, error === undefined ? 'ok' : 'failed']),
    proved: (state) => told.push(state),
  };
  cluster.before = (verb, plural) => {
    if (verb === 'patch' && plural === 'customruns') throw new KubeError('busy', { status: 503 });
  };
  const crew = new Crew({
    context: { ...context, telemetry },
    atOnce: 1,
    policyProofMs: 3_600_000,
    installNamespace: 'tekton-approvals',
    followers: [],
  });
  expect(queues).toEqual(['customrun', 'approvaltask']);
  crew.start();
  await vi.waitFor(() => expect(told).toContainEqual(['customrun', 'failed']));
  expect(told).toContainEqual(['approvaltask', 'ok']);
  await vi.waitFor(() => expect(told).toContain('holds'));
  await crew.stop(1_000);
});
