/** What a browser may load and do on our pages: only what is ours. No inline style or script passes. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  "script-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

const always: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': contentSecurityPolicy,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'X-Robots-Tag': 'noindex, nofollow',
};

/** A year, for this host alone: what lies under other names is not ours to decide. */
const httpsOnly = { 'Strict-Transport-Security': 'max-age=31536000' } as const;

/**
 * On every response, errors included. `same-origin`, because `no-referrer` would make browsers send `Origin: null` on
 * our own forms (Fetch, "append a request Origin header"). Plain http must not be told to come by https.
 */
export function securityHeaders({ isHttps }: { isHttps: boolean }): Readonly<Record<string, string>> {
  return isHttps ? { ...always, ...httpsOnly } : always;
}

/** Headers that are read, once. */
export const requestHeaders = {
  host: 'host',
  origin: 'origin',
  fetchSite: 'sec-fetch-site',
  contentType: 'content-type',
  cookie: 'cookie',
} as const;

/** The one media type that a form without JavaScript sends and that is taken. */
export const formType = 'application/x-www-form-urlencoded';
