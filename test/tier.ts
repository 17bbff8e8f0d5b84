/**
 * Two sizes of the tests that do something many times or for long: `npm test` runs the short one, `npm test -- --long`
 * the long one.
 */
const isLong = process.env['APPROVALS_TEST_TIER'] === 'long';

/** The size that this run asks for. */
export function sized<T>({ short, long }: { short: T; long: T }): T {
  return isLong ? long : short;
}

/** Random numbers that can be had again. */
export interface Dice {
  readonly seed: number;
  /** At least 0, below 1. */
  next(): number;
  /** A whole number from 0 to below `end`. */
  below(end: number): number;
  /** One of them. */
  pick<T>(items: readonly T[]): T;
}

/**
 * Dice for one test file. The seed is printed, and taken from APPROVALS_TEST_SEED where that is set, so that what was
 * random once can be seen again.
 */
export function throwDice(what: string): Dice {
  const given = Number(process.env['APPROVALS_TEST_SEED'] ?? '');
  const seed = given > 0 ? given : Math.floor(Math.random() * 2 ** 31) + 1;
  console.log(`${what}: seed ${String(seed)} (APPROVALS_TEST_SEED=${String(seed)} repeats it)`);
  return diceOf(seed);
}

/** Mulberry32: small, even, and the same on every machine. */
export function diceOf(seed: number): Dice {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (end: number): number => Math.floor(next() * end);
  const pick = <T>(items: readonly T[]): T => {
    const picked = items[below(items.length)];
    if (picked === undefined) throw new RangeError('nothing to pick from');
    return picked;
  };
  return { seed, next, below, pick };
}
