import { setTimeout as sleep } from 'node:timers/promises';

/** How long to wait for a condition and what ends the wait early. */
export type WaitOptions = {
  /** For people: what is waited for; part of the error. */
  what: string;
  /** Milliseconds; generous, because a slow machine is no failure. */
  limit?: number;
  /** Milliseconds between two looks. */
  interval?: number;
  signal?: AbortSignal | undefined;
};

/**
 * Looks again and again until `check` returns something other than undefined or false, and returns it. An error
 * thrown by `check` means "not yet"; the last one is told when the limit is reached.
 */
export async function waitFor<T>(
  check: () => Promise<T | undefined | false>,
  options: WaitOptions,
): Promise<T> {
  const { what, limit = 120_000, interval = 100, signal } = options;
  const end = performance.now() + limit;
  let lastError: unknown;
  while (performance.now() < end) {
    signal?.throwIfAborted();
    try {
      const result = await check();
      if (result !== undefined && result !== false) return result;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    await sleep(interval, undefined, signal === undefined ? {} : { signal });
  }
  const reason = lastError instanceof Error ? `: ${lastError.message}` : '';
  throw new Error(`waited ${limit / 1000} s for ${what}${reason}`, { cause: lastError });
}
