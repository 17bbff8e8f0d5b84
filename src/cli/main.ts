import path from 'node:path';
import { readArguments } from './arguments.ts';
import { exitCodes, Problem } from './exitcode.ts';
import { processTerminal } from './terminal.ts';

/** What the packages inside need (undici 8). */
const oldestNode = [22, 19] as const;

/** How a person called this, by the name of the file: tkn and kubectl find plugins by it. */
function programOf(file: string): string {
  return path.basename(file).startsWith('kubectl') ? 'kubectl approval' : 'tkn approval';
}

async function main(file: string, args: readonly string[]): Promise<number> {
  if (isTooOld(process.versions.node)) {
    throw new Problem(
      exitCodes.failed,
      `Node ${oldestNode.join('.')} or newer is needed; this is ${process.version}`,
    );
  }
  const terminal = processTerminal(process.env);
  const program = programOf(file);
  // kubectl asks a program of that name what could follow (k8s.io/kubectl pkg/cmd/plugin/plugin_completion.go).
  const [first, ...rest] = path.basename(file).startsWith('kubectl_complete')
    ? ['__complete', ...args]
    : args;
  if (first === '__complete') {
    const { complete } = await import('./candidates.ts');
    return complete(rest, terminal);
  }
  const { command, flags, names } = readArguments(args);
  const { run } = await command.load();
  return run({ terminal, program, flags, names });
}

function isTooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1]);
}

async function tell(error: unknown): Promise<number> {
  const { visible } = await import('./visible.ts');
  process.stderr.write(`${visible(error instanceof Error ? error.message : String(error))}\n`);
  return error instanceof Problem ? error.code : exitCodes.failed;
}

/** A reader that has seen enough, such as head, is no failure. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

const [, file = '', ...args] = process.argv;
const code = await main(file, args).catch(tell);
// Not exit at once: what was written to a pipe may still be on its way.
process.exitCode = code;
