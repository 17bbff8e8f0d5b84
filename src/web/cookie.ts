import type { Base } from './base.ts';

/** A cookie to be set; `maxAgeSeconds` 0 removes it. */
export interface NewCookie {
  readonly name: string;
  readonly value: string;
  readonly maxAgeSeconds: number;
}

/**
 * Cookie names. `__Host-` binds a cookie to this host and to https (RFC 6265bis); over plain http browsers refuse that
 * prefix, so there it is left out.
 */
export function cookieNames(base: Base): {
  session: (handle: string) => string;
  browser: string;
} {
  const prefix = base.isHttps ? '__Host-' : '';
  return {
    session: (handle) => `${prefix}approval-${handle}`,
    browser: `${prefix}approval-browser`,
  };
}

/**
 * Lax, not Strict: a Strict cookie would not be sent on the redirect that a click in a mail started. Lax cookies are
 * not sent on POSTs of other sites.
 */
export function renderCookie(base: Base, { name, value, maxAgeSeconds }: NewCookie): string {
  const secure = base.isHttps ? '; Secure' : '';
  return `${name}=${value}; Path=/; Max-Age=${String(maxAgeSeconds)}; HttpOnly; SameSite=Lax${secure}`;
}

/** The cookies of a request. Of two with one name the first counts, as browsers send the more specific one first. */
export function readCookies(header: string | undefined): ReadonlyMap<string, string> {
  const cookies = new Map<string, string>();
  for (const pair of (header ?? '').split(';')) {
    const at = pair.indexOf('=');
    const name = pair.slice(0, at).trim();
    if (at > 0 && !cookies.has(name)) cookies.set(name, pair.slice(at + 1).trim());
  }
  return cookies;
}
