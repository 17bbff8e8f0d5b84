import { expect, test } from 'vitest';

import { Cleanups } from './cleanup.ts';

test('everything is ended, last first, also behind what cannot be ended, and failures are told at the end', async () => {
  const cleanups = new Cleanups();
  const ended: string[] = [];
  const end = (what: string) => async (): Promise<void> => void ended.push(what);
  cleanups.add('the control plane', end('the control plane'));
  cleanups.add('the mailbox', () => Promise.reject(new Error('it is busy')));
  cleanups.add('the operator', () => {
    throw new Error('it is gone');
  });
  cleanups.add('the client', end('the client'));
  expect(await cleanups.run()).toEqual([
    'the operator could not be ended: it is gone',
    'the mailbox could not be ended: it is busy',
  ]);
  expect(ended).toEqual(['the client', 'the control plane']);
});

test('nothing is ended twice', async () => {
  const cleanups = new Cleanups();
  let times = 0;
  cleanups.add('the mailbox', async () => void (times += 1));
  await cleanups.run();
  expect(await cleanups.run()).toEqual([]);
  expect(times).toBe(1);
});
