import * as z from 'zod';

/**
 * Parts of the schemas of documents that people write and mount: strict, and no problem repeats a value, for what slipped
 * may be an address or a secret.
 */

/** Text of which `fits` holds; the sentence says what is allowed. */
export function textThat(allowed: string, fits: (value: string) => boolean): z.ZodType<string> {
  return z
    .string({ error: `must be ${allowed}; in YAML, put it in quotes` })
    .refine(fits, `must be ${allowed}`);
}

/** A list of at most so many. */
export function listOf<T>(item: z.ZodType<T>, max: number): z.ZodArray<z.ZodType<T>> {
  return z.array(item, { error: 'must be a list' }).max(max, `must have at most ${String(max)} entries`);
}

/** An object of these fields and no others, which are not named. */
export function fields<S extends z.core.$ZodLooseShape>(shape: S): z.ZodObject<S, z.core.$strict> {
  const allowed = Object.keys(shape).join(', ');
  return z.strictObject(shape, {
    error: ({ code }) =>
      code === 'unrecognized_keys'
        ? `has a field that is none of ${allowed}`
        : `must have the fields ${allowed}`,
  });
}

/** A problem as a sentence that begins with its place: `slack.releases.webhookUrl must be …`. */
export function sentenceOf({ path, message }: z.core.$ZodIssue): string {
  const at = path
    .map((step) => (typeof step === 'number' ? `[${String(step)}]` : `.${String(step)}`))
    .join('')
    .replace(/^\./, '');
  return `${at === '' ? 'The file' : at} ${message}.`;
}
