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

test('only so many at a time, in order, and a failure frees its place', async () => {
  const lanes = new Lanes(2);
  const started: string[] = [];
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => work(started, name));
  const all = [a, b, c, d].map((one) => lanes.within('mail', one?.run ?? (() => Promise.resolve())));
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
  const first = lanes.within('mail', slow.run);
  await lanes.within('other', () => Promise.resolve());
  slow.end();
  await first;
  expect(started).toEqual(['slow']);
});
