/** The three forms of a date that a recipient must accept (RFC 9110, 5.6.7); the last of them names no zone and means GMT. */
const httpDates = [
  /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/,
  /^[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/,
  /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/,
];

/**
 * How long the other side asks us to wait (RFC 9110, 10.2.3: seconds, or a date), in milliseconds from `now`, which is
 * in milliseconds since 1970. A date in the past is 0. Undefined where it asks for nothing that can be understood.
 * Without a cap: the caller decides how much of it to honour.
 */
export function retryAfterMs(headers: Readonly<Record<string, string>>, now: number): number | undefined {
  const value = headers['retry-after']?.trim() ?? '';
  if (/^\d+$/.test(value)) return Math.min(Number(value) * 1000, Number.MAX_SAFE_INTEGER);
  const at = dateOf(value);
  return at === undefined ? undefined : Math.max(0, at - now);
}

function dateOf(value: string): number | undefined {
  // Left to itself, Date.parse takes nearly anything for a date.
  if (!httpDates.some((form) => form.test(value))) return undefined;
  const at = Date.parse(value.endsWith('GMT') ? value : `${value} GMT`);
  return Number.isNaN(at) ? undefined : at;
}
