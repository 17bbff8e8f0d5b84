import { usage } from './arguments.ts';
import { commandNamed, commandNames, commands } from './commands.ts';
import type { Command, Run } from './commands.ts';
import { exitCodes } from './exitcode.ts';
import { flags, globalFlags, spellingOf } from './flags.ts';
import type { FlagName } from './flags.ts';

/** Shows all commands, or one with its flags. */
export const run: Run = ({ terminal, program, names: [name] }) => {
  const command = name === undefined ? undefined : commandNamed(name);
  if (name !== undefined && command === undefined) {
    throw usage(`There is no command ${JSON.stringify(name)}: it is one of ${commandNames.join(', ')}`);
  }
  const isWhole = command === undefined || command.name === 'help';
  terminal.out(isWhole ? overview(program) : helpOn(command, program));
  return Promise.resolve(exitCodes.done);
};

function overview(program: string): string {
  const lines = [...commands.values()].map(({ name, summary }) => `  ${name.padEnd(12)}${summary}`);
  return `Usage: ${program} COMMAND [NAME...] [FLAGS]

Shows and answers the approval requests of Tekton pipelines, as the user that kubectl is.

${lines.join('\n')}

${program} COMMAND --help shows the flags of a command.
NAME is that of the ApprovalTask, or PIPELINERUN/TASK.
Exit codes: 0 done, 1 failed, 2 wrong arguments, 3 refused, 4 no verdict yet, 5 no such request, 6 no cluster,
7 no rights, 8 not installed, 9 the record does not fit, 10 it could not be compared.
`;
}

function helpOn({ name, operands, summary, flags: own }: Command, program: string): string {
  const usageLine = [program, name, operands, '[FLAGS]'].filter((part) => part !== '').join(' ');
  return `Usage: ${usageLine}

${summary.charAt(0).toUpperCase()}${summary.slice(1)}.

${flagLines(own)}${own.length === 0 ? '' : '\n'}${flagLines(globalFlags)}`;
}

function flagLines(names: readonly FlagName[]): string {
  return names.map((name) => `  ${spellingOf(name).padEnd(26)}${flags[name].help}\n`).join('');
}
