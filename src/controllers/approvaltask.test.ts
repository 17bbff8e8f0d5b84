import { beforeEach, describe, expect, test } from 'vitest';
import type { ApprovalTaskSpec, ApprovalTaskStatus } from '../api/approvaltask.ts';
import { taskUidField } from '../api/names.ts';
import { runHash } from '../api/reference.ts';
import { timestamp } from '../api/time.ts';
import { start } from '../domain/fixture.ts';
import { KubeError } from '../kube/error.ts';
import { reconcileApprovalTask } from './approvaltask.ts';
import { FakeCluster } from './fake-cluster.ts';
import { key, name, shop, someAnswer, somePipelineRun, someRun, someTask } from './fixture.ts';
import { sha256 } from '../identity/hash.ts';
import { approvalDecisions, approvalTasks, customRuns, namespaces, pipelineRuns } from '../api/resources.ts';
import type { ApprovalTaskContext } from './taskfacts.ts';

let cluster: FakeCluster;
let context: ApprovalTaskContext;
const reconcile = async () => reconcileApprovalTask(context, key);

/** A run that names its task, everything around it alive, and the policy in force. */
function fill(): void {
  cluster.put(namespaces, shop);
  cluster.put(pipelineRuns, somePipelineRun());
  cluster.put(customRuns, someRun({}, { status: { extraFields: { [taskUidField]: 'task-uid' } } }));
  cluster.enforceIdentity();
}

beforeEach(() => {
  cluster = new FakeCluster();
  context = cluster.context();
  fill();
});

const pending = (spec: Partial<ApprovalTaskSpec> = {}, status?: ApprovalTaskStatus) => {
  const hash = runHash(someRun(), sha256);
  cluster.put(
    approvalTasks,
    someTask({ customRunRef: { name, uid: 'run-uid', hash }, ...spec }, status && { status }),
  );
};
const statusWrites = () => cluster.writes.filter(({ plural }) => plural === 'approvaltasks');

describe('a task', () => {
  test('that is new is written once, then labelled; looking again, and a restart, write nothing', async () => {
    pending();
    await reconcile();
    const { length } = cluster.writes;
    await reconcile();
    const tasks = cluster.task();
    context = cluster.context();
    fill();
    cluster.put(approvalTasks, tasks);
    await reconcile();
    expect(cluster.writes).toHaveLength(length);
  });

  test('is settled by an answer, which is told so once', async () => {
    pending();
    cluster.put(approvalDecisions, someAnswer());
    for (let look = 0; look < 3; look += 1) await reconcile();
    expect(cluster.task().status).toMatchObject({ outcome: 'approved', responses: [{ person: 'alice' }] });
    expect(cluster.answer()?.status).toMatchObject({ verdict: 'counted' });
    expect(cluster.writes.filter(({ plural }) => plural === 'approvaldecisions')).toHaveLength(1);
  });

  test('that was settled before a crash still tells the answer, and is not written again', async () => {
    pending();
    cluster.put(approvalDecisions, someAnswer());
    cluster.before = (verb, plural) => {
      if (verb === 'patch' && plural === 'approvaldecisions') throw new KubeError('crash', { status: 0 });
    };
    await expect(reconcile()).rejects.toThrow('crash');
    const before = cluster.task().status;
    const { length } = statusWrites();
    cluster.before = () => undefined;
    await reconcile();
    expect(cluster.answer()?.status?.verdict).toBe('counted');
    expect(cluster.task().status).toEqual(before);
    expect(statusWrites()).toHaveLength(length);
  });

  test('that is settled stays so, whatever is answered, cancelled or deleted afterwards', async () => {
    pending();
    cluster.put(approvalDecisions, someAnswer());
    await reconcile();
    const before = cluster.task().status;
    cluster.put(approvalDecisions, someAnswer({ decision: 'reject' }, { name: 'late', uid: 'late' }));
    cluster.put(customRuns, someRun({ status: 'RunCancelled' }));
    cluster.remove(pipelineRuns, 'shop/release-7');
    await reconcile();
    expect(cluster.task().status).toEqual(before);
  });

  test('that is settled is not written again where the settings changed since', async () => {
    pending();
    cluster.put(approvalDecisions, someAnswer());
    await reconcile();
    const { length } = cluster.writes;
    context = { ...context, unreachable: () => ['alice'] };
    await reconcile();
    expect(cluster.writes).toHaveLength(length);
  });

  test('that another replica settled meanwhile is not overwritten: the conflict is solved by a live read', async () => {
    pending();
    cluster.put(approvalDecisions, someAnswer());
    cluster.cachesFollow = false;
    const status = { outcome: 'rejected', attempt: 1, startTime: timestamp(start), responses: [] } as const;
    cluster.put(approvalTasks, { ...cluster.task(), status });
    await reconcile();
    expect(cluster.refused).toBe(1);
    expect(cluster.task().status?.outcome).toBe('rejected');
  });

  test('is not written by who no longer leads', async () => {
    pending();
    cluster.leading = false;
    await expect(reconcile()).rejects.toThrow('no longer the leader');
    expect(cluster.writes).toEqual([]);
  });

  test.each([
    [
      'with an unmarked spec for a run that names another task',
      { customRunRef: { name, uid: 'run-uid', hash: '' } },
      'other-uid',
    ],
    ['for a run that does not exist', { customRunRef: { name, uid: 'nobody', hash: '' } }, 'task-uid'],
    ['made by hand where nobody opted in', { customRunRef: undefined }, 'task-uid'],
  ])('%s is somebody else’s: left alone, and no answer to it is judged', async (_, spec, uid) => {
    cluster.put(approvalTasks, someTask(spec, { meta: { uid } }));
    cluster.put(approvalDecisions, someAnswer({ taskRef: { name, uid } }));
    await reconcile();
    expect(cluster.writes).toEqual([]);
  });
});

