import { describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/commands.ts';
import { exitCodes } from '../../src/cli/exitcode.ts';
import { flags, formats, globalFlags, type FlagName } from '../../src/cli/flags.ts';
import { read } from './repository.ts';

const page = read('docs/spec/cli.md');

/** The cells of the table under that heading of the page, without its head. A bar that stands in a cell stays. */
function rowsUnder(heading: string): string[][] {
  const [, text = ''] = page.split(`\n## ${heading}\n`);
  const [section = ''] = text.split('\n## ');
  const [, , ...rows] = section.split('\n').filter((line) => line.startsWith('|'));
  return rows.map((row) =>
    row
      .split(/(?<!\\)\|/u)
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('\\|', '|')),
  );
}

const coded = (cell = ''): string[] => [...cell.matchAll(/`([^`]+)`/gu)].map(([, code = '']) => code);

/** The commands that take a flag, as the page says it. */
function takersOf(name: FlagName): string {
  if ((globalFlags as readonly string[]).includes(name)) return 'all';
  const takers = [...commands.values()].filter((command) => command.flags.includes(name));
  return name === 'namespace'
    ? 'all about requests'
    : takers.map((command) => `\`${command.name}\``).join(', ');
}

describe('docs/spec/cli.md', () => {
  it('has each exit code with its name', () => {
    const rows = rowsUnder('Exit codes').map(([code, name]) => [name, Number(code)]);
    expect(rows).toEqual(Object.entries(exitCodes));
  });

  it('has each command with what it takes', () => {
    const named = rowsUnder('Commands').flatMap(([command]) => coded(command));
    expect(named).toEqual([...commands.values()].map(({ name, operands }) => `${name} ${operands}`.trim()));
  });

  it('has each flag with its short form and the commands that take it', () => {
    const rows = rowsUnder('Flags').flatMap(([names, takers]) => {
      const [, short] = /^`-(\w)`/u.exec(names ?? '') ?? [];
      const long = coded(names).filter((name) => name.startsWith('--'));
      return long.map((name) => ({ name, short, takers }));
    });
    const all = (Object.keys(flags) as FlagName[]).filter((name) => name !== 'help');
    expect(rows).toEqual(
      all.map((name) => {
        const { short }: { type: string; short?: string } = flags[name];
        return { name: `--${name}`, short, takers: takersOf(name) };
      }),
    );
  });

  it('has each format of a list', () => {
    const [, , meaning] = rowsUnder('Flags').find(([names]) => names?.includes('--output')) ?? [];
    expect(coded(meaning).filter((word) => word !== 'List')).toEqual(Object.keys(formats));
  });

  it('says that -n stands at every command about requests', () => {
    const without = [...commands.values()].filter((command) => !command.flags.includes('namespace'));
    expect(without.map(({ name }) => name)).toEqual(['version', 'completion', 'help']);
  });
});
