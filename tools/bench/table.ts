import { rounded } from './statistics.ts';

/** One line of the budgets: what is measured, and what it may cost at most. */
export interface Budget {
  readonly id: string;
  readonly what: string;
  readonly unit: '' | 'writes' | 'x' | 'ms' | 's' | 'MiB';
  readonly limits: readonly number[];
  /** What the least that can do the job took, when the budgets were made. */
  readonly floor?: readonly number[];
}

/** The budgets. A pair is p50 / p95; "writes" are multiples of one plain API write timed in the same run. */
export const budgets = [
  {
    id: 'decidable',
    what: 'CustomRun created -> decidable (pending, with URL), p50 / p95',
    unit: 'writes',
    limits: [10, 18],
    floor: [9.9, 17.5],
  },
  {
    id: 'done',
    what: 'answer created -> CustomRun done, p50 / p95',
    unit: 'writes',
    limits: [7, 12],
    floor: [6.3, 10.2],
  },
  {
    id: 'writes',
    what: 'API writes per SINGLE approval, the run and the answer included, Events aside',
    unit: '',
    limits: [9],
    floor: [9],
  },
  { id: 'writes-mail', what: 'the same with one mail', unit: '', limits: [11] },
  {
    id: 'refused',
    what: 'refused writes (409, 422) per approval without and with mail, the policy proof aside',
    unit: '',
    limits: [0, 0],
  },
  { id: 'no-op', what: 'writes per no-op reconcile', unit: '', limits: [0] },
  { id: 'restart', what: 'writes per restart with nothing changed', unit: '', limits: [0] },
  {
    id: 'burst',
    what: 'runs created by 8 clients -> all pending, against creating them with no operator there',
    unit: 'x',
    limits: [3.8],
    floor: [3.7],
  },
  { id: 'cpu', what: 'CPU per approval', unit: 'ms', limits: [20], floor: [18] },
  { id: 'memory-idle', what: 'resident memory, idle', unit: 'MiB', limits: [110], floor: [76] },
  { id: 'memory-pending', what: 'resident memory with the pile pending', unit: 'MiB', limits: [200] },
  { id: 'start-pending', what: 'start to synced with the pile pending', unit: 's', limits: [5] },
  { id: 'start-empty', what: 'start to ready, nothing there', unit: 's', limits: [1.5] },
  { id: 'bundle', what: 'size of the bundle', unit: 'MiB', limits: [8] },
  { id: 'tool', what: 'command-line tool, start to end of its command version', unit: 'ms', limits: [150] },
] as const satisfies readonly Budget[];
export type BudgetId = (typeof budgets)[number]['id'];

/** What was measured for one budget, a number for each of its limits. */
export interface Measurement {
  readonly measured: readonly number[];
  /** The same of the floor, taken in turn with ours. */
  readonly floor?: readonly number[];
}
export type Measurements = Partial<Record<BudgetId, Measurement>>;

/** One line of the result. */
export interface Row extends Budget {
  readonly id: BudgetId;
  readonly measured: readonly number[];
  readonly holds: boolean;
  readonly floorMeasured?: readonly number[];
}

/** The budgets whose id or text matches; all of them without a pattern. Throws where none does. */
export function selected(pattern: string | undefined): ReadonlySet<BudgetId> {
  const wanted = new RegExp(pattern ?? '', 'i');
  const found = budgets.filter(({ id, what }) => wanted.test(id) || wanted.test(what));
  if (found.length === 0) throw new Error(`no row matches ${pattern ?? ''}`);
  return new Set(found.map(({ id }) => id));
}

const digits = 1;

/** The lines of what was measured, in the order of the budgets. */
export function rowsOf(measurements: Measurements): Row[] {
  return budgets.flatMap((budget: Budget & { readonly id: BudgetId }) => {
    const found = measurements[budget.id];
    if (found === undefined) return [];
    const measured = found.measured.map((value) => rounded(value, digits));
    const holds = budget.limits.every((limit, index) => (measured[index] ?? Number.NaN) <= limit);
    const floorMeasured = found.floor?.map((value) => rounded(value, digits));
    return [{ ...budget, measured, holds, ...(floorMeasured && { floorMeasured }) }];
  });
}

/** The table as people read it, columns aligned. */
export function renderTable(rows: readonly Row[]): string {
  return align([
    ['what', 'budget', 'measured', 'holds', 'floor', 'floor measured'],
    ...rows.map((row) => [
      row.what,
      `<= ${shown(row.limits, row.unit)}`,
      shown(row.measured, row.unit),
      row.holds ? 'yes' : 'NO',
      row.floor === undefined ? '' : shown(row.floor, row.unit),
      row.floorMeasured === undefined ? '' : shown(row.floorMeasured, row.unit),
    ]),
  ]);
}

function shown(values: readonly number[], unit: string): string {
  return `${values.map(String).join(' / ')} ${unit}`.trimEnd();
}

/** Cells in columns as wide as their widest. */
export function align(lines: readonly (readonly string[])[]): string {
  const widths = lines.reduce<number[]>(
    (widest, line) => line.map((cell, at) => Math.max(cell.length, widest[at] ?? 0)),
    [],
  );
  const padded = lines.map((line) => line.map((cell, at) => cell.padEnd(widths[at] ?? 0)));
  return padded.map((line) => line.join('  ').trimEnd()).join('\n');
}
