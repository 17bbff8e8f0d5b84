import { parseArgs } from 'node:util';
import { commandNamed, commandNames } from './commands.ts';
import type { Command } from './commands.ts';
import { exitCodes, Problem } from './exitcode.ts';
import { flags, globalFlags } from './flags.ts';
import type { FlagName, Flags } from './flags.ts';

/** What the command line asks for. */
export interface Request {
  readonly command: Command;
  readonly flags: Flags;
  readonly names: readonly string[];
}

/**
 * Reads the command line. Flags may stand before the command, too. Throws a Problem, one sentence, for whatever is
 * wrong with it.
 */
export function readArguments(args: readonly string[]): Request {
  const [name, rest] = takeCommand(args);
  const command = name === undefined ? commandNamed('help') : commandNamed(name);
  if (command === undefined) {
    throw usage(`There is no command ${JSON.stringify(name)}: it is one of ${commandNames.join(', ')}`);
  }
  const { values, positionals } = parse(command, rest);
  if (values.help === true) {
    return { command: commandNamed('help') ?? command, flags: {}, names: [command.name] };
  }
  checkNames(command, positionals);
  return { command, flags: values, names: positionals };
}

/** A mistake of whoever typed it; nothing was sent. */
export function usage(sentence: string): Problem {
  return new Problem(exitCodes.usage, sentence);
}

function takeCommand(args: readonly string[]): [string | undefined, string[]] {
  const { tokens } = parseArgs({ args: [...args], options: flags, strict: false, tokens: true });
  const first = tokens.find(({ kind }) => kind === 'positional');
  if (first === undefined) return [args.includes('--version') ? 'version' : undefined, helpOnly(args)];
  return [args[first.index], args.toSpliced(first.index, 1)];
}

/** Without a command there is only help, and whatever else stands there is looked at as its flags. */
function helpOnly(args: readonly string[]): string[] {
  return args.filter((arg) => arg !== '--help' && arg !== '-h' && arg !== '--version');
}

function parse(command: Command, args: string[]): { values: Flags; positionals: string[] } {
  const names: readonly FlagName[] = [...command.flags, ...globalFlags];
  const options = Object.fromEntries(names.map((name) => [name, flags[name]]));
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    for (const [name, value] of Object.entries(values)) {
      // As from an unset variable of a script: without this, another cluster or person than the one meant would be.
      if (value === '' && name !== 'message') throw usage(`--${name} needs a value`);
    }
    return { values, positionals };
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw usage(`${firstSentence(error)} (${command.name} --help shows what there is)`);
  }
}

/** What Node adds behind the first sentence is advice for programs with positional arguments. */
function firstSentence(error: unknown): string {
  const [sentence = ''] = (error instanceof Error ? error.message : String(error)).split(/\.(?:\s|$)/);
  return sentence;
}

function checkNames({ name, names }: Command, given: readonly string[]): void {
  if (names === 'none' && given.length > 0) {
    throw usage(`${name} takes no name: ${JSON.stringify(given[0])} is too much`);
  }
  if ((names === 'one' || names === 'some') && given.length === 0) {
    throw usage(`${name} needs the name of a request; list shows them`);
  }
  if (names === 'one' && given.length > 1) {
    throw usage(`${name} takes one name: ${JSON.stringify(given[1])} is too much`);
  }
}
