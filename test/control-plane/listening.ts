import { readFileSync } from 'node:fs';

import { freePorts } from './ports.ts';
import { lastLines, type Processes, type ProcessSpec, type RunningProcess } from './processes.ts';
import { waitFor } from './waiting.ts';

/** A process of the control plane did not come up. The message holds the last lines of its log. */
class StartError extends Error {
  constructor(running: RunningProcess, what: string) {
    super(`${running.name} ${what}. The end of ${running.logFile}:\n${lastLines(running.logFile)}`);
    this.name = 'StartError';
  }
}

/** A process that serves on ports chosen for it. */
export type Listener<T> = {
  spec: ProcessSpec;
  /** True when it serves; an error means "not yet". */
  ready: () => Promise<boolean>;
  result: T;
};

const attempts = 5;

/** All of it is on this machine; a company's proxy would be asked for the names of Services. */
const withoutProxy = { NO_PROXY: '*', no_proxy: '*' };

/**
 * Starts a process on free ports and waits until it is ready. Where somebody took one of the ports in between,
 * it is started again on others. Throws `StartError` when it ends or stays silent.
 */
export async function startListening<T>(
  { processes, signal, ports }: { processes: Processes; signal: AbortSignal | undefined; ports: number },
  listener: (ports: number[]) => Listener<T> | Promise<Listener<T>>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const { spec, ready, result } = await listener(await freePorts(ports));
    signal?.throwIfAborted();
    const running = await processes.start({ ...spec, env: { ...spec.env, ...withoutProxy } });
    const ending = await readyOrEnded(running, ready, signal);
    if (ending === undefined) return result;
    if (attempt === attempts || !lostItsPort(running)) throw new StartError(running, `ended with ${ending}`);
    await processes.end(running);
  }
}

async function readyOrEnded(
  running: RunningProcess,
  ready: () => Promise<boolean>,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  try {
    const isUp = async (): Promise<true | false> => running.ending() !== undefined || (await ready());
    await waitFor(isUp, { what: running.name, limit: 180_000, signal });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new StartError(
      running,
      `was not ready (${error instanceof Error ? error.message : String(error)})`,
    );
  }
  return running.ending();
}

function lostItsPort(running: RunningProcess): boolean {
  return /address already in use/i.test(readFileSync(running.logFile, 'utf8'));
}
