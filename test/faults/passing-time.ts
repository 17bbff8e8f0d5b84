import type { FakeClock } from '../../src/kube/fake-clock.ts';

/** What is shorter is a pause, what is longer the deadline of a request that is under way. */
export const longestPauseMs = 100_000;

/**
 * Lets time pass on a clock that tests hold, while requests go over a real network: to the end of the next pause, but
 * not to the deadline of a request, unless it is known that nobody will answer. So no test depends on how fast the
 * machine is. Deadlines must be longer than `longestPauseMs`.
 */
export async function passTime(clock: FakeClock, nobodyAnswers = false): Promise<void> {
  const next = clock.nextIn;
  if (next !== undefined && (next < longestPauseMs || nobodyAnswers)) await clock.advance(next);
  else await new Promise((resolve) => setTimeout(resolve, 1));
}
