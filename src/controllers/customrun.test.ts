import { beforeEach, describe, expect, test } from 'vitest';
import { annotations, apiVersion, approvalTaskKind, taskUidField } from '../api/names.ts';
import { sha256 } from '../identity/hash.ts';
import { runHash } from '../api/reference.ts';
import type { ApprovalTaskStatus } from '../api/approvaltask.ts';
import { timestamp } from '../api/time.ts';
import { start } from '../domain/fixture.ts';
import { KubeError } from '../kube/error.ts';
import { reconcileCustomRun, type CustomRunContext } from './customrun.ts';
import { FakeCluster } from './fake-cluster.ts';
import { key, name, shop, somePipelineRun, someRun, someTask } from './fixture.ts';
import { approvalTasks, customRuns, namespaces, pipelineRuns } from '../api/resources.ts';

let cluster: FakeCluster;
let context: CustomRunContext;
const reconcile = async () => reconcileCustomRun(context, key);

beforeEach(() => {
  cluster = new FakeCluster();
  context = cluster.context();
  cluster.put(namespaces, shop);
  cluster.put(pipelineRuns, somePipelineRun());
});

const condition = () => cluster.run().status?.conditions?.[0];
const approved: ApprovalTaskStatus = {
  status: 'completed',
  outcome: 'approved',
  attempt: 1,
  startTime: timestamp(start),
  completionTime: timestamp(start + 5_000),
  responses: [],
};
/** A run whose task has settled, as the operator left both. */
function settled(status: object = {}): void {
  const hash = runHash(someRun(), sha256);
  cluster.put(
    approvalTasks,
    someTask({ customRunRef: { name, uid: 'run-uid', hash } }, { status: approved }),
  );
  cluster.put(
    customRuns,
    someRun({}, { status: { extraFields: { [taskUidField]: 'task-uid' }, ...status } }),
  );
}

describe('a run that is first seen', () => {
  test('gets its task and learns its uid: two writes, and a second look costs none', async () => {
    cluster.put(customRuns, someRun());
    await reconcile();
    await reconcile();
    expect(cluster.writes.map(({ verb, plural }) => `${verb} ${plural}`)).toEqual([
      'create approvaltasks',
      'patch customruns',
    ]);
    expect(condition()).toMatchObject({ status: 'Unknown', reason: 'WaitingForApproval' });
    expect(cluster.run().status?.extraFields).toEqual({ [taskUidField]: cluster.task().metadata.uid });
  });

  test.each<[string, object, string]>([
    ['params that are an object', { params: { approvers: 'alice' } }, 'InvalidParameters'],
    ['params that are text', { params: 'approvers' }, 'InvalidParameters'],
    ['a param without a name', { params: [{ value: 1 }] }, 'InvalidParameters'],
    ['a param that is no object', { params: [null, 3] }, 'InvalidParameters'],
    ['a numeric timeout', { timeout: 5 }, 'InvalidParameters'],
    ['retries as text', { retries: 'many' }, 'InvalidParameters'],
    [
      'an embedded spec that is a list',
      { customRef: undefined, customSpec: { apiVersion, kind: approvalTaskKind, spec: [] } },
      'InvalidParameters',
    ],
    [
      'a cancel whose message is a number',
      { status: 'RunCancelled', statusMessage: 7 },
      'CustomRunCancelled',
    ],
  ])('with %s fails, and says so', async (_, spec, reason) => {
    cluster.put(customRuns, someRun(spec));
    await reconcile();
    expect(condition()).toMatchObject({ status: 'False', reason });
    expect(cluster.task()).toBeUndefined();
  });

  test('and cancelled without words that can be shown is given ours', async () => {
    cluster.put(customRuns, someRun({ status: 'RunCancelled', statusMessage: { a: 1 } }));
    await reconcile();
    expect(condition()?.message).toBe('The run was cancelled.');
  });

  test('that is nested ten thousand levels deep fails instead of failing us', async () => {
    const spec: unknown = JSON.parse('{"a":'.repeat(10_000) + '1' + '}'.repeat(10_000));
    const run = someRun({ customRef: undefined, customSpec: { apiVersion, kind: approvalTaskKind, spec } });
    context.caches.customRuns.get = () => run;
    cluster.put(customRuns, someRun({}, { meta: { uid: 'run-uid' } }));
    run.metadata.resourceVersion = cluster.run().metadata.resourceVersion;
    await reconcile();
    expect(condition()).toMatchObject({ reason: 'InvalidParameters' });
    expect(condition()?.message).toContain('more than 32 levels deep');
  });

  test('that was changed before it was seen is drift', async () => {
    cluster.put(customRuns, someRun({}, { meta: { generation: 2 } }));
    await reconcile();
    expect(condition()).toMatchObject({ status: 'False', reason: 'SpecDrift' });
  });

  test('and is not ours is left alone', async () => {
    const run = someRun({ customRef: { apiVersion: 'other/v1', kind: 'Wait' } });
    context.caches.customRuns.get = () => run;
    await reconcile();
    expect(cluster.writes).toEqual([]);
  });
});

