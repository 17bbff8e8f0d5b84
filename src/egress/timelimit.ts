/** Why something was ended before its time. */
export type Ended = 'late' | 'stopped';

export interface TimeLimit {
  readonly ms: number;
  /** May live as long as the process: nothing is left with it, unlike with AbortSignal.any. */
  readonly signal: AbortSignal | undefined;
  /** What the signal is to carry; absent: that of AbortController. */
  readonly reasonFor?: (ended: Ended) => Error;
}

/** Runs it with a signal that comes when the time is over, or with the caller's. */
export async function withinTime<T>(
  { ms, signal, reasonFor }: TimeLimit,
  run: (ends: AbortSignal) => Promise<T>,
): Promise<T> {
  const end = new AbortController();
  const endFor = (ended: Ended): void => end.abort(reasonFor?.(ended));
  const stop = (): void => endFor('stopped');
  const timer = setTimeout(() => endFor('late'), ms);
  signal?.addEventListener('abort', stop);
  if (signal?.aborted === true) stop();
  try {
    return await run(end.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}
