import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { contractPages, rowsOf } from '../../tools/contract/rows.ts';
import { read, root } from './repository.ts';

/** That the tests which a page names were run and passed is checked after all tests, on vitest's report. */

const pages = contractPages.filter((page) => existsSync(path.join(root, page)));
const rows = pages.flatMap((page) => rowsOf(page, read(page)));
const { compare } = new Intl.Collator('en', { numeric: true });

describe.each(pages)('%s', (page) => {
  const own = rows.filter((row) => row.page === page);

  test('every row has an id, a promise and at least one test', () => {
    const incomplete = own.filter(
      ({ id, promise, tests }) =>
        !/^[A-Za-z]+\d*(?:-\d\d)?$/.test(id) || promise === '' || tests.length === 0,
    );
    expect(incomplete).toEqual([]);
  });

  test('the ids of each table ascend', () => {
    for (const section of read(page).split(/^## /m)) {
      const ids = rowsOf(page, section).map(({ id }) => id);
      expect(ids).toEqual(ids.toSorted(compare));
    }
  });

  test('every test is named by a file that exists and by its titles', () => {
    const tests = own.flatMap((row) => row.tests);
    expect(tests.filter(({ file, title }) => title === '' || !existsSync(path.join(root, file)))).toEqual([]);
  });
});

test('no id stands twice on the pages', () => {
  const ids = rows.map(({ id }) => id);
  expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
});
