import type { Instant } from '../domain/approval.ts';

/** A time as people read it, in UTC and to the minute: `2026-11-21 14:30 UTC`. */
export function readableTime(at: Instant): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

const minute = 60_000;
const units = [
  ['year', 365 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', minute],
] as const;

/** A span of time as people say it, by its largest unit or two: `3 hours`, `1 day and 4 hours`, `less than a minute`. */
export function readableSpan(ms: number): string {
  const index = units.findIndex(([, size]) => ms >= size);
  const unit = units[index];
  if (unit === undefined) return 'less than a minute';
  const [name, size] = unit;
  const whole = count(Math.floor(ms / size), name);
  const next = units[index + 1];
  const rest = next === undefined ? 0 : Math.floor((ms % size) / next[1]);
  return next === undefined || rest === 0 ? whole : `${whole} and ${count(rest, next[0])}`;
}

/** The time left until a limit, in whole minutes and rounded up: a day that began a second ago is still `1 day`. */
export function readableTimeLeft(ms: number): string {
  return readableSpan(Math.ceil(Math.max(0, ms) / minute) * minute);
}

function count(number: number, noun: string): string {
  return `${String(number)} ${noun}${number === 1 ? '' : 's'}`;
}
