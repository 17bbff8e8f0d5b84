import type { Instant } from '../domain/approval.ts';

/** RFC 3339 in UTC with whole seconds, as Kubernetes writes its times. */
export { formatInstant as timestamp } from '../domain/instant.ts';

/** Milliseconds since the epoch; throws on text that is no time, because the API server never stores such. */
export function instant(time: string): Instant {
  const at = Date.parse(time);
  if (Number.isNaN(at)) throw new Error(`not a time: ${JSON.stringify(time)}`);
  return at;
}
