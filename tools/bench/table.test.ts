import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { budgets, renderTable, rowsOf, selected, type Budget } from './table.ts';

test('a figure that reads like its budget holds it, and one that reads worse does not', () => {
  const holds = (p50: number, p95: number): boolean | undefined =>
    rowsOf({ decidable: { measured: [p50, p95] } })[0]?.holds;
  expect(holds(10.04, 18)).toBe(true);
  expect(holds(10.06, 18)).toBe(false);
  expect(holds(9, 18.1)).toBe(false);
});

test('a figure that is missing or no number holds nothing', () => {
  expect(rowsOf({ decidable: { measured: [9] } })[0]?.holds).toBe(false);
  expect(rowsOf({ cpu: { measured: [Number.NaN] } })[0]?.holds).toBe(false);
});

test('rows stand in the order of the budgets, and those that were not measured are left out', () => {
  const rows = rowsOf({ bundle: { measured: [3] }, decidable: { measured: [9, 17] } });
  expect(rows.map(({ id }) => id)).toEqual(['decidable', 'bundle']);
});

test('the table names budget, figure, whether it holds, and the floor taken in turn', () => {
  const rows = rowsOf({ cpu: { measured: [21.26], floor: [5] }, bundle: { measured: [3] } });
  expect(renderTable(rows).split('\n')).toEqual([
    'what                budget    measured  holds  floor  floor measured',
    'CPU per approval    <= 20 ms  21.3 ms   NO     18 ms  5 ms',
    'size of the bundle  <= 8 MiB  3 MiB     yes',
  ]);
});

test.each<[string | undefined, readonly string[]]>([
  [undefined, budgets.map(({ id }) => id)],
  ['^cpu$', ['cpu']],
  ['MEMORY', ['memory-idle', 'memory-pending']],
  ['size of the', ['bundle']],
])('--rows %s measures what matches by name or text', (pattern, ids) => {
  expect([...selected(pattern)]).toEqual(ids);
});

test('a pattern that matches nothing is an error, not an empty table', () => {
  expect(() => selected('latency')).toThrow('no row matches latency');
});

const page = readFileSync(new URL('../../docs/performance.md', import.meta.url), 'utf8');

test.each<Budget>(budgets)('the page on performance has the budget of $id', ({ id, limits, unit }) => {
  const [, cell = ''] = new RegExp(`^\\| .${id}. +\\| ([^|]+?) +\\|`, 'm').exec(page) ?? [];
  expect(cell).toBe(`${limits.map(String).join(' / ')} ${unit}`.trimEnd());
});
