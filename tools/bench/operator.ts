import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { shippedContainer } from '../../test/alone/operator-process.ts';
import { freePorts } from '../../test/control-plane/ports.ts';
import { Processes, lastLines, type RunningProcess } from '../../test/control-plane/processes.ts';

export interface OperatorOptions {
  /** Of the operator's own ServiceAccount. */
  readonly kubeconfig: string;
  readonly mailPort: number;
  /** The only ones it serves. */
  readonly namespaces: readonly string[];
  readonly signal: AbortSignal;
  /** For Node, in front of the bundle: a profile, for instance. */
  readonly nodeOptions: readonly string[];
  readonly bundle: string;
  /** More settings, by environment name without the prefix TEKTON_APPROVALS_. */
  readonly settings: Readonly<Record<string, string>>;
}

/** A process that can be measured and ended. */
export interface Measured {
  readonly pid: number;
  stop(): Promise<void>;
}

/** The shipped bundle, ready. */
export interface Operator extends Measured {
  /** From before it was started until /readyz said so, in milliseconds. */
  readonly readyMs: number;
}

/** Looks this often whether it is ready: the figure is no better than that. */
const lookEveryMs = 10;
const limitMs = 120_000;

/** Starts the bundle with the options of the shipped Deployment, and waits until it is ready. */
export async function startOperator(options: OperatorOptions): Promise<Operator> {
  const [web = 0, probes = 0] = await freePorts(2);
  const measured = await startMeasured('operator', async () => ({
    args: [...options.nodeOptions, ...shippedArgs(options.bundle)],
    env: environment(options, { web, probes }),
  }));
  try {
    const readyMs = await untilReady(measured, { port: probes, signal: options.signal });
    return { ...measured, readyMs };
  } catch (error) {
    await measured.stop();
    throw error;
  }
}

/**
 * The shipped Deployment's command line, with this bundle. In a container V8 lets the old generation grow to half of the
 * memory limit (v8 src/heap/heap.cc, Heap::OldGenerationSizeFromPhysicalMemory); here, to half of that machine's.
 */
function shippedArgs(bundle: string): string[] {
  const { args, resources } = shippedContainer();
  const heapMiB = Number.parseInt(resources.limits.memory, 10) / 2;
  return [
    `--max-old-space-size=${String(heapMiB)}`,
    ...args.map((arg) => (arg.endsWith('.mjs') ? bundle : arg)),
  ];
}

type Started = Measured & { readonly running: RunningProcess; readonly startedAt: number };

/** Starts a Node program in a folder of its own, which goes with it. */
export async function startMeasured(
  name: string,
  make: (directory: string) => Promise<{ args: readonly string[]; env?: Record<string, string> }>,
): Promise<Started> {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'tekton-approvals-bench-'));
  const processes = new Processes(directory, directory);
  const startedAt = performance.now();
  const running = await processes.start({ name, command: process.execPath, ...(await make(directory)) });
  const stop = async (): Promise<void> => {
    await processes.stop();
    rmSync(directory, { recursive: true, force: true });
  };
  return { pid: running.pid, running, startedAt, stop };
}

async function untilReady(
  { running, startedAt }: Started,
  { port, signal }: { port: number; signal: AbortSignal },
): Promise<number> {
  for (;;) {
    signal.throwIfAborted();
    if (await isReady(port)) return performance.now() - startedAt;
    const ending = running.ending();
    if (ending !== undefined || performance.now() - startedAt > limitMs) {
      const what = ending === undefined ? 'did not become ready' : `ended with ${ending}`;
      throw new Error(`the operator ${what}:\n${lastLines(running.logFile)}`);
    }
    await sleep(lookEveryMs);
  }
}

async function isReady(port: number): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${String(port)}/readyz`).catch(() => undefined);
  await answer?.body?.cancel();
  return answer?.status === 200;
}

function environment(
  { kubeconfig, mailPort, namespaces, settings }: OperatorOptions,
  { web, probes }: { web: number; probes: number },
): Record<string, string> {
  return {
    TEKTON_APPROVALS_KUBECONFIG: kubeconfig,
    TEKTON_APPROVALS_NAMESPACES: namespaces.join(','),
    // Nobody opens the form. It must be the same from start to start, as every object shows it.
    TEKTON_APPROVALS_BASE_URL: 'https://approvals.example.com',
    TEKTON_APPROVALS_WEB_HOST: '127.0.0.1',
    TEKTON_APPROVALS_WEB_PORT: String(web),
    TEKTON_APPROVALS_PROBES_HOST: '127.0.0.1',
    TEKTON_APPROVALS_PROBES_PORT: String(probes),
    TEKTON_APPROVALS_METRICS_HOST: '127.0.0.1',
    TEKTON_APPROVALS_METRICS_PORT: '0',
    TEKTON_APPROVALS_MAIL_HOST: '127.0.0.1',
    TEKTON_APPROVALS_MAIL_PORT: String(mailPort),
    TEKTON_APPROVALS_MAIL_TLS: 'off',
    TEKTON_APPROVALS_MAIL_FROM: 'approvals@example.com',
    ...Object.fromEntries(
      Object.entries(settings).map(([name, value]) => [`TEKTON_APPROVALS_${name}`, value]),
    ),
  };
}
