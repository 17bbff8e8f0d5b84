import { expect, test } from 'vitest';
import { z } from 'zod';
import { Paper } from '../../src/cli/fixture.ts';
import { run } from '../../src/cli/version.ts';
import { version } from '../../src/version.ts';
import { read } from './repository.ts';

/** What the tool prints for `version`, without its own name. */
async function ofTheTool(): Promise<string> {
  const paper = new Paper();
  await run({ terminal: paper, program: '', flags: {}, names: [] });
  return paper.written.out.replace(/^tkn-approval (.*)\n$/, '$1');
}

test.each([
  ['operator', version],
  ['command-line tool', await ofTheTool()],
])('the version that the %s tells is that of package.json', (_which, told) => {
  expect(z.object({ version: z.string() }).parse(JSON.parse(read('package.json'))).version).toBe(told);
});
