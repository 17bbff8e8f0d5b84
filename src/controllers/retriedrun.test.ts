import { beforeEach, expect, test } from 'vitest';
import type { ApprovalTaskStatus } from '../api/approvaltask.ts';
import { taskUidField } from '../api/names.ts';
import { runHash } from '../api/reference.ts';
import { timestamp } from '../api/time.ts';
import { minute, start } from '../domain/fixture.ts';
import { reconcileCustomRun, type CustomRunContext } from './customrun.ts';
import { FakeCluster } from './fake-cluster.ts';
import { key, name, shop, somePipelineRun, someRun, someTask } from './fixture.ts';
import { sha256 } from '../identity/hash.ts';
import { approvalTasks, customRuns, namespaces, pipelineRuns } from '../api/resources.ts';

let cluster: FakeCluster;
let context: CustomRunContext;

/** The second attempt is under way; the run knows of its task and of nothing else. */
beforeEach(() => {
  cluster = new FakeCluster();
  context = cluster.context();
  cluster.put(namespaces, shop);
  cluster.put(pipelineRuns, somePipelineRun());
  const second: ApprovalTaskStatus = {
    status: 'pending',
    attempt: 2,
    startTime: timestamp(start + minute),
    deadline: timestamp(start + 2 * minute),
    responses: [],
    linkGeneration: 1,
    pastAttempts: [
      {
        attempt: 1,
        startTime: timestamp(start),
        deadline: timestamp(start + minute),
        completionTime: timestamp(start + minute),
      },
    ],
  };
  const hash = runHash(someRun(), sha256);
  cluster.put(approvalTasks, someTask({ customRunRef: { name, uid: 'run-uid', hash } }, { status: second }));
  cluster.put(customRuns, someRun({}, { status: { extraFields: { [taskUidField]: 'task-uid' } } }));
});

const past = () => cluster.run().status?.retriesStatus;

test('a run that is asked anew keeps the attempt before on record, written once', async () => {
  await reconcileCustomRun(context, key);
  await reconcileCustomRun(context, key);
  expect(past()).toMatchObject([{ startTime: timestamp(start), completionTime: timestamp(start + minute) }]);
  expect(cluster.writes).toHaveLength(1);
});

test('the null that Tekton’s admission adds to the attempt before is no reason to write again', async () => {
  await reconcileCustomRun(context, key);
  const run = cluster.run();
  const retriesStatus = past()?.map((attempt) => ({ ...attempt, extraFields: null }));
  cluster.put(customRuns, Object.assign(run, { status: { ...run.status, retriesStatus } }));
  await reconcileCustomRun(context, key);
  expect(cluster.writes).toHaveLength(1);
});

test('an attempt before that somebody changed is put right', async () => {
  await reconcileCustomRun(context, key);
  const run = cluster.run();
  const retriesStatus = past()?.map((attempt) => ({ ...attempt, completionTime: timestamp(start) }));
  cluster.put(customRuns, { ...run, status: { ...run.status, retriesStatus } });
  await reconcileCustomRun(context, key);
  expect(past()?.[0]?.completionTime).toBe(timestamp(start + minute));
});
