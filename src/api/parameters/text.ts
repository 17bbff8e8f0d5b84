import type { Fields, FieldName } from './fields.ts';
import { didYouMean } from './hint.ts';
import { kindOf, lengthOf, quote, type Report } from './problem.ts';

/** A text of at most `max` characters; empty where absent or wrong (which is reported). */
export function readText(fields: Fields, name: FieldName, how: { max: number; report: Report }): string {
  const value = fields.get(name);
  if (value === undefined) return '';
  if (typeof value !== 'string') {
    how.report(name, `must be one text, not ${kindOf(value)}`);
    return '';
  }
  const length = lengthOf(value);
  if (length > how.max) how.report(name, `has ${length} characters; at most ${how.max} are allowed`);
  return value;
}

/** A name on one line, such as that of a channel. */
export function readName(fields: Fields, name: FieldName, how: { max: number; report: Report }): string {
  const value = readText(fields, name, how).trim();
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(value) || value.includes('$(')) {
    how.report(name, `${quote(value)} is not a name: it has a control character or an unresolved reference`);
  }
  return value;
}

/** One of a closed list, spelt exactly; the first of the list where absent. Nothing close is accepted. */
export function readChoice<T extends string>(
  fields: Fields,
  name: FieldName,
  { allowed, report }: { allowed: readonly [T, ...T[]]; report: Report },
): T {
  const value = fields.get(name);
  if (value === undefined) return allowed[0];
  const found = allowed.find((choice) => choice === value);
  if (found !== undefined) return found;
  const shown = typeof value === 'string' ? quote(value) : kindOf(value);
  const hint = typeof value === 'string' ? didYouMean(value, allowed) : '';
  report(name, `${shown} is not one of ${allowed.join(', ')}${hint}`);
  return allowed[0];
}
