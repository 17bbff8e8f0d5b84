import { expect, test } from 'vitest';
import { z } from 'zod';
import { version as ofTheTool } from '../../src/cli/version.ts';
import { version as ofTheOperator } from '../../src/operator/version.ts';
import { read } from './repository.ts';

test.each([
  ['operator', ofTheOperator],
  ['command-line tool', ofTheTool],
])('the version that the %s tells is that of package.json', (_which, version) => {
  expect(z.object({ version: z.string() }).parse(JSON.parse(read('package.json'))).version).toBe(version);
});
