import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { loadAll } from 'js-yaml';
import { readFileSync } from 'node:fs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What the shipped Deployment says about its one container. */
export interface Container {
  readonly args: string[];
  readonly env: { name: string; value: string }[];
  readonly ports: { name: string; containerPort: number }[];
  /** A memory limit of whole mebibytes, such as `384Mi`. */
  readonly resources: { readonly limits: { readonly memory: string } };
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
}
interface Probe {
  readonly httpGet: { path: string; port: string };
}

export function shippedContainer(): Container {
  const objects = loadAll(readFileSync(`${root}k8s/50-deployment.yaml`, 'utf8')) as {
    spec: { template: { spec: { containers: Container[] } } };
  }[];
  const container = objects[0]?.spec.template.spec.containers[0];
  if (container === undefined) throw new Error('the Deployment has no container');
  return container;
}

/** The address of one of the Deployment's probes, reached from this machine. */
export function probeUrl(container: Container, probe: Probe): string {
  const port = container.ports.find(({ name }) => name === probe.httpGet.port)?.containerPort;
  return `http://127.0.0.1:${String(port)}${probe.httpGet.path}`;
}

/** How a process ended: by itself with a code, or by a signal. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The bundle as a process that runs as the Deployment says, and what it has printed so far. */
export class OperatorProcess {
  readonly lines: string[] = [];
  /** How it ended, once it has. */
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcess;

  /** `env` comes on top of the Deployment's own environment. */
  constructor(container: Container, env: Record<string, string>) {
    const args = container.args.map((arg) => arg.replace(/^\/app\//, `${root}dist/`));
    const own = Object.fromEntries(container.env.map(({ name, value }) => [name, value]));
    this.#child = spawn(process.execPath, args, {
      env: { ...own, ...env, PATH: process.env['PATH'] ?? '' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', (line) => this.lines.push(line));
    }
    this.exited = new Promise((resolve) =>
      this.#child.once('exit', (code, signal) => resolve({ code, signal })),
    );
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Sends it that signal, and does not wait. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends it as Kubernetes does; resolves to its exit code. */
  async stop(): Promise<number | null> {
    this.signal('SIGTERM');
    return (await this.exited).code;
  }

  /** Whether any line that was printed matches. */
  said(pattern: RegExp): boolean {
    return this.lines.some((line) => pattern.test(line));
  }
}

/** Reads a file of k8s/ as one object or several. */
export function manifest<T>(file: string): T[] {
  return loadAll(readFileSync(`${root}k8s/${file}`, 'utf8')) as T[];
}
