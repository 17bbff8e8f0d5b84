import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Report } from './check.ts';
import { rowsOf } from './rows.ts';

const named = 'test/integration/endings.test.ts › a request ends › when its deadline passes';
const page = [
  '| Line | Promise | Tests |',
  '| --- | --- | --- |',
  `| life-01 | The run ends. | \`${named}\` |`,
  '| life-02 | It fails as timed out. | `src/a.test.ts › alone`, `src/a.test.ts › twice` |',
].join('\n');

type Tests = Record<string, readonly [titles: string[], status: string][]>;

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), 'contract-test-'));
  mkdirSync(path.join(root, 'docs/spec'), { recursive: true });
  writeFileSync(path.join(root, 'docs/spec/contract.md'), page);
});
afterEach(() => rmSync(root, { recursive: true }));

const allPassed: Tests = {
  'test/integration/endings.test.ts': [[['a request ends', 'when its deadline passes'], 'passed']],
  'src/a.test.ts': [
    [['alone'], 'passed'],
    [['twice'], 'passed'],
  ],
};

/** Runs the check on a run of these tests. */
function checkAfter(tests: Tests, ...flags: string[]): { status: number | null; lines: string[] } {
  const report: Report = {
    testResults: Object.entries(tests).map(([file, results]) => ({
      name: path.join(root, file),
      assertionResults: results.map(([titles, status]) => ({
        ancestorTitles: titles.slice(0, -1),
        title: titles.at(-1) ?? '',
        status,
      })),
    })),
  };
  writeFileSync(path.join(root, 'report.json'), JSON.stringify(report));
  const main = fileURLToPath(new URL('main.ts', import.meta.url));
  const { status, stdout } = spawnSync(process.execPath, [main, 'report.json', ...flags], {
    cwd: root,
    encoding: 'utf8',
  });
  return { status, lines: stdout.trimEnd().split('\n') };
}

describe('the check of the contract', () => {
  test('holds when every named test ran and passed', () => {
    expect(checkAfter(allPassed)).toEqual({
      status: 0,
      lines: ['2 lines of the contract name 3 tests that passed.'],
    });
  });

  test.each<{ what: string; change: Tests; says: string }>([
    {
      what: 'failed',
      change: {
        'src/a.test.ts': [
          [['alone'], 'passed'],
          [['twice'], 'failed'],
        ],
      },
      says: 'docs/spec/contract.md, life-02: "src/a.test.ts › twice" failed.',
    },
    {
      what: 'was skipped',
      change: {
        'src/a.test.ts': [
          [['alone'], 'passed'],
          [['twice'], 'skipped'],
        ],
      },
      says: 'docs/spec/contract.md, life-02: "src/a.test.ts › twice" was skipped.',
    },
    {
      what: 'has another name',
      change: { 'test/integration/endings.test.ts': [[['a request ends', 'somehow'], 'passed']] },
      says: `docs/spec/contract.md, life-01: "${named}" did not run: there is no test of that name.`,
    },
    {
      what: 'passed in one place and failed in another',
      change: {
        'src/a.test.ts': [
          [['alone'], 'passed'],
          [['twice'], 'passed'],
          [['twice'], 'failed'],
        ],
      },
      says: 'docs/spec/contract.md, life-02: "src/a.test.ts › twice" failed.',
    },
  ])('fails, and names row and test, where one $what', ({ change, says }) => {
    const { status, lines } = checkAfter({ ...allPassed, ...change });
    expect(lines[0]).toBe(says);
    expect(status).toBe(1);
  });

  test('fails where a named file was not run although nothing narrowed the run', () => {
    const { status, lines } = checkAfter({ 'src/a.test.ts': allPassed['src/a.test.ts'] ?? [] });
    expect(lines[0]).toContain('life-01');
    expect(status).toBe(1);
  });
});

describe('the check of the contract after a narrowed run', () => {
  test('says how many tests it did not look for', () => {
    const { status, lines } = checkAfter({ 'src/a.test.ts': allPassed['src/a.test.ts'] ?? [] }, '--narrowed');
    expect(lines).toEqual([
      '2 lines of the contract name 2 tests that passed; 1 not checked, because this run left them out.',
    ]);
    expect(status).toBe(0);
  });

  test.each([
    { what: 'failed', result: [['twice'], 'failed'], status: 1 },
    { what: 'has another name', result: [['thrice'], 'passed'], status: 1 },
    { what: 'was skipped by a filter', result: [['twice'], 'skipped'], status: 0 },
  ] as const)('a test of a file that did run and $what', ({ result: [titles, became], status }) => {
    const tests: Tests = {
      'src/a.test.ts': [
        [['alone'], 'passed'],
        [[...titles], became],
      ],
    };
    expect(checkAfter(tests, '--narrowed').status).toBe(status);
  });
});

test('rows without a test, an id or a promise are rows all the same', () => {
  const rows = rowsOf('page.md', '| Line | Tests |\n| --- | --- |\n|  |  |\n| x |\n\ntext\n');
  expect(rows.map(({ id, tests }) => ({ id, tests }))).toEqual([
    { id: '', tests: [] },
    { id: 'x', tests: [] },
  ]);
});
