import { BlockList, isIP } from 'node:net';

/** Whether a list speaks of this host and port. The host is canonical: as `hostOf` gives it. */
export type HostMatch = (host: string, port: number) => boolean;

interface HostEntry {
  readonly host: string;
  /** Undefined: every port. */
  readonly port: number | undefined;
}

/** A name or an address in brackets, and perhaps a port. No scheme, path, user or wildcard. */
const entryForm = /^(\[[\da-f:.]+\]|(?!\.)[^\s:/\\?#@%*[\]]+)(?::([1-9]\d{0,4}))?$/i;
const highestPort = 65_535;

/** The host of a URL without brackets and without the dot that may end a name: `localhost.` is `localhost`. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
}

/** The port to which a request for this URL goes. */
export function portOf({ port, protocol }: URL): number {
  if (port !== '') return Number(port);
  return protocol === 'https:' ? 443 : 80;
}

/** One entry of a list of hosts, such as `chat.example.com`, `10.1.2.3:8443` or `[fd00::1]`, spelled as URLs spell it. */
function hostEntry(text: string): HostEntry | undefined {
  const [, written = '', port] = entryForm.exec(isIP(text) === 6 ? `[${text}]` : text) ?? [];
  const url = URL.parse(`http://${written}`);
  if (url === null || Number(port) > highestPort) return undefined;
  return { host: hostOf(url), port: port === undefined ? undefined : Number(port) };
}

/** Whether a text names one host, alone or with a port. */
export function isHostEntry(text: string): boolean {
  return hostEntry(text) !== undefined;
}

/** Speaks of the hosts that are named, letter for letter, and not of their subdomains. */
export function namedHosts(entries: readonly string[]): HostMatch {
  const named = entries.map(hostEntry).filter((entry) => entry !== undefined);
  return (host, port) =>
    named.some((entry) => entry.host === host && (entry.port === undefined || entry.port === port));
}

/** This machine, by name or by address. */
export function isLoopback(host: string): boolean {
  return /^(?:127\.[\d.]+|::1|(?:.+\.)?localhost)$/.test(host);
}

/**
 * The hosts that a NO_PROXY list excepts, by the rules of Go's httpproxy, which most programs of a cluster share:
 * `*` is every host; a name is itself and its subdomains, with a dot or `*.` before it only these; addresses and
 * CIDR blocks speak of addresses as they stand in the URL; each may have a port; this machine always counts. What is
 * none of these excepts nothing.
 */
export function exceptedHosts(entries: readonly string[]): HostMatch {
  const matches = entries.map((entry) => exception(entry.trim().toLowerCase()));
  return (host, port) => isLoopback(host) || matches.some((match) => match(host, port));
}

function exception(entry: string): HostMatch {
  if (entry === '*') return () => true;
  if (entry.includes('/')) return block(entry);
  const [, suffix] = /^\*?\.(.+)$/.exec(entry) ?? [];
  const named = hostEntry(suffix ?? entry);
  if (named === undefined) return () => false;
  const whole = (host: string): boolean => suffix === undefined && host === named.host;
  const below = (host: string): boolean => host.endsWith(`.${named.host}`) && isIP(named.host) === 0;
  return (host, port) => (whole(host) || below(host)) && (named.port === undefined || named.port === port);
}

function block(entry: string): HostMatch {
  const [, network = '', bits] = /^([\da-f:.]+)\/(\d{1,3})$/.exec(entry) ?? [];
  const version = isIP(network);
  if (version === 0 || Number(bits) > (version === 4 ? 32 : 128)) return () => false;
  const list = new BlockList();
  list.addSubnet(network, Number(bits), version === 4 ? 'ipv4' : 'ipv6');
  return (host) => isIP(host) === version && list.check(host, version === 4 ? 'ipv4' : 'ipv6');
}
