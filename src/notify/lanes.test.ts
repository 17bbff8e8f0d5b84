import { expect, test } from 'vitest';
import { Lanes } from './lanes.ts';

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Work that ends when told to. */
function work(started: string[], name: string) {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const run = async (): Promise<void> => {
    started.push(name);
    await promise;
  };
  return { run, end: resolve, fail: reject };
}

const mail = { lane: 'mail', party: 'a' };

test('only so many at a time, in order, and a failure frees its place', async () => {
  const lanes = new Lanes(2);
  const started: string[] = [];
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => work(started, name));
  const all = [a, b, c, d].map((one) => lanes.within(mail, one?.run ?? (() => Promise.resolve())));
  const results = Promise.allSettled(all);
  await settled();
  expect(started).toEqual(['a', 'b']);
  b?.fail(new Error('no'));
  await settled();
  expect(started).toEqual(['a', 'b', 'c']);
  for (const one of [a, c, d]) one?.end();
  expect((await results).map(({ status }) => status)).toEqual([
    'fulfilled',
    'rejected',
    'fulfilled',
    'fulfilled',
  ]);
});

test('a lane that is full holds up no other', async () => {
  const lanes = new Lanes(1);
  const started: string[] = [];
  const slow = work(started, 'slow');
  const first = lanes.within(mail, slow.run);
  await lanes.within({ lane: 'other', party: 'a' }, () => Promise.resolve());
  slow.end();
  await first;
  expect(started).toEqual(['slow']);
});

test('a party that has much to send does not make another wait for all of it', async () => {
  const lanes = new Lanes(1);
  const started: string[] = [];
  const all = [1, 2, 3].map((count) => work(started, `much ${String(count)}`));
  const one = work(started, 'little');
  const ends = all.map((each) => lanes.within(mail, each.run));
  ends.push(lanes.within({ lane: 'mail', party: 'b' }, one.run));
  for (const each of [...all, one]) each.end();
  await Promise.all(ends);
  expect(started).toEqual(['much 1', 'much 2', 'little', 'much 3']);
});
