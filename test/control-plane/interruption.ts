import { toStderr } from './progress.ts';

/** Aborts when the first signal that asks for an end arrives; later ones change nothing, for ending is under way. */
export function endRequested(): AbortSignal {
  const controller = new AbortController();
  const request = (): void => {
    if (!controller.signal.aborted) toStderr('stopping ...');
    controller.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, request);
  return controller.signal;
}
