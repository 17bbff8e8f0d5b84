import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { KubeConfig } from '@kubernetes/client-node';
import { dump, load } from 'js-yaml';
import { inject } from 'vitest';
import { scratchFolder } from '../scratch.ts';
import type { Person } from '../control-plane/people.ts';

/** The command-line tool as `npm run build:cli` makes it. */
export const bundledTool = fileURLToPath(new URL('../../dist/tkn-approval', import.meta.url));

/** How a program ended. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A program that runs. */
export class Running {
  readonly ended: Promise<Ended>;
  out = '';
  err = '';
  readonly #child: ChildProcess;

  constructor(file: string, args: readonly string[], env: Readonly<Record<string, string>>) {
    // Nothing of whoever runs the tests: neither their kubeconfig nor their colours. Node is found as by its shebang.
    const PATH = [path.dirname(process.execPath), process.env['PATH'] ?? ''].join(path.delimiter);
    const HOME = scratchFolder('home-');
    this.#child = spawn(file, args, { env: { PATH, HOME, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child.stdout?.on('data', (piece: Buffer) => (this.out += piece.toString('utf8')));
    this.#child.stderr?.on('data', (piece: Buffer) => (this.err += piece.toString('utf8')));
    this.ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (code) => resolve({ code, out: this.out, err: this.err }));
    });
  }

  /** Ends it as Ctrl-C does. */
  async interrupt(): Promise<Ended> {
    this.#child.kill('SIGINT');
    return this.ended;
  }
}

/** Runs the tool to its end with these variables of the environment. */
export async function tool(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
  return new Running(bundledTool, args, env).ended;
}

/** Runs the tool as that person, in that namespace. */
export async function toolAs(person: Person, namespace: string, args: readonly string[]): Promise<Ended> {
  return tool([...args, '-n', namespace], { KUBECONFIG: inject('controlPlane').users[person] });
}

interface Kubeconfig {
  'current-context'?: string;
  clusters: { name: string; cluster: Record<string, unknown> }[];
  users: { name: string; user: Record<string, unknown> }[];
  contexts: { name: string; context: Record<string, unknown> }[];
}

/** The fields of a kubeconfig file. */
export function kubeconfigIn(file: string): Kubeconfig {
  const config = new KubeConfig();
  config.loadFromFile(file);
  return load(config.exportConfig()) as Kubeconfig;
}

/** Writes a file into a folder of its own and returns its path. */
export function written(name: string, content: string | object, mode = 0o600): string {
  const file = path.join(scratchFolder('cli-'), name);
  writeFileSync(file, typeof content === 'string' ? content : dump(content), { mode });
  return file;
}
