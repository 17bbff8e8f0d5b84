import { parseArgs } from 'node:util';
import { commandNamed, commands } from './commands.ts';
import type { Command } from './commands.ts';
import { exitCodes } from './exitcode.ts';
import type { ExitCode } from './exitcode.ts';
import { flags, formats, globalFlags } from './flags.ts';
import type { FlagName, Flags } from './flags.ts';
import type { StoredTask } from './request.ts';
import type { Terminal } from './terminal.ts';

/** What can follow, and what it means. */
type Candidate = readonly [value: string, meaning: string];

/** A shell waits for this while a person types. */
const patienceMs = 3_000;

/**
 * Prints what could stand where the last word is, in the form of cobra's `__complete`, which kubectl reads too: a
 * candidate and its meaning on each line, then `:4`, no files. Never fails: a shell could not show why.
 */
export async function complete(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const typed = words.at(-1) ?? '';
  const found = await candidates(words.slice(0, -1), typed).catch(() => []);
  const fitting = found.filter(([value]) => value.startsWith(typed));
  terminal.out([...fitting.map(([value, meaning]) => `${value}\t${meaning}`), ':4', ''].join('\n'));
  return exitCodes.done;
}

async function candidates(before: readonly string[], typed: string): Promise<readonly Candidate[]> {
  const { values, positionals } = parseArgs({ args: [...before], options: flags, strict: false });
  const [name, ...names] = positionals;
  const command = name === undefined ? undefined : commandNamed(name);
  const last = before.at(-1) ?? '';
  if (last === '-o' || last === '--output') return Object.entries(formats);
  if (typed.startsWith('-')) return flagsOf(command);
  if (name === undefined) return allCommands();
  return command === undefined ? [] : operandsOf(command, names, values as Flags);
}

/** What can follow a command and the names behind it. */
async function operandsOf(
  command: Command,
  names: readonly string[],
  given: Flags,
): Promise<readonly Candidate[]> {
  if (command.name === 'completion') return names.length === 0 ? shells : [];
  if (command.name === 'help') return names.length === 0 ? allCommands() : [];
  const takesMore = command.names === 'some' || (command.names === 'one' && names.length === 0);
  return takesMore ? pendingNames(given, new Set(names)) : [];
}

function allCommands(): Candidate[] {
  return [...commands.values()].map(({ name, summary }) => [name, summary]);
}

const shells: readonly Candidate[] = [
  ['bash', ''],
  ['zsh', ''],
  ['fish', ''],
];

function flagsOf(command: Command | undefined): Candidate[] {
  const names: readonly FlagName[] = [...(command?.flags ?? []), ...globalFlags];
  return names.map((name) => [`--${name}`, flags[name].help]);
}

async function pendingNames(given: Flags, taken: ReadonlySet<string>): Promise<Candidate[]> {
  const [{ connected }, { approvalTasks }, { visible }] = await Promise.all([
    import('./connection.ts'),
    import('../api/resources.ts'),
    import('./visible.ts'),
  ]);
  return connected(
    given,
    async ({ client, namespace }) => {
      const { items } = await client.list<StoredTask>(approvalTasks, { namespace, limit: 500 });
      return items
        .filter(({ metadata, status }) => status?.outcome === undefined && !taken.has(metadata.name))
        .map(({ metadata, spec }): Candidate => [metadata.name, visible(spec.pipeline)]);
    },
    patienceMs,
  );
}
