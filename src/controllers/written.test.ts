import { expect, test } from 'vitest';
import { someTask } from './fixture.ts';
import { Written } from './written.ts';

const version = (resourceVersion: string, uid = 'task-uid') =>
  someTask({}, { meta: { resourceVersion, uid } });

function clocked() {
  const time = { now: 0 };
  return { time, written: new Written(() => time.now, 5_000) };
}

test('a key that was never written waits for nothing', () => {
  expect(clocked().written.behind('a', version('1'))).toBe(0);
});

test.each([
  ['still holds the version before', version('9'), 5_000],
  ['holds nothing yet', undefined, 5_000],
  ['holds that version', version('10'), 0],
  ['holds a later one, longer in digits', version('100'), 0],
  ['holds another object of the name', version('3', 'other'), 0],
])('after a write of version 10, a cache that %s', (_, cached, wait) => {
  const { written } = clocked();
  written.note('a', version('10'));
  expect(written.behind('a', cached)).toBe(wait);
});

test('a write that the cache never shows is waited for only so long', () => {
  const { time, written } = clocked();
  written.note('a', version('10'));
  time.now = 4_000;
  expect(written.behind('a', version('9'))).toBe(1_000);
  time.now = 5_000;
  expect(written.behind('a', version('9'))).toBe(0);
});

test.each([
  ['holds the version before', version('9'), version('10')],
  ['holds that version', version('10'), version('10')],
  ['holds a later one, longer in digits', version('100'), version('100')],
  ['holds another object of the name', version('3', 'other'), version('3', 'other')],
  ['holds nothing: it may have been deleted since', undefined, undefined],
])('of a write of version 10 and a cache that %s the newer is taken', (_, cached, taken) => {
  const { written } = clocked();
  expect(written.freshest('a', cached)).toEqual(cached);
  written.note('a', version('10'));
  expect(written.freshest('a', cached)).toEqual(taken);
});

test('a write that the cache never shows is not taken for the newest for ever', () => {
  const { time, written } = clocked();
  written.note('a', version('10'));
  time.now = 5_000;
  expect(written.freshest('a', version('9'))).toEqual(version('9'));
});

test('what nobody asks after is forgotten: an operator that runs for a year does not fill up', () => {
  const { time, written } = clocked();
  for (let count = 0; count < 1_000; count += 1) {
    time.now = count * 1_000;
    written.note(`run-${count}`, version('10'));
  }
  expect(written.size).toBeLessThan(10);
});
