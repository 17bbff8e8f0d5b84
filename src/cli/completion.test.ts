import { expect, it } from 'vitest';
import { run } from './completion.ts';
import { Paper } from './fixture.ts';

const scriptFor = async (shell: string): Promise<string> => {
  const terminal = new Paper();
  await run({ terminal, program: 'tkn approval', flags: {}, names: [shell] });
  return terminal.written.out;
};

it.each(['bash', 'zsh', 'fish'])(
  'cli-03: the script for %s expands no line of others, and needs no program that differs between systems',
  async (shell) => {
    const script = await scriptFor(shell);
    expect(script).toContain('__complete');
    expect(script).not.toMatch(/\b(?:eval|compgen|mapfile|sed|awk)\b/u);
  },
);

it.each([[[]], [['tcsh']], [['bash', 'zsh']]])('there is none for %j', async (names) => {
  const asked = { terminal: new Paper(), program: 'tkn approval', flags: {}, names };
  await expect(async () => run(asked)).rejects.toThrow(
    'completion takes the name of a shell: bash, zsh, fish',
  );
});
