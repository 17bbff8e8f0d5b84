/** Undoes what it was returned for. Calling it twice, or too late, does nothing. */
export interface Cancel {
  (): void;
}

/** Time as an argument, so that tests need not wait for it. */
export interface Clock {
  /** Milliseconds since the epoch by this machine's wall clock: for stamps that people read, never for waiting. */
  now(): number;
  /** Milliseconds from an arbitrary start that never run backwards: the only measure of how long something took. */
  monotonic(): number;
  /** Runs once after so many milliseconds, however many they are. */
  after(ms: number, run: () => void): Cancel;
}

/** `setTimeout` fires at once above this (Node, timers documentation), so longer waits are made of several. */
const longestTimer = 2 ** 31 - 1;

/**
 * The clock of this machine. Its timers keep the process alive on purpose: a loop that waits to reconnect is often
 * the only thing left. Who arms a timer cancels it when stopped.
 */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, run) {
    const due = performance.now() + ms;
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const left = due - performance.now();
      timer = left > longestTimer ? setTimeout(arm, longestTimer) : setTimeout(run, Math.max(0, left));
    };
    arm();
    return () => clearTimeout(timer);
  },
};

/** Resolves after so many milliseconds, or at once when the signal is aborted. It never rejects. */
export function pause(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    signal?.addEventListener('abort', done, { once: true });
  });
}
