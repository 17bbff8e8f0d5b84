import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { buildText, elapsedText, withProgress } from './progress.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

test.each([
  { milliseconds: 0, text: '0s' },
  { milliseconds: 59_999, text: '59s' },
  { milliseconds: 60_000, text: '1m00s' },
  { milliseconds: 130_400, text: '2m10s' },
  { milliseconds: 3_725_000, text: '62m05s' },
])('$milliseconds ms reads $text', ({ milliseconds, text }) => {
  expect(elapsedText(milliseconds)).toBe(text);
});

test('a build says what it builds, how long that takes, that it happens once, and how far it is', () => {
  expect(buildText('kube-apiserver', 7, 130_000)).toBe(
    'building kube-apiserver (about 7 min on 2 cores, once) ... 2m10s',
  );
});

test('a long piece of work is told at its begin, again and again, and at its end, then no more', async () => {
  const lines: string[] = [];
  const work = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 32_000));
  const done = withProgress((line) => lines.push(line), elapsedText, work);
  await vi.advanceTimersByTimeAsync(32_000);
  await done;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(lines).toEqual(['0s', '15s', '30s', '32s']);
});

test('a piece of work that fails passes its error on and is told no more', async () => {
  const lines: string[] = [];
  const failing = withProgress(
    (line) => lines.push(line),
    elapsedText,
    () => Promise.reject(new Error('no disk')),
  );
  await expect(failing).rejects.toThrow('no disk');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(lines).toEqual(['0s']);
});
