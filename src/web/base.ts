import type { IncomingHttpHeaders } from 'node:http';
import { addressPaths } from '../identity/url.ts';
import { requestHeaders } from './headers.ts';

/** The configured address as the pages use it. Nothing about it is ever read from a request. */
export interface Base {
  readonly origin: string;
  readonly host: string;
  readonly isHttps: boolean;
  /** Path below which everything lies; empty or `/something`. */
  readonly prefix: string;
  readonly paths: Paths;
}

/** Addresses of our pages, for links, forms and redirects. There are no others to redirect to. */
export interface Paths {
  readonly form: (handle: string) => string;
  readonly answer: (handle: string, answer: string) => string;
  readonly fresh: (handle: string) => string;
  readonly task: (namespace: string, name: string) => string;
  readonly asset: (name: string) => string;
}

/** First parts of paths that only the pages themselves use. */
export const pagePaths = { form: '/form', fresh: '/fresh', assets: '/assets', answers: 'answers' } as const;

/** Reads the configured address. Throws on text that is no URL. */
export function createBase(baseUrl: string): Base {
  const url = new URL(baseUrl);
  const prefix = url.pathname.replace(/\/+$/u, '');
  const part = encodeURIComponent;
  return {
    origin: url.origin,
    host: url.host,
    isHttps: url.protocol === 'https:',
    prefix,
    paths: {
      form: (handle) => `${prefix}${pagePaths.form}/${part(handle)}`,
      answer: (handle, answer) =>
        `${prefix}${pagePaths.form}/${part(handle)}/${pagePaths.answers}/${part(answer)}`,
      fresh: (handle) => `${prefix}${pagePaths.fresh}/${part(handle)}`,
      task: (namespace, name) => `${prefix}${addressPaths.task}/${part(namespace)}/${part(name)}`,
      asset: (name) => `${prefix}${pagePaths.assets}/${part(name)}`,
    },
  };
}

const loopback: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Whether a request was sent to the configured host, or by another name of this very machine where the configured one
 * is such a name. Guards against DNS rebinding and misrouted names.
 */
export function isOwnHost(base: Base, headers: IncomingHttpHeaders): boolean {
  const host = headers[requestHeaders.host];
  if (host === undefined || !/^[\w.:[\]-]+$/u.test(host)) return false;
  const asked = URL.parse(`${base.isHttps ? 'https' : 'http'}://${host}`);
  if (asked === null || asked.host === base.host) return asked !== null;
  const own = new URL(base.origin);
  return loopback.has(own.hostname) && loopback.has(asked.hostname) && asked.port === own.port;
}

/**
 * Whether a POST came from one of our own pages. A browser says so in Sec-Fetch-Site; only where it says nothing, the
 * Origin is looked at. A request with neither is refused.
 */
export function isOwnOrigin(base: Base, headers: IncomingHttpHeaders): boolean {
  const site = headers[requestHeaders.fetchSite];
  if (site !== undefined) return site === 'same-origin';
  return headers[requestHeaders.origin] === base.origin;
}
