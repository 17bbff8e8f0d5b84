import { pino } from 'pino';
import { expect, test } from 'vitest';
import { FakeProvider, FakeTaskApi, install } from '../../test/fakes/notifier.ts';
import { nobodyKnown } from '../domain/directory.ts';
import { FakeClock } from '../kube/fake-clock.ts';
import { everywhere, start, taskOf } from '../notify/fixture.ts';
import type { Reach } from '../notify/recipients.ts';
import { FakeCluster } from './fake-cluster.ts';
import { reconcileCustomRun } from './customrun.ts';
import { key, shop, somePipelineRun, someRun } from './fixture.ts';
import { Notifier, type NotifierOptions } from './notifier.ts';
import { customRuns, namespaces, pipelineRuns } from '../api/resources.ts';

/** While the people directory could not be read since the start. */

test('nobody is asked, and the run says so after a while', async () => {
  const cluster = new FakeCluster();
  const context = cluster.context();
  cluster.put(namespaces, shop);
  cluster.put(pipelineRuns, somePipelineRun());
  cluster.put(customRuns, someRun());
  cluster.directory = undefined;
  expect(await reconcileCustomRun(context, key)).toEqual({ after: 1_000 });
  cluster.now += 10_000;
  await reconcileCustomRun(context, key);
  const [condition] = cluster.run().status?.conditions ?? [];
  expect(condition).toMatchObject({ status: 'Unknown', reason: 'WaitingForApproval' });
  expect(condition?.message).toContain('people directory');
  expect(cluster.writes.map(({ plural }) => plural)).not.toContain('approvaltasks');
  cluster.directory = nobodyKnown;
  await reconcileCustomRun(context, key);
  expect(cluster.task().spec.approvers).toEqual(['alice']);
});

test('nobody is mailed and no notice recorded, until it is known', async () => {
  const api = new FakeTaskApi(taskOf({ approvers: ['ann@example.com'] }));
  const provider = new FakeProvider();
  const clock = new FakeClock(start);
  let reach: Reach | undefined;
  const notifier = new Notifier({
    ...install,
    // Only what the notifier calls.
    client: api as unknown as NotifierOptions['client'],
    task: () => api.cached,
    provider: () => provider,
    url: () => 'https://approvals.example.com/a/shop/release-approve',
    reach: () => reach,
    isLeader: () => true,
    now: () => clock.now(),
    recorder: { event: () => undefined },
    log: pino({ level: 'silent' }),
    clock,
  });
  notifier.start();
  notifier.touch('shop/release-approve');
  await clock.advance(60_000);
  expect([provider.sent, api.writes]).toEqual([[], []]);
  reach = everywhere;
  await clock.advance(10_000);
  expect(provider.sent).toHaveLength(1);
  const drained = notifier.drain(0);
  await clock.advance(1);
  await drained;
});
