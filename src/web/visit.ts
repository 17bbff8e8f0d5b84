import type { KeyRing } from '../identity/keyring.ts';
import type { Directory } from '../domain/directory.ts';
import type { Instant } from '../domain/approval.ts';
import type { Base } from './base.ts';
import type { Buckets } from './bucket.ts';
import type { WebDeps } from './context.ts';
import type { rates } from './limits.ts';

/** The pages and what they stand on. */
export interface Site {
  readonly context: WebDeps;
  readonly base: Base;
  readonly buckets: Readonly<Record<keyof typeof rates, Buckets>>;
}

/** One request, read. */
export interface Visit extends Site {
  readonly keys: KeyRing;
  /** Who is who. */
  readonly directory: Directory;
  readonly now: Instant;
  /** The network address that it came from; behind a proxy the proxy's. */
  readonly peer: string;
  readonly params: Readonly<Record<string, string>>;
  readonly cookies: ReadonlyMap<string, string>;
  /** Fields of a posted form; of several with one name the first. */
  readonly fields: ReadonlyMap<string, string>;
}

/** A path parameter; the empty string where the route has none of that name. */
export function param({ params }: Visit, name: string): string {
  return params[name] ?? '';
}

/** A field of the posted form; the empty string where it is missing. */
export function field({ fields }: Visit, name: string): string {
  return fields.get(name) ?? '';
}
