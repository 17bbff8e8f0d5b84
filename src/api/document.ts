import * as z from 'zod';
import { didYouMean } from './parameters/hint.ts';

/**
 * Parts of the schemas of documents that people write and mount: strict, and no problem repeats a value, for what slipped
 * may be an address or a secret.
 */

/** Text of which `fits` holds; the sentence says what is allowed. */
export function textThat(allowed: string, fits: (value: string) => boolean): z.ZodType<string> {
  const must = `must be ${allowed}`;
  return z.string({ error: orMissing(must, '; in YAML, put it in quotes') }).refine(fits, must);
}

/** A list of at most so many. */
export function listOf<T>(item: z.ZodType<T>, max: number): z.ZodArray<z.ZodType<T>> {
  return z
    .array(item, { error: orMissing('must be a list') })
    .refine((given) => given.length <= max, `must have at most ${String(max)} entries`);
}

/** What is allowed, told of a field of which nothing is there, or of one with another type. */
function orMissing(must: string, hint = ''): z.core.$ZodErrorMap {
  return ({ input }) => (input === undefined ? `is missing: it ${must}` : must + hint);
}

/** Entries by names that people choose. */
export function byName<T>(
  name: z.ZodType<string>,
  item: z.ZodType<T>,
  what: string,
): z.ZodType<Record<string, T>> {
  return z.record(name, item, {
    error: (issue) =>
      issue.code === 'invalid_key'
        ? `has a name that ${issue.issues?.[0]?.message ?? 'is none'}`
        : `must be ${what}`,
  });
}

/** An object of these fields and no others. Those are not named, only what was probably meant. */
export function fields<S extends z.core.$ZodLooseShape>(shape: S): z.ZodObject<S, z.core.$strict> {
  const known = Object.keys(shape);
  const allowed = known.join(', ');
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `has a field that is none of ${allowed}${issue.keys.map((key) => didYouMean(key, known)).join('')}`
        : `must be a YAML mapping of ${allowed}`,
  });
}

/** A problem as a sentence that begins with its place: `slack.releases.webhookUrl must be …`. */
export function sentenceOf({ code, path, message }: z.core.$ZodIssue): string {
  // A name that is none may be an address that slipped.
  const shown = code === 'invalid_key' ? path.slice(0, -1) : path;
  const at = shown
    .map((step) => (typeof step === 'number' ? `[${String(step)}]` : `.${String(step)}`))
    .join('')
    .replace(/^\./, '');
  return `${at === '' ? 'The file' : at} ${message}.`;
}
