import { limits } from '../limits.ts';
import { entryProblem, isAddress } from './entry.ts';
import { kindOf, quote, type Report } from './problem.ts';
import { isJsonShaped, parseJsonShape } from './substitution.ts';

/** A list after duplicates were collapsed. */
export interface Entries {
  readonly entries: readonly string[];
  /** Entries that were left out because they repeat another one. */
  readonly repeated: readonly string[];
}

/**
 * A list as people write it: a list, a list as JSON text, or one text that is one entry. Commas never split, because
 * names of directories hold commas. Undefined where it is none; that is reported.
 */
export function readItems(field: string, given: unknown, report: Report): readonly unknown[] | undefined {
  if (given === undefined) return [];
  const value = typeof given === 'string' ? parseJsonShape(given) : given;
  if (Array.isArray(value)) return value;
  if (typeof value === 'string' && !isJsonShaped(value)) return [value];
  const found = typeof value === 'string' ? `${quote(value)}, which is not valid JSON` : kindOf(value);
  report(field, `must be a list of texts, a JSON list as text, or one text; got ${found}`);
  return undefined;
}

/** Reads people or groups. Where anything is reported the result is not to be used. */
export function readEntries(field: string, given: unknown, report: Report): Entries {
  const items = readItems(field, given, report) ?? [];
  if (items.length > limits.people) {
    report(field, `has ${items.length} entries; at most ${limits.people} are allowed`);
    return { entries: [], repeated: [] };
  }
  const texts = items.flatMap((item, index) => {
    const problem = typeof item === 'string' ? entryProblem(item) : `must be text, not ${kindOf(item)}`;
    if (problem !== undefined) report(`${field}[${index}]`, problem);
    return typeof item === 'string' ? [item] : [];
  });
  return collapse(texts);
}

/** E-mail addresses are the same in any case; names only letter for letter. The first spelling stays. */
function collapse(texts: readonly string[]): Entries {
  const seen = new Set<string>();
  const entries: string[] = [];
  const repeated: string[] = [];
  for (const text of texts) {
    const key = isAddress(text) ? text.toLowerCase() : text;
    (seen.has(key) ? repeated : entries).push(text);
    seen.add(key);
  }
  return { entries, repeated };
}
