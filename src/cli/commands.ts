import type { ExitCode } from './exitcode.ts';
import type { FlagName, Flags } from './flags.ts';
import type { Terminal } from './terminal.ts';

/** What a command is given. */
export interface Invocation {
  readonly terminal: Terminal;
  /** How it was called, for help and scripts: `tkn approval`. */
  readonly program: string;
  readonly flags: Flags;
  readonly names: readonly string[];
}

export type Run = (invocation: Invocation) => Promise<ExitCode>;

export interface Command {
  readonly name: string;
  /** What its names are, for the help; empty where it takes none. */
  readonly operands: string;
  readonly names: 'none' | 'one' | 'some' | 'any';
  readonly summary: string;
  readonly flags: readonly FlagName[];
  /** Loads what the command needs, and no other: a start must be quick. */
  readonly load: () => Promise<{ readonly run: Run }>;
}

const answerFlags: readonly FlagName[] = ['namespace', 'message', 'yes', 'wait'];

const all: readonly Command[] = [
  {
    name: 'list',
    operands: '',
    names: 'none',
    summary: 'show requests, first those that wait for you',
    flags: ['namespace', 'all-namespaces', 'all', 'output', 'watch'],
    load: () => import('./list.ts'),
  },
  {
    name: 'describe',
    operands: 'NAME',
    names: 'one',
    summary: 'show one request, who answered, and whether you may',
    flags: ['namespace'],
    load: () => import('./describe.ts'),
  },
  {
    name: 'approve',
    operands: 'NAME...',
    names: 'some',
    summary: 'approve requests',
    flags: answerFlags,
    load: () => import('./approve.ts'),
  },
  {
    name: 'reject',
    operands: 'NAME...',
    names: 'some',
    summary: 'reject requests',
    flags: answerFlags,
    load: () => import('./reject.ts'),
  },
  {
    name: 'verify',
    operands: 'NAME',
    names: 'one',
    summary: 'compute the audit digest of a request again, and compare',
    flags: ['namespace'],
    load: () => import('./verify.ts'),
  },
  {
    name: 'version',
    operands: '',
    names: 'none',
    summary: 'show the version of this program',
    flags: [],
    load: () => import('./version.ts'),
  },
  {
    name: 'completion',
    operands: 'bash|zsh|fish',
    names: 'any',
    summary: 'print a script that completes commands, flags and names',
    flags: [],
    load: () => import('./completion.ts'),
  },
  {
    name: 'help',
    operands: '[COMMAND]',
    names: 'any',
    summary: 'show what there is',
    flags: [],
    load: () => import('./help.ts'),
  },
];

export const commands: ReadonlyMap<string, Command> = new Map(all.map((command) => [command.name, command]));
export const commandNames: readonly string[] = all.map(({ name }) => name);

export function commandNamed(name: string): Command | undefined {
  return commands.get(name);
}
