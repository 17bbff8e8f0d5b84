import { expect, test } from 'vitest';
import { customRuns, namespaces, pipelineRuns } from '../api/resources.ts';
import { reconcileCustomRun } from './customrun.ts';
import { FakeCluster } from './fake-cluster.ts';
import { key, shop, someAdopter, somePipelineRun, someRun } from './fixture.ts';

test('a run that another PipelineRun would take ends before anybody is asked', async () => {
  const cluster = new FakeCluster();
  const context = cluster.context();
  cluster.put(namespaces, shop);
  for (const pipelineRun of [somePipelineRun(), someAdopter()]) cluster.put(pipelineRuns, pipelineRun);
  cluster.put(customRuns, someRun());
  await reconcileCustomRun(context, key);
  expect(cluster.run().status?.conditions).toMatchObject([{ status: 'False', reason: 'NameTaken' }]);
  expect(cluster.writes.map(({ verb, plural }) => `${verb} ${plural}`)).toEqual(['patch customruns']);
});
