import { expect, test } from 'vitest';
import { rowsOf } from '../../tools/contract/rows.ts';
import { read } from './repository.ts';

const page = 'docs/spec/hostile-inputs.md';

test('every test that the page of hostile inputs names is named after its line', () => {
  const tests = rowsOf(page, read(page)).flatMap(({ id, tests: named }) =>
    named.map((one) => ({ id, ...one })),
  );
  const others = tests.filter(({ id, title }) => !title.split(' › ').at(-1)?.startsWith(`${id}: `));
  expect(tests.length).toBeGreaterThan(60);
  expect(others).toEqual([]);
});
