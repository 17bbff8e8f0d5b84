import type { Instant } from '../domain/approval.ts';

/** When people are asked again. */
export interface Reminders {
  /** Parts of the time between asking and deadline, each more than 0 and less than 1. */
  readonly fractions: readonly number[];
  /** So often as well, in milliseconds; 0: not. */
  readonly everyMs: number;
  /** No reminder comes sooner than this after what was sent before, or before the deadline. */
  readonly leastMs: number;
  /** At most so many. */
  readonly most: number;
}

/** Nobody is asked again. */
export const noReminders: Reminders = { fractions: [], everyMs: 0, leastMs: 0, most: 0 };

/** When reminders are due for what was asked at `begin` and ends at `end`, if it does, earliest first. */
export function reminderTimes(begin: Instant, end: Instant | undefined, rule: Reminders): readonly Instant[] {
  const times: Instant[] = [];
  for (const at of planned(begin, end, rule)) {
    const before = times.at(-1) ?? begin;
    const isFar = at > before && at >= before + rule.leastMs;
    if (isFar && times.length < rule.most) times.push(at);
  }
  return times.filter((at) => end === undefined || at <= end - rule.leastMs);
}

function planned(
  begin: Instant,
  end: Instant | undefined,
  { fractions, everyMs, most }: Reminders,
): Instant[] {
  const byParts = end === undefined ? [] : fractions.map((part) => Math.round(begin + part * (end - begin)));
  const byInterval =
    everyMs > 0 ? Array.from({ length: most }, (_, index) => begin + (index + 1) * everyMs) : [];
  return [...byParts, ...byInterval].toSorted((a, b) => a - b);
}
