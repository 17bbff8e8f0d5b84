import { limits } from '../limits.ts';
import { readItems } from './list.ts';
import { isRecord, kindOf, lengthOf, quote, type Report } from './problem.ts';
import { parseJsonShape } from './substitution.ts';

export interface ContextLine {
  name: string;
  value: string;
}

const field = 'context';

/** Extra lines for the approver: `name=value` texts in any form of a list, or an object of texts. */
export function readContext(given: unknown, report: Report): ContextLine[] {
  const value = typeof given === 'string' ? parseJsonShape(given) : given;
  const lines = isRecord(value) ? readObject(value, report) : readLines(value, report);
  for (const line of lines) checkLine(line, report);
  return lines;
}

function readObject(value: Record<string, unknown>, report: Report): ContextLine[] {
  const pairs = Object.entries(value);
  if (tooMany(pairs.length, report)) return [];
  return pairs.flatMap(([name, text]) => {
    if (typeof text === 'string') return [{ name, value: text }];
    report(`${field}.${quote(name)}`, `must be text, not ${kindOf(text)}`);
    return [];
  });
}

function readLines(value: unknown, report: Report): ContextLine[] {
  const items = readItems(field, value, report) ?? [];
  if (tooMany(items.length, report)) return [];
  return items.flatMap((item, index) => {
    const at = typeof item === 'string' ? item.indexOf('=') : -1;
    if (typeof item === 'string' && at > 0) return [{ name: item.slice(0, at), value: item.slice(at + 1) }];
    const found = typeof item === 'string' ? quote(item) : kindOf(item);
    report(`${field}[${index}]`, `must be name=value, not ${found}`);
    return [];
  });
}

function tooMany(count: number, report: Report): boolean {
  if (count <= limits.contextLines) return false;
  report(field, `has ${count} lines; at most ${limits.contextLines} are allowed`);
  return true;
}

function checkLine({ name, value }: ContextLine, report: Report): void {
  const label = `${field} ${quote(name)}`;
  if (name.trim() === '' || /\p{Cc}/u.test(name))
    report(label, 'has an empty name or a control character in it');
  if (lengthOf(name) > limits.contextName) {
    report(label, `has a name longer than ${limits.contextName} characters`);
  }
  if (lengthOf(value) > limits.contextValue) {
    report(label, `has ${lengthOf(value)} characters; at most ${limits.contextValue} are allowed`);
  }
}
