import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Between two measurements of the runtime. */
const resolutionMs = 10;
/** Between two reports. What begins in the moment of a report may be missed, so they are rare. */
const reportMs = 5_000;

/** Reports the longest delay of the event loop in each five seconds, in seconds. Returns how to end it. */
export function watchEventLoop(report: (seconds: number) => void): () => void {
  const delays = monitorEventLoopDelay({ resolution: resolutionMs });
  delays.enable();
  const timer = setInterval(() => {
    // The runtime measures from one timer to the next, the time between them included.
    if (delays.count > 0) report(Math.max(0, delays.max / 1e9 - resolutionMs / 1_000));
    delays.reset();
  }, reportMs);
  timer.unref();
  return () => {
    clearInterval(timer);
    delays.disable();
  };
}
