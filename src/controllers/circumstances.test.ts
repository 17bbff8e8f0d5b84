import { beforeEach, describe, expect, test } from 'vitest';
import { taskUidField } from '../api/names.ts';
import { runHash } from '../api/reference.ts';
import { approvalDecisions, approvalTasks, customRuns, namespaces, pipelineRuns } from '../api/resources.ts';
import { sha256 } from '../identity/hash.ts';
import { reconcileApprovalTask } from './approvaltask.ts';
import { FakeCluster } from './fake-cluster.ts';
import { key, name, shop, someAnswer, somePipelineRun, someRun, someTask } from './fixture.ts';
import type { ApprovalTaskContext } from './taskfacts.ts';

const fault = 'persons[1].emails[0] must be one plain e-mail address.';
let cluster: FakeCluster;
let context: ApprovalTaskContext;
const reconcile = async () => reconcileApprovalTask(context, key);
const condition = () =>
  cluster.task().status?.conditions?.find(({ type }) => type === 'PeopleDirectoryValid');

beforeEach(() => {
  cluster = new FakeCluster();
  context = cluster.context();
  cluster.put(namespaces, shop);
  cluster.put(pipelineRuns, somePipelineRun());
  cluster.put(customRuns, someRun({}, { status: { extraFields: { [taskUidField]: 'task-uid' } } }));
  cluster.enforceIdentity();
  cluster.put(
    approvalTasks,
    someTask({ customRunRef: { name, uid: 'run-uid', hash: runHash(someRun(), sha256) } }),
  );
});

describe('a request, while the people directory has a mistake', () => {
  test('says so, by the place in the file, and that what it said before holds', async () => {
    cluster.directoryFault = fault;
    await reconcile();
    expect(condition()).toMatchObject({ status: 'False', reason: 'Invalid' });
    expect(condition()?.message).toBe(
      `The people directory has a mistake. What it said before stays in force. ${fault}`,
    );
  });

  test('says that no answer is judged where it has been broken since the start', async () => {
    cluster.directoryFault = fault;
    cluster.directory = undefined;
    await reconcile();
    expect(condition()?.message).toContain('no answer is judged until it is mended');
  });

  test('says so once', async () => {
    cluster.directoryFault = fault;
    await reconcile();
    const writes = cluster.writes.length;
    await reconcile();
    expect(cluster.writes).toHaveLength(writes);
  });

  test('says when it is mended, and keeps what it said once it is settled', async () => {
    cluster.directoryFault = fault;
    await reconcile();
    cluster.directoryFault = undefined;
    await reconcile();
    expect(condition()).toMatchObject({ status: 'True', reason: 'Valid' });
    cluster.put(approvalDecisions, someAnswer());
    await reconcile();
    expect(cluster.task().status?.outcome).toBe('approved');
    cluster.directoryFault = fault;
    await reconcile();
    expect(condition()?.status).toBe('True');
  });

  test('has no such condition where there never was a mistake', async () => {
    await reconcile();
    expect(cluster.task().status?.conditions?.map(({ type }) => type)).toEqual(['Succeeded']);
  });
});
