import type { Instant } from '../domain/approval.ts';

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** A span by its largest unit: `3 h`, `12 min`. */
export function spanOf(ms: number): string {
  const [unit, size] = units.find(([, one]) => ms >= one) ?? ['s', 1_000];
  return `${String(Math.floor(ms / size))} ${unit}`;
}

/** A time as people read it: `2026-11-21 14:30 UTC`. */
export function timeOf(at: Instant): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** The same, with how far away that is: `2026-11-21 14:30 UTC (in 3 h)`. */
export function momentOf(at: Instant, now: Instant): string {
  return `${timeOf(at)} (${at >= now ? `in ${spanOf(at - now)}` : `${spanOf(now - at)} ago`})`;
}
