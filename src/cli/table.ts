import { styleText } from 'node:util';
import { cutToWidth, visible, widthOf } from './visible.ts';

/** A text of the table, with a colour where it has a meaning. */
export interface Cell {
  readonly text: string;
  readonly colour?: 'green' | 'red' | 'yellow' | 'bold' | 'dim';
}

export interface Column {
  readonly title: string;
  /** Columns of the terminal that a cell takes at most. */
  readonly max?: number;
}

const gap = '   ';

/** Rows under a header, in columns without borders, as kubectl prints them. Everything in them is made visible. */
export class Table {
  readonly #columns: readonly Column[];
  readonly #colours: boolean;
  #widths: readonly number[];

  constructor(columns: readonly Column[], colours: boolean) {
    this.#columns = columns;
    this.#colours = colours;
    this.#widths = columns.map(({ title }) => widthOf(title));
  }

  /** The header and the rows. Rows that are printed later keep these widths. */
  render(rows: readonly (readonly Cell[])[]): string {
    const shown = rows.map((row) => this.#shown(row));
    this.#widths = this.#columns.map(({ title }, i) =>
      Math.max(widthOf(title), ...shown.map((row) => widthOf(row[i]?.text ?? ''))),
    );
    const header = this.#line(this.#columns.map(({ title }) => ({ text: title })));
    return [header, ...shown.map((row) => this.#line(row))].map((line) => `${line}\n`).join('');
  }

  /** One more row, in the widths of those before. */
  row(cells: readonly Cell[]): string {
    return `${this.#line(this.#shown(cells))}\n`;
  }

  #shown(row: readonly Cell[]): Cell[] {
    return row.map((cell, i) => {
      const text = cutToWidth(visible(cell.text), this.#columns[i]?.max ?? 60);
      return { ...cell, text: text === '' ? '-' : text };
    });
  }

  #line(cells: readonly Cell[]): string {
    return cells
      .map((cell, i) => {
        const isLast = i === cells.length - 1;
        const padding = isLast ? 0 : Math.max(0, (this.#widths[i] ?? 0) - widthOf(cell.text));
        return coloured(cell, this.#colours) + ' '.repeat(padding);
      })
      .join(gap);
  }
}

function coloured({ text, colour }: Cell, colours: boolean): string {
  return colours && colour !== undefined ? styleText(colour, text, { validateStream: false }) : text;
}
