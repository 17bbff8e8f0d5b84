import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { check, type Report } from './check.ts';
import { contractPages, rowsOf } from './rows.ts';

/**
 * Called with vitest's JSON report, in the root of the checkout. Exits 1 where a page names a test that was not run or
 * did not pass. With `--narrowed`, tests that the run left out are only counted.
 */
function main([report = '', ...flags]: readonly string[]): number {
  const root = process.cwd();
  const pages = contractPages.filter((page) => existsSync(path.join(root, page)));
  const rows = pages.flatMap((page) => rowsOf(page, readFileSync(path.join(root, page), 'utf8')));
  const read: Report = JSON.parse(readFileSync(report, 'utf8'));
  const run = { report: read, root, narrowed: flags.includes('--narrowed') };
  const { problems, passed, leftOut } = check(rows, run);
  for (const problem of problems) console.log(problem);
  const rest = leftOut === 0 ? '' : `; ${leftOut} not checked, because this run left them out`;
  console.log(`${rows.length} lines of the contract name ${passed} tests that passed${rest}.`);
  return problems.length === 0 ? 0 : 1;
}

process.exitCode = main(process.argv.slice(2));
