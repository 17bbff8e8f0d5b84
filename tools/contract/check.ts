import { type NamedTest, type Row, separator } from './rows.ts';

/** What is read of vitest's JSON report. */
export interface Report {
  readonly testResults: readonly {
    /** The file, as an absolute path. */
    readonly name: string;
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
    }[];
  }[];
}

/** Whether each test that a row names was run and passed. */
export interface Checked {
  /** One sentence for each test that did not, with its row. */
  readonly problems: readonly string[];
  /** How many named tests did pass. */
  readonly passed: number;
  /** How many were not looked for, because a narrowed run left them out. */
  readonly leftOut: number;
}

export interface Run {
  readonly report: Report;
  /** The checkout, in which the names of files begin. */
  readonly root: string;
  /** Whether only a part of the tests was asked for: what that part left out is then no problem. */
  readonly narrowed: boolean;
}

/** Looks up each test that the rows name in the report of a run. */
export function check(rows: readonly Row[], run: Run): Checked {
  const statuses = statusesOf(run);
  const files = new Set(run.report.testResults.map(({ name }) => name));
  const problems: string[] = [];
  let passed = 0;
  let leftOut = 0;
  for (const row of rows) {
    for (const test of row.tests) {
      const found = statuses.get(nameOf(test)) ?? [];
      if (found.length > 0 && found.every((status) => status === 'passed')) passed += 1;
      else if (run.narrowed && (!files.has(`${run.root}/${test.file}`) || isSkipped(found))) leftOut += 1;
      else problems.push(`${row.page}, ${row.id}: "${nameOf(test)}" ${whatBecame(found)}.`);
    }
  }
  return { problems, passed, leftOut };
}

function nameOf({ file, title }: NamedTest): string {
  return `${file}${separator}${title}`;
}

/** Every status that a name has in the report: the same name in two places must have passed in both. */
function statusesOf({ report, root }: Run): Map<string, string[]> {
  const statuses = new Map<string, string[]>();
  for (const { name, assertionResults } of report.testResults) {
    const file = name.startsWith(`${root}/`) ? name.slice(root.length + 1) : name;
    for (const { ancestorTitles, title, status } of assertionResults) {
      const test = nameOf({ file, title: [...ancestorTitles, title].join(separator) });
      statuses.set(test, [...(statuses.get(test) ?? []), status]);
    }
  }
  return statuses;
}

const notRun = new Set(['skipped', 'pending', 'todo', 'disabled']);

/** A filter by title leaves tests out by skipping them. */
function isSkipped(statuses: readonly string[]): boolean {
  return statuses.length > 0 && statuses.every((status) => notRun.has(status));
}

function whatBecame(statuses: readonly string[]): string {
  if (statuses.length === 0) return 'did not run: there is no test of that name';
  return statuses.includes('failed') ? 'failed' : 'was skipped';
}
