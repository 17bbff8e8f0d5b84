import { expect, test } from 'vitest';
import type { ApprovalDecision } from '../api/approvaldecision.ts';
import type { KubeClient } from '../kube/client.ts';
import { DecisionLists } from './decisionlist.ts';
import { someAnswer } from './fixture.ts';

interface Answer {
  readonly items: ApprovalDecision[];
  readonly serverTime: number;
}

/** Lists that end when the test says so. */
function slowServer() {
  const asked: PromiseWithResolvers<Answer>[] = [];
  const server = { now: 0, asked };
  const client = {
    serverNow: () => server.now,
    listAll: async () => {
      const answer = Promise.withResolvers<Answer>();
      asked.push(answer);
      return answer.promise;
    },
  };
  // Only what is called.
  return { server, lists: new DecisionLists(client as unknown as KubeClient) };
}

const answer = (serverTime: number, items: ApprovalDecision[] = []): Answer => ({ items, serverTime });

test('a list read before the deadline and delivered long after it does not show that nobody answered in time', async () => {
  const { server, lists } = slowServer();
  server.now = 9_000;
  const early = lists.after('shop', 12_000);
  server.now = 20_000;
  server.asked[0]?.resolve(answer(20_000));
  expect(await early).toBeUndefined();
});

test('whoever needs a later list does not share one that was asked for too early', async () => {
  const { server, lists } = slowServer();
  server.now = 10_000;
  const first = lists.after('shop', 10_000);
  server.now = 12_500;
  const second = lists.after('shop', 12_000);
  expect(server.asked).toHaveLength(2);
  server.asked[1]?.resolve(answer(12_000, [someAnswer()]));
  expect((await second)?.items).toHaveLength(1);
  // The older list comes last, and does not replace the newer one.
  server.asked[0]?.resolve(answer(13_000));
  expect((await first)?.items).toHaveLength(0);
  expect((await lists.after('shop', 12_000))?.items).toHaveLength(1);
  expect(server.asked).toHaveLength(2);
});

test('tasks that are due together share one list, and those that look a moment later use it again', async () => {
  const { server, lists } = slowServer();
  server.now = 12_300;
  const both = Promise.all([lists.after('shop', 12_000), lists.after('shop', 11_000)]);
  server.asked[0]?.resolve(answer(12_000));
  expect(await both).toEqual([
    { items: [], listedAt: 12_000 },
    { items: [], listedAt: 12_000 },
  ]);
  await lists.after('shop', 12_000);
  expect(server.asked).toHaveLength(1);
});

test('an answering server whose clock is behind does not count as late enough', async () => {
  const { server, lists } = slowServer();
  server.now = 12_500;
  const list = lists.after('shop', 12_000);
  server.asked[0]?.resolve(answer(11_000));
  expect(await list).toBeUndefined();
});

test('namespaces do not share lists', async () => {
  const { server, lists } = slowServer();
  server.now = 12_000;
  void lists.after('shop', 12_000);
  void lists.after('bank', 12_000);
  expect(server.asked).toHaveLength(2);
});

test('a list that failed is told to all who waited for it, and the next look begins another', async () => {
  const { server, lists } = slowServer();
  server.now = 12_000;
  const failed = Promise.allSettled([lists.after('shop', 12_000), lists.after('shop', 12_000)]);
  server.asked[0]?.reject(new Error('reset'));
  expect((await failed).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  void lists.after('shop', 12_000);
  expect(server.asked).toHaveLength(2);
});

test('a list is not kept for longer than it is of use', async () => {
  const { server, lists } = slowServer();
  server.now = 12_000;
  const list = lists.after('shop', 12_000);
  server.asked[0]?.resolve(answer(12_000));
  await list;
  server.now = 100_000;
  void lists.after('shop', 12_000);
  expect(server.asked).toHaveLength(2);
});
