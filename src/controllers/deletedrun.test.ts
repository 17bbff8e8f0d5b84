import { beforeEach, describe, expect, test } from 'vitest';
import { taskUidField } from '../api/names.ts';
import { timestamp } from '../api/time.ts';
import { start } from '../domain/fixture.ts';
import { reconcileCustomRun, type CustomRunContext } from './customrun.ts';
import { FakeCluster } from './fake-cluster.ts';
import { key, shop, somePipelineRun, someRun } from './fixture.ts';
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

const meta = { deletionTimestamp: timestamp(start) };
const asked = { extraFields: { [taskUidField]: 'task-uid' } };
const condition = () => cluster.run().status?.conditions?.[0];

describe('a run that is being deleted, and that a finalizer keeps', () => {
  test.each([
    ['before anybody was asked', {}],
    ['after its task was collected', asked],
  ])('%s ends as cancelled, and no task is made', async (_, status) => {
    cluster.put(customRuns, someRun({}, { meta, status }));
    await reconcile();
    expect(condition()).toMatchObject({
      status: 'False',
      reason: 'CustomRunCancelled',
      message: 'The run of this request is being deleted.',
    });
    expect(cluster.writes.map(({ verb, plural }) => `${verb} ${plural}`)).toEqual(['patch customruns']);
  });

  test('keeps the words of Tekton where it was cancelled as well', async () => {
    const spec = { status: 'RunCancelled', statusMessage: 'It has timed out.' };
    cluster.put(customRuns, someRun(spec, { meta, status: {} }));
    await reconcile();
    expect(condition()).toMatchObject({ message: 'It has timed out.' });
  });

  test('and that is gone before its end is written is no failure', async () => {
    cluster.put(customRuns, someRun({}, { meta, status: asked }));
    cluster.cachesFollow = false;
    cluster.remove(customRuns, key);
    await expect(reconcile()).resolves.toBeUndefined();
    expect(cluster.writes).toEqual([]);
  });
});

test('a run that vanishes although nobody deletes it is a failure, and looked at again', async () => {
  cluster.put(customRuns, someRun({}, { status: asked }));
  cluster.cachesFollow = false;
  cluster.remove(customRuns, key);
  cluster.remove(approvalTasks, key);
  await expect(reconcile()).rejects.toThrow();
});