describe('without keys', () => {
  beforeEach(() => {
    cluster.keys = undefined;
  });

  test('a run waits quietly at first, then says what it waits for, once, and goes on when they are there', async () => {
    cluster.put(customRuns, someRun());
    cluster.now = start + 1_000;
    expect(await reconcile()).toEqual({ after: 1_000 });
    expect(cluster.writes).toEqual([]);
    cluster.now = start + 6_000;
    for (let look = 0; look < 3; look += 1) expect(await reconcile()).toEqual({ after: 1_000 });
    expect(cluster.writes).toHaveLength(1);
    expect(condition()?.message).toContain('signing keys');
    cluster.keys = new FakeCluster().keys;
    await reconcile();
    expect(condition()?.message).toContain('Answer at');
  });

  test('a run with a mistake fails all the same', async () => {
    cluster.put(customRuns, someRun({ params: [] }));
    await reconcile();
    expect(condition()?.reason).toBe('InvalidParameters');
  });

  test('a settled task still reaches the run that names it', async () => {
    settled();
    await reconcile();
    expect(condition()).toMatchObject({ status: 'True', reason: 'Approved' });
  });
});

describe('the name of the task', () => {
  test('is taken by a squatter: the run fails, and the squatter is not touched', async () => {
    cluster.put(approvalTasks, someTask());
    cluster.put(customRuns, someRun());
    await reconcile();
    expect(condition()).toMatchObject({ status: 'False', reason: 'NameTaken' });
    expect(cluster.task().metadata.annotations).toBeUndefined();
  });

  test('was given before a crash: the task made then is found by its mark', async () => {
    cluster.put(customRuns, someRun());
    cluster.before = (verb) => {
      if (verb === 'patch') throw new KubeError('crash', { status: 0 });
    };
    await expect(reconcile()).rejects.toThrow('crash');
    const { uid } = cluster.task().metadata;
    cluster.before = () => undefined;
    context = cluster.context();
    cluster.put(namespaces, shop);
    cluster.put(pipelineRuns, somePipelineRun());
    cluster.put(customRuns, someRun());
    await reconcile();
    expect(cluster.run().status?.extraFields).toEqual({ [taskUidField]: uid });
    expect(cluster.writes.filter(({ verb }) => verb === 'create')).toHaveLength(1);
  });

  test('is still held by an older run: it waits, says so once, and fails after two minutes', async () => {
    const owner = { apiVersion: 'tekton.dev/v1beta1', kind: 'CustomRun', name, uid: 'older' };
    const older = someTask(
      { customRunRef: { name, uid: 'older', hash: '' } },
      { meta: { ownerReferences: [owner] } },
    );
    cluster.put(approvalTasks, older);
    cluster.put(customRuns, someRun());
    for (let look = 0; look < 3; look += 1) expect(await reconcile()).toEqual({ after: 1_000 });
    expect(cluster.writes).toHaveLength(1);
    expect(condition()).toMatchObject({ status: 'Unknown' });
    cluster.now = start + 120_000;
    await reconcile();
    expect(condition()).toMatchObject({ status: 'False', reason: 'NameTaken' });
  });
});

