import { globSync } from 'node:fs';
import { expect, test } from 'vitest';
import { refusalCodes } from '../../src/domain/refusal.ts';
import { read, root } from './repository.ts';

/** Where answers go the whole way through a controller: on a real cluster, or on one that stores objects as it does. */
const onClusters = globSync(
  ['test/integration/*.test.ts', 'test/alone/*.test.ts', 'src/controllers/*.test.ts'],
  {
    cwd: root,
  },
);
/** What tells a refusal on, but does not come to one. */
const others = new Set(['src/controllers/trail.test.ts', 'src/controllers/telemetry.test.ts']);

test.each(refusalCodes)('%s is reached by a test on a cluster that names it', (code) => {
  const named = onClusters.filter((file) => !others.has(file) && read(file).includes(`'${code}'`));
  expect(named).not.toEqual([]);
});
