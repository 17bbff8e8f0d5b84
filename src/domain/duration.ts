const nanosecondsPerMillisecond = 1_000_000n;

/** Go's units (time.ParseDuration). The two spellings of µs are U+00B5 and U+03BC. */
const nanoseconds: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1_000n],
  ['\u00b5s', 1_000n],
  ['\u03bcs', 1_000n],
  ['ms', nanosecondsPerMillisecond],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
]);

const wholeText = /^([-+]?)(0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|\u00b5s|\u03bcs|ms|s|m|h))+)$/u;
const terms = /(\d*)\.?(\d*)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/gu;

/** Go holds a duration in an int64 of nanoseconds. */
const largest = 2n ** 63n - 1n;

/** Far longer than any duration that means something. Keeps a megabyte of digits away from the arithmetic. */
const longestText = 256;

/**
 * Milliseconds of a duration as Go writes it (time.ParseDuration): `1h30m`, `1.5h`, `90s`, `0`, `-1s`. Rounded away
 * from zero to whole milliseconds, so that nothing but zero becomes zero. Undefined for everything that Go refuses,
 * overflow of its int64 included, and for texts of more than 256 characters.
 */
export function parseGoDuration(text: string): number | undefined {
  if (text.length > longestText) return undefined;
  const [, sign, magnitude] = wholeText.exec(text) ?? [];
  if (magnitude === undefined) return undefined;
  const total = sum(magnitude);
  if (total > (sign === '-' ? largest + 1n : largest)) return undefined;
  const milliseconds = Number((total + nanosecondsPerMillisecond - 1n) / nanosecondsPerMillisecond);
  return sign === '-' && milliseconds > 0 ? -milliseconds : milliseconds;
}

/** Nanoseconds of a text that `wholeText` accepted. What is smaller than one is dropped per term, as Go does. */
function sum(magnitude: string): bigint {
  let total = 0n;
  for (const [, whole = '', fraction = '', unit = ''] of magnitude.matchAll(terms)) {
    const scale = 10n ** BigInt(fraction.length);
    total += (BigInt(whole + fraction) * (nanoseconds.get(unit) ?? 0n)) / scale;
  }
  return total;
}

/** Whole milliseconds as Go prints a duration (Duration.String): `1h30m0s`, `1m30s`, `1.5s`, `500ms`, `0s`. */
export function formatGoDuration(milliseconds: number): string {
  if (milliseconds < 0) return `-${formatGoDuration(-milliseconds)}`;
  if (milliseconds === 0) return '0s';
  if (milliseconds < 1_000) return `${milliseconds}ms`;
  const minutes = Math.floor(milliseconds / 60_000);
  const seconds = `${(milliseconds % 60_000) / 1_000}s`;
  if (minutes === 0) return seconds;
  if (minutes < 60) return `${minutes}m${seconds}`;
  return `${Math.floor(minutes / 60)}h${minutes % 60}m${seconds}`;
}