describe('a settled run', () => {
  test('gets condition and results in one write', async () => {
    settled();
    await reconcile();
    await reconcile();
    expect(cluster.writes).toHaveLength(1);
    expect(cluster.run().status).toMatchObject({
      conditions: [{ type: 'Succeeded', status: 'True', reason: 'Approved' }],
      results: expect.arrayContaining([{ name: 'decision', value: 'true' }]),
    });
  });

  test('that somebody set back to Unknown is restored', async () => {
    settled({ conditions: [{ type: 'Succeeded', status: 'Unknown' }] });
    await reconcile();
    expect(condition()).toMatchObject({ status: 'True', reason: 'Approved' });
  });

  test('that is cancelled afterwards changes in nothing but the generation that was seen', async () => {
    settled();
    await reconcile();
    const before = cluster.run();
    const spec = { ...before.spec, status: 'RunCancelled' };
    const cancelled = { ...before, spec, metadata: { ...before.metadata, generation: 2 } };
    cluster.put(customRuns, cancelled);
    await reconcile();
    expect(cluster.writes.at(-1)?.body).toMatchObject({ status: { observedGeneration: 2 } });
    expect(cluster.run().status).toEqual({ ...before.status, observedGeneration: 2 });
  });

  test('is not written by who no longer leads', async () => {
    settled();
    cluster.leading = false;
    await expect(reconcile()).rejects.toThrow('no longer the leader');
    expect(cluster.writes).toEqual([]);
  });
});

describe('a conflict', () => {
  test('is solved by a live read: what was computed from the older version is not written', async () => {
    settled();
    cluster.cachesFollow = false;
    const done = { conditions: [{ type: 'Succeeded', status: 'False', reason: 'Other' }] };
    cluster.put(customRuns, { ...cluster.run(), status: done });
    await reconcile();
    expect(cluster.refused).toBe(1);
    expect(condition()).toMatchObject({ status: 'False', reason: 'Other' });
  });
});

describe('a waiting run', () => {
  const waiting = (more: object = {}) =>
    cluster.put(
      customRuns,
      someRun(more, {
        meta: { generation: 2 },
        status: { extraFields: { [taskUidField]: 'task-uid' } },
      }),
    );

  test.each([
    ['another controller', { apiVersion: 'other/v1', kind: 'Wait' }],
    ['another version of ours', { apiVersion: 'tekton.automatiko.io/v9', kind: approvalTaskKind }],
  ])('whose reference is pointed at %s is told by its task that it drifted', async (_, customRef) => {
    const invalid = { ...approved, outcome: 'invalid', message: 'The run was changed.' } as const;
    cluster.put(approvalTasks, someTask({}, { status: invalid }));
    waiting({ customRef });
    await reconcile();
    expect(condition()).toMatchObject({ status: 'False', reason: 'SpecDrift' });
  });

  test('whose task was deleted by hand fails, and no new task is made', async () => {
    waiting();
    await reconcile();
    expect(condition()).toMatchObject({ status: 'False', reason: 'ApprovalTaskDeleted' });
    expect(cluster.writes.map(({ verb }) => verb)).toEqual(['patch']);
  });

  test('whose task is missing only in the cache goes on waiting', async () => {
    cluster.cachesFollow = false;
    cluster.put(approvalTasks, someTask());
    cluster.cachesFollow = true;
    waiting();
    await reconcile();
    expect(condition()).toMatchObject({ status: 'Unknown' });
  });

  test('whose task is being deleted fails, though a finalizer keeps that task for ever', async () => {
    cluster.put(approvalTasks, someTask({}, { meta: { deletionTimestamp: timestamp(start) } }));
    waiting();
    await reconcile();
    expect(condition()).toMatchObject({ status: 'False', reason: 'ApprovalTaskDeleted' });
  });

  test('is not served under a marked copy of its task: the uid that it names counts', async () => {
    const copy = someTask(
      {},
      { meta: { uid: 'copy', annotations: { [annotations.mark]: 'any' } }, status: approved },
    );
    cluster.put(approvalTasks, copy);
    waiting();
    await reconcile();
    expect(condition()).toMatchObject({ status: 'False', reason: 'ApprovalTaskDeleted' });
  });
});
