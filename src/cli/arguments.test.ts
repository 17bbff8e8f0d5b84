import { describe, expect, it } from 'vitest';
import { answering } from './answering.ts';
import { readArguments } from './arguments.ts';
import type { Invocation } from './commands.ts';
import { run as completion } from './completion.ts';
import { exitCodes, Problem, worst } from './exitcode.ts';
import type { ExitCode } from './exitcode.ts';
import type { Flags } from './flags.ts';
import { Paper } from './fixture.ts';
import { run as help } from './help.ts';
import { run as list } from './list.ts';
import { wantsColours } from './terminal.ts';

const mistake = (args: readonly string[]): unknown => {
  try {
    return readArguments(args);
  } catch (error) {
    return error;
  }
};
const invoke = (flags: Flags, names: string[] = [], terminal = new Paper()): Invocation => ({
  terminal,
  program: 'tkn approval',
  flags,
  names,
});

describe('the command line', () => {
  it.each([
    ['the flags stand behind the command', ['list', '-n', 'shop', '-o', 'wide']],
    ['or before it', ['-n', 'shop', 'list', '-owide']],
    ['or on both sides', ['--namespace=shop', 'list', '--output', 'wide']],
  ])('means the same where %s', (_where, args) => {
    const { command, flags, names } = readArguments(args);
    expect([command.name, { ...flags }, names]).toEqual(['list', { namespace: 'shop', output: 'wide' }, []]);
  });

  it('takes several names, and flags that may be repeated', () => {
    const { flags, names } = readArguments([
      'approve',
      'a',
      '-y',
      'b',
      '--as',
      'u',
      '--as-group',
      'g',
      '--as-group',
      'h',
    ]);
    expect(names).toEqual(['a', 'b']);
    expect(flags['as-group']).toEqual(['g', 'h']);
  });

  it.each([
    ['nothing', [], 'help', []],
    ['a plea', ['--help'], 'help', []],
    ['a plea behind a command', ['approve', '-h'], 'help', ['approve']],
    ['a wish for the version', ['--version'], 'version', []],
  ])('of %s is understood', (...[, args, name, names]) => {
    expect(readArguments(args)).toMatchObject({ command: { name }, names });
  });

  it.each([
    [['aprove', 'x'], 'There is no command "aprove": it is one of list, describe, approve,'],
    [['list', '--nope'], "Unknown option '--nope' (list --help shows what there is)"],
    [['describe', 'x', '-A'], "Unknown option '-A' (describe --help shows what there is)"],
    [
      ['approve', 'x', '-m'],
      "Option '-m, --message <value>' argument missing (approve --help shows what there is)",
    ],
    [['list', '-n', ''], '--namespace needs a value'],
    [['list', '--kubeconfig='], '--kubeconfig needs a value'],
    [['list', 'x'], 'list takes no name: "x" is too much'],
    [['describe'], 'describe needs the name of a request; list shows them'],
    [['describe', 'x', 'y'], 'describe takes one name: "y" is too much'],
    [['reject'], 'reject needs the name of a request; list shows them'],
  ])('%j is refused in one sentence', (args, says) => {
    const error = mistake(args);
    expect(error).toBeInstanceOf(Problem);
    expect(error).toMatchObject({ code: exitCodes.usage, message: expect.stringContaining(says) });
    expect((error as Problem).message).not.toContain('\n');
  });
});

describe('what no cluster needs to be asked for', () => {
  const long = 'é'.repeat(1_025);
  it.each<[string, () => Promise<ExitCode>, string]>([
    [
      'an unknown format',
      () => list(invoke({ output: 'xml' })),
      'There is no format "xml": it is one of json, yaml, wide, name',
    ],
    [
      'one namespace and all',
      () => list(invoke({ namespace: 'a', 'all-namespaces': true })),
      'cannot be given together',
    ],
    [
      'an unknown shell',
      async () => completion(invoke({}, ['powershell'])),
      'the name of a shell: bash, zsh, fish',
    ],
    ['an unknown command to explain', async () => help(invoke({}, ['nope'])), 'There is no command "nope"'],
    [
      'an answer without a terminal',
      () => answering('approve')(invoke({}, ['x'])),
      'give --yes to approve without being asked',
    ],
    [
      'a comment that is too long',
      () => answering('reject')(invoke({ message: long, yes: true }, ['x'])),
      'The comment is too long: 1025 characters and 2050 bytes; at most 1024 and 2048',
    ],
    [
      'a waiting time that is none',
      () => answering('approve')(invoke({ wait: '30', yes: true }, ['x'])),
      '--wait takes a duration of at most 1h, such as 30s, not "30"',
    ],
    [
      'a waiting time that never ends',
      () => answering('approve')(invoke({ wait: '2h', yes: true }, ['x'])),
      'at most 1h',
    ],
  ])('refuses %s', async (_what, run, says) => {
    await expect(run()).rejects.toMatchObject({
      code: exitCodes.usage,
      message: expect.stringContaining(says),
    });
  });

  it.each(['bash', 'zsh', 'fish'])('completes in %s', async (shell) => {
    const terminal = new Paper();
    expect(await completion(invoke({}, [shell], terminal))).toBe(exitCodes.done);
    expect(terminal.written.out).toContain('__complete');
    expect(terminal.written.out).toContain('kubectl-approval');
  });
});

describe('the exit code of several names', () => {
  it.each<[ExitCode[], ExitCode]>([
    [[], 0],
    [[0, 0], 0],
    [[0, 4], 4],
    [[4, 3, 0], 3],
    [[5, 1], 1],
  ])('of %j is %i', (codes, code) => {
    expect(worst(codes)).toBe(code);
  });
});

describe('colours', () => {
  it.each([
    ['are shown on a terminal', {}, true, true],
    ['are not shown in a pipe', {}, false, false],
    ['are not shown where nobody wants them', { NO_COLOR: '1' }, true, false],
    ['are shown where NO_COLOR is empty', { NO_COLOR: '' }, true, true],
    ['are not shown where a terminal has none', { TERM: 'dumb' }, true, false],
  ])('%s', (...[, env, isTerminal, wanted]) => {
    expect(wantsColours(env, isTerminal)).toBe(wanted);
  });
});
