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

/** Runs a program on a terminal of its own, and types at the question; ends as the program does, 128 and more by a signal. */
const atTerminal = `
import os, pty, sys
typed, *command = sys.argv[1:]
shown = b''
def read(terminal):
    global shown
    asked = b'[y/N] ' in shown
    piece = os.read(terminal, 4096)
    shown += piece
    if not asked and b'[y/N] ' in shown:
        os.write(terminal, typed.encode())
    return piece
code = os.waitstatus_to_exitcode(pty.spawn(command, read))
sys.exit(code if code >= 0 else 128 - code)
`;

/**
 * The same for a person who sits at a terminal and types that where they are asked: a line ends in \r, Ctrl-C is \x03.
 * `out` is all that stands on the terminal, without what moves its cursor. Needs python3, and fails where there is none.
 */
export async function typedAt(
  typed: string,
  [file, ...args]: readonly [string, ...string[]],
  env: Readonly<Record<string, string>>,
): Promise<Ended> {
  const ended = await new Running('python3', ['-c', atTerminal, typed, file, ...args], {
    TERM: 'xterm',
    NO_COLOR: '1',
    ...env,
  }).ended;
  // oxlint-disable-next-line no-control-regex -- these are what is taken off
  return { ...ended, out: ended.out.replaceAll(/\u001b\[[0-9;?]*[A-Za-z]|\r/gu, '') };
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
