import type { Instant } from './approval.ts';

/** RFC 3339 in UTC with whole seconds, as the API server writes times. Parts of a second are dropped. */
export function formatInstant(instant: Instant): string {
  // oxlint-disable-next-line no-restricted-globals -- formats an instant that is given; reads no clock
  return `${new Date(instant).toISOString().slice(0, 19)}Z`;
}
