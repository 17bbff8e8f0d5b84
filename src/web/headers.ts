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

/**
 * On every response, errors included. `same-origin`, because `no-referrer` would make browsers send `Origin: null` on
 * our own forms (Fetch, "append a request Origin header").
 */
export const securityHeaders: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': contentSecurityPolicy,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'X-Robots-Tag': 'noindex, nofollow',
};

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
