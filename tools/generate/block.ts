/** A part of a page that is generated; the rest of the page is written by people. */
export interface Block {
  readonly file: string;
  /** As in the markers around it. */
  readonly name: string;
  readonly text: string;
}

const begin = (name: string): string => `<!-- generated: ${name} (npm run generate) -->`;
const end = (name: string): string => `<!-- end of generated: ${name} -->`;

/** The page with the block between its two markers. Throws where the page does not have them once each, in order. */
export function withBlock(page: string, { file, name, text }: Block): string {
  const [before, inside, ...again] = page.split(begin(name));
  const [, after, ...more] = inside?.split(end(name)) ?? [];
  if (before === undefined || after === undefined || again.length > 0 || more.length > 0)
    throw new Error(`${file} needs the two lines ${begin(name)} and ${end(name)}, once each, in this order`);
  return `${before}${begin(name)}\n\n${text}\n${end(name)}${after}`;
}

/** A Markdown table, aligned as prettier aligns it. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(3, ...rows.map((row) => escape(row[column] ?? '').length)),
  );
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  const [head = [], ...body] = rows.map((row) =>
    row.map((cell, column) => escape(cell).padEnd(widths[column] ?? 0)),
  );
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('');
}

function escape(cell: string): string {
  return cell.replaceAll('|', String.raw`\|`);
}
