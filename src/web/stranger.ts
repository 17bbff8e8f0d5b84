import type { Allowance } from './bucket.ts';
import { pageReply, problemReply, type PageReply } from './reply.ts';
import type { Visit } from './visit.ts';

/** Whoever comes without a session is told the same, whatever the address. */
const withoutSession = problemReply(
  403,
  'Open the link from your mail',
  'This page belongs to a personal link, and this browser has not opened it, or too long ago. Open the link from the mail again; cookies must be allowed. Nothing was recorded.',
);

/** The answer to a request that proved nothing: its own page, or 429 for an address that sends many of them. */
export function strangerReply(visit: Visit, reply: PageReply = withoutSession): PageReply {
  const allowed = visit.buckets.stranger.take(visit.peer, visit.now);
  return allowed.ok ? reply : tooMany(allowed);
}

/** 429, and when to come again. */
export function tooMany({ retryAfterSeconds }: Extract<Allowance, { ok: false }>): PageReply {
  return pageReply({ kind: 'tooMany', retryAfterSeconds });
}
