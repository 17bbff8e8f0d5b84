/** Pages whose table rows each name the tests that show them. */
export const contractPages = ['docs/spec/contract.md', 'docs/spec/hostile-inputs.md'] as const;

/** A test as a page names it: `test/integration/endings.test.ts › describe title › test title`. */
export interface NamedTest {
  readonly file: string;
  /** Titles from the outermost describe to the test, joined as in the page. */
  readonly title: string;
}

/** One line of a contract. */
export interface Row {
  readonly page: string;
  readonly id: string;
  readonly promise: string;
  readonly tests: readonly NamedTest[];
}

/** Stands between the file, the titles of its describes and the title of the test. */
export const separator = ' › ';

/**
 * The rows of all tables of a page: the line's id in the first cell, the promise in the second, its tests as code spans
 * in the last. A line that is not of this shape is a row all the same, so that whoever checks rows sees it.
 */
export function rowsOf(page: string, text: string): Row[] {
  const lines = text.split('\n');
  const isTable = (line: string): boolean => line.startsWith('|');
  const isRule = (line: string | undefined): boolean =>
    line !== undefined && /^\|[\s:|]*-[\s:|-]*$/.test(line);
  return lines
    .filter((line, at) => isTable(line) && !isRule(line) && !isRule(lines[at + 1]))
    .map((line) => rowOf(page, line));
}

function rowOf(page: string, line: string): Row {
  const cells = line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
  const [id = '', promise = ''] = cells;
  const spans = [...(cells.at(-1) ?? '').matchAll(/`([^`]+)`/g)].map(([, span = '']) => span);
  return { page, id, promise, tests: spans.map(testOf) };
}

function testOf(span: string): NamedTest {
  const [file = '', ...titles] = span.split(separator);
  return { file, title: titles.join(separator) };
}
