import { createHash } from 'node:crypto';
import type { Instant } from '../domain/approval.ts';
import { bucketsKept, type Rate } from './limits.ts';

/** Whether a request may pass; if not, when to come again. */
export type Allowance = { readonly ok: true } | { readonly ok: false; readonly retryAfterSeconds: number };

interface Bucket {
  readonly tokens: number;
  readonly at: Instant;
}

/**
 * Token buckets of one rate by key. Memory is bounded: the least recently used bucket is forgotten, and of a key only
 * its hash is kept, because a key may be an address of any length that a stranger made up.
 */
export class Buckets {
  readonly #rate: Rate;
  readonly #buckets = new Map<string, Bucket>();

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  /** Takes one token of that key. A clock that steps back costs nobody anything. */
  take(key: string, now: Instant): Allowance {
    const { burst, everyMs } = this.#rate;
    const hash = createHash('sha256').update(key, 'utf8').digest('base64');
    const last = this.#buckets.get(hash) ?? { tokens: burst, at: now };
    const tokens = Math.min(burst, last.tokens + Math.max(0, now - last.at) / everyMs);
    const ok = tokens >= 1;
    this.#keep(hash, { tokens: ok ? tokens - 1 : tokens, at: now });
    if (ok) return { ok };
    return { ok, retryAfterSeconds: Math.max(1, Math.ceil(((1 - tokens) * everyMs) / 1_000)) };
  }

  get size(): number {
    return this.#buckets.size;
  }

  #keep(key: string, bucket: Bucket): void {
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size <= bucketsKept) return;
    const [oldest] = this.#buckets.keys();
    if (oldest !== undefined) this.#buckets.delete(oldest);
  }
}
