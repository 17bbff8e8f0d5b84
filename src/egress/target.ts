import { isIP } from 'node:net';
import { reachOf } from './address.ts';
import { hostOf, isLoopback, portOf, type HostMatch } from './hosts.ts';

/** What the settings say about where requests may go. */
export interface Rules {
  /** Hosts that may be asked over plain http, and at addresses of inner networks. */
  readonly allowed: HostMatch;
  /** Hosts that are reached through the proxy. */
  readonly proxied: HostMatch;
}

/**
 * guarded: at addresses of the internet alone. trusted: at inner ones, too. proxied: at whatever address the proxy finds.
 */
export type Route = 'guarded' | 'trusted' | 'proxied';

/** Where a request goes, with what of it may be told. */
export interface Target {
  readonly url: URL;
  readonly host: string;
  readonly route: Route;
}

/** `why` repeats nothing of the URL but its host. */
export type Aim =
  { readonly ok: true; readonly target: Target } | { readonly ok: false; readonly why: string };

const longestName = 253;

/**
 * Names that mean something inside a network alone: without a dot, of a cluster's Services, or kept for such use (RFC
 * 6761, RFC 6762, RFC 8375; ICANN for `internal`). Behind a proxy nobody else would notice that they lead inwards.
 */
const innerName = /^[^.:]+$|\.(?:localhost|local|internal|home\.arpa|svc)$/;

/** Judges a URL by what stands in it. Where its name leads is seen only on connecting. */
export function targetOf(text: string, rules: Rules): Aim {
  const url = URL.parse(text);
  if (url === null || url.hostname === '') return refusal('what is configured is no URL');
  const host = hostOf(url);
  const port = portOf(url);
  const allowed = rules.allowed(host, port);
  const why = malformed(url, host) ?? (allowed ? forbidden(host) : unasked(url, host));
  if (why !== undefined) return refusal(why);
  const direct: Route = allowed ? 'trusted' : 'guarded';
  return { ok: true, target: { url, host, route: rules.proxied(host, port) ? 'proxied' : direct } };
}

const refusal = (why: string): Aim => ({ ok: false, why });

/** What is wrong with a URL wherever it leads. */
function malformed(url: URL, host: string): string | undefined {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'a URL must begin with https://';
  if (!isPossible(host)) return 'the URL has no possible host';
  // They would be dropped without a word, or end in some log on the way. A receiver's password belongs in a header.
  if (url.username !== '' || url.password !== '')
    return `the URL for ${host} has a user name or password in it`;
  // It is never sent, so whoever wrote it means something that would not arrive.
  if (url.href.includes('#')) return `the URL for ${host} has a fragment (#) in it`;
  return undefined;
}

/** Not with an empty label: no name has one, and whoever resolves it all the same may take it for another. */
function isPossible(host: string): boolean {
  return host !== '' && host.length <= longestName && !`${host}.`.includes('..');
}

/** Whether not even the settings can allow this host. */
function forbidden(host: string): string | undefined {
  return isIP(host) !== 0 && reachOf(host) === 'never'
    ? `${host} is an address to which nothing is ever sent`
    : undefined;
}

/** What keeps a request from a host that the settings do not allow by name. */
function unasked(url: URL, host: string): string | undefined {
  if (url.protocol === 'http:')
    return `plain http is refused: ${host} is not named in egress.allow, so it must be https`;
  const inner = isIP(host) === 0 ? isLoopback(host) || innerName.test(host) : reachOf(host) !== 'public';
  return inner ? `${host} is not on the internet, and egress.allow does not name it` : undefined;
}
