import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits until a look finds something, and returns it. The limit is generous, so that a slow machine makes a test slow
 * and not red. What takes longer is looked at less often: tests that wait side by side leave the machine to the others.
 */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  limitMs = 100_000,
): Promise<T> {
  const began = performance.now();
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    const waited = performance.now() - began;
    if (waited > limitMs) throw new Error(`waited ${String(limitMs / 1000)} s in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, Math.min(250, 50 + waited / 10)));
  }
}

/**
 * Waits until what is written next is later than what was written before by the times of the API server, which are whole
 * seconds: an answer from the second in which a policy changed does not count.
 */
export async function untilNextSecond(): Promise<void> {
  await sleep(1_100);
}