describe('a flood of answers by somebody who is not listed', () => {
  const told = (): unknown[] => cluster.writes.filter(({ plural }) => plural === 'approvaldecisions');

  test('editor-14: holds up no answer that counts, and each is told in the end', async () => {
    pending();
    const actor = { kind: 'kubernetes' as const, issuer: '', username: 'bob', groups: [] };
    const bob = { actor };
    for (let number = 0; number < 60; number += 1)
      cluster.put(
        approvalDecisions,
        someAnswer(bob, { uid: `bob-${String(number)}`, name: `bob-${String(number)}` }),
      );
    cluster.put(approvalDecisions, someAnswer({}, { resourceVersion: '900' }));
    expect(await reconcile()).toEqual({ after: 0 });
    expect(cluster.answer()?.status?.verdict).toBe('counted');
    expect(told().length).toBeLessThan(25);
    for (let look = 0; look < 3; look += 1) await reconcile();
    expect(told()).toHaveLength(61);
  });
});

describe('an answer that was refused for want of proof', () => {
  test('H46: need not be given anew for the request to say that the policy is back', async () => {
    pending();
    cluster.put(approvalDecisions, someAnswer());
    cluster.admit = () => undefined;
    await reconcile();
    expect(cluster.answer()?.status).toMatchObject({ verdict: 'refused', code: 'identityNotProven' });
    const enforced = () => cluster.task().status?.conditions?.find(({ type }) => type === 'PolicyEnforced');
    expect(enforced()).toMatchObject({ status: 'False', reason: 'ForgeryAccepted' });
    cluster.enforceIdentity();
    await context.proof.prove('shop');
    await reconcile();
    expect(enforced()).toMatchObject({ status: 'True', reason: 'Proven' });
    const { length } = cluster.writes;
    await reconcile();
    expect(cluster.writes).toHaveLength(length);
  });
});

describe('after the deadline', () => {
  const timed = (): void => pending({ timeout: '10s' });

  test('an answer that was given in time counts, though no controller ran then and the cache lags', async () => {
    timed();
    cluster.cachesFollow = false;
    cluster.put(approvalDecisions, someAnswer({}, { creationTimestamp: timestamp(start + 9_000) }));
    cluster.now = start + 60_000;
    await reconcile();
    expect(cluster.task().status?.outcome).toBe('approved');
  });

  test('nothing is concluded before two seconds have passed', async () => {
    timed();
    cluster.now = start + 11_900;
    expect(await reconcile()).toEqual({ after: 100 });
    expect(cluster.task().status?.outcome).toBeUndefined();
    cluster.now = start + 12_000;
    await reconcile();
    expect(cluster.task().status?.outcome).toBe('timedOut');
  });

  test('a list that is older than the cache does not give a second verdict', async () => {
    pending({ strategy: 'MULTI', approvers: ['alice', 'bob'], timeout: '10s' });
    cluster.put(
      approvalDecisions,
      someAnswer({ actor: { kind: 'kubernetes', issuer: '', username: 'eve', groups: [] } }),
    );
    const unjudged = cluster.answer();
    await reconcile();
    expect(cluster.answer()?.status).toMatchObject({ verdict: 'refused', code: 'notListed' });
    context.lists.after = async () => ({
      items: unjudged === undefined ? [] : [unjudged],
      listedAt: cluster.now,
    });
    cluster.now = start + 60_000;
    await reconcile();
    expect(cluster.refused).toBe(0);
  });
});

describe('an answer in another namespace', () => {
  test('editor-16: to a task of that name and uid here is not one to it', async () => {
    pending();
    cluster.put(approvalDecisions, someAnswer({}, { namespace: 'elsewhere' }));
    await reconcile();
    expect(cluster.task().status).toMatchObject({ status: 'pending', responses: [] });
  });
});

describe('answers without a task', () => {
  beforeEach(() => {
    cluster.put(approvalDecisions, someAnswer());
  });

  test('are told so, and removed a while later', async () => {
    expect(await reconcile()).toEqual({ after: 30_000 });
    expect(cluster.answer()?.status).toMatchObject({ verdict: 'refused', code: 'wrongTask' });
    cluster.now = start + 31_000;
    await reconcile();
    expect(cluster.answer()).toBeUndefined();
  });

  test('are removed once, also where somebody holds them', async () => {
    const deletionTimestamp = new Date(start).toISOString();
    cluster.put(approvalDecisions, someAnswer({}, { deletionTimestamp, finalizers: ['example.com/held'] }));
    cluster.now = start + 31_000;
    expect(await reconcile()).toBeUndefined();
    expect(cluster.answer()).toBeDefined();
  });

  test('stay while the task is missing only in the cache', async () => {
    cluster.cachesFollow = false;
    pending();
    cluster.now = start + 31_000;
    expect(await reconcile()).toBeUndefined();
    expect(cluster.writes).toEqual([]);
  });
});
