import { globSync } from 'node:fs';
import { expect, test } from 'vitest';
import { refusalCodes } from '../../src/domain/refusal.ts';
import { read, root } from './repository.ts';

/** Where answers go the whole way through an operator on a real API server. */
const onClusters = globSync(['test/integration/*.test.ts', 'test/alone/*.test.ts'], { cwd: root });

test.each(refusalCodes)('%s is reached by a test on a real API server that names it', (code) => {
  const named = onClusters.filter((file) => read(file).includes(`'${code}'`));
  expect(named).not.toEqual([]);
});
