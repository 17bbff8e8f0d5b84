import { expect, test } from 'vitest';
import { z } from 'zod';
import { version } from '../../src/operator/version.ts';
import { read } from './repository.ts';

test('the version that the operator tells is that of package.json', () => {
  expect(z.object({ version: z.string() }).parse(JSON.parse(read('package.json'))).version).toBe(version);
});
