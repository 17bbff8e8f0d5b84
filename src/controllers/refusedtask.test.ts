import { beforeEach, describe, expect, test } from 'vitest';
import { KubeError } from '../kube/error.ts';
import { reconcileCustomRun, type CustomRunContext } from './customrun.ts';
import { FakeCluster } from './fake-cluster.ts';
import { key, shop, somePipelineRun, someRun } from './fixture.ts';
import { approvalTasks, customRuns, namespaces, pipelineRuns } from '../api/resources.ts';

let cluster: FakeCluster;
let context: CustomRunContext;
const reconcile = async () => reconcileCustomRun(context, key);
const condition = () => cluster.run().status?.conditions?.[0];

beforeEach(() => {
  cluster = new FakeCluster();
  context = cluster.context();
  cluster.put(namespaces, shop);
  cluster.put(pipelineRuns, somePipelineRun());
});

describe('a task that the API server refuses', () => {
  const refuse = (error: KubeError): void => {
    cluster.before = (verb, plural) => {
      if (verb === 'create' && plural === approvalTasks.plural) throw error;
    };
  };

  test.each([403, 422])('with %i is told on the run, once, and tried again', async (status) => {
    cluster.put(customRuns, someRun());
    for (const used of ['3', '4']) {
      refuse(new KubeError(`exceeded quota: used ${used}`, { status }));
      await expect(reconcile()).rejects.toThrow('exceeded quota');
    }
    expect(cluster.writes.map(({ plural }) => plural)).toEqual(['customruns']);
    expect(condition()).toMatchObject({
      status: 'Unknown',
      message: expect.stringMatching(/^Nobody can be asked: .*exceeded quota: used 3$/u),
    });
    cluster.before = () => {};
    await reconcile();
    expect(condition()?.message).toContain('Waiting for');
  });

  test('for want of an answer is not told: it may be there', async () => {
    cluster.put(customRuns, someRun());
    refuse(new KubeError('no answer', { status: 0 }));
    await expect(reconcile()).rejects.toThrow('no answer');
    expect(cluster.writes).toEqual([]);
  });
});
