import { lookup } from 'node:dns/promises';
import type { Dispatcher } from 'undici';
import { reachOf } from './address.ts';
import { openConnections, type Network } from './connections.ts';
import { EgressError, type Answer, type Egress, type Sending } from './egress.ts';
import { failureOf } from './failure.ts';
import { exceptedHosts, namedHosts } from './hosts.ts';
import { targetOf, type Rules, type Target } from './target.ts';
import { withinTime, type Ended } from './timelimit.ts';

export interface EgressSettings {
  /** Hosts, each perhaps with a port, that may be asked over plain http and at addresses of inner networks. */
  readonly allow: readonly string[];
  /** URL of an http or https proxy, perhaps with a login; empty: none. */
  readonly proxy: string;
  /** What is reached without it, in the form of NO_PROXY. */
  readonly noProxy: readonly string[];
  /** Certificate authorities to trust, PEM; absent: Node's own. */
  readonly authorities?: readonly string[];
  /** For a request as a whole: resolving, connecting, sending and reading. */
  readonly timeoutMs: number;
}

/** An Egress that holds connections open. */
export interface OpenEgress extends Egress {
  /** Why no request to a URL would be sent, as far as its text tells; it names the host alone. */
  refusal(url: string): string | undefined;
  /** Ends every connection at once; what is under way rejects. */
  close(): Promise<void>;
}

/** Names are resolved as the machine does it, its hosts file and search domains included. */
const theNetwork: Network = { resolve: (host) => lookup(host, { all: true }), reachOf };

/** What is larger is a mistake of ours: every provider has far lower limits. */
const sentLimit = 256 * 1024;
const readLimit = 64 * 1024;

/** Sent where the caller says nothing else: some firewalls refuse requests that do not say who they are of. */
const usualHeaders = { 'user-agent': 'tekton-approvals', 'accept-encoding': 'identity' };

/**
 * The only way out for HTTP requests. It checks where each goes, resolves a name once and connects to the address that
 * was checked, checks every certificate, follows no redirect, and holds limits of time and size.
 */
export function createEgress(settings: EgressSettings, network: Network = theNetwork): OpenEgress {
  const { allow, noProxy, timeoutMs } = settings;
  const proxy = settings.proxy === '' ? undefined : new URL(settings.proxy);
  const excepted = exceptedHosts(noProxy);
  const rules: Rules = {
    allowed: namedHosts(allow),
    proxied: (host, port) => proxy !== undefined && !excepted(host, port),
  };
  const connections = openConnections({ ...settings, ...network, proxy });
  return {
    async post(sending) {
      const aim = targetOf(sending.url, rules);
      if (!aim.ok) throw new EgressError('refused', aim.why);
      const why = unfit(sending, aim.target);
      if (why !== undefined) throw new EgressError('refused', why);
      const agent = connections.by(aim.target.route);
      return raced({ timeoutMs, host: aim.target.host, signal: sending.signal }, (signal) =>
        exchange(agent, aim.target, { ...sending, signal }),
      );
    },
    refusal(url) {
      const aim = targetOf(url, rules);
      return aim.ok ? undefined : aim.why;
    },
    close: connections.close,
  };
}

/** What is wrong with a request besides its URL. */
function unfit({ headers, body }: Sending, { host }: Target): string | undefined {
  if (Object.keys(headers).some((name) => name.toLowerCase() === 'host'))
    return `the headers of the request to ${host} name a host of their own`;
  if (Buffer.byteLength(body) > sentLimit)
    return `the request to ${host} is larger than ${String(sentLimit / 1024)} KiB`;
  return undefined;
}

interface Limits {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly host: string;
}

/**
 * Rejects as soon as the time is over or the signal says so, whatever is being waited for: undici hears of it only
 * once there is a connection, and resolving a name cannot be stopped at all.
 */
async function raced<T>(
  { timeoutMs, signal, host }: Limits,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const sentences = {
    late: `no whole answer from ${host} within ${String(timeoutMs)} ms`,
    stopped: `the request to ${host} was stopped`,
  };
  const reasonFor = (ended: Ended): EgressError => new EgressError('timeout', sentences[ended]);
  return withinTime({ ms: timeoutMs, signal, reasonFor }, async (ends) => {
    try {
      ends.throwIfAborted();
      return await Promise.race([rejectionAt(ends), run(ends)]);
    } catch (error) {
      throw failureOf(ends.aborted ? ends.reason : error, host);
    }
  });
}

function rejectionAt(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('ended')), { once: true });
  });
}

async function exchange(agent: Dispatcher, { url }: Target, sending: Sending): Promise<Answer> {
  const given = Object.entries(sending.headers).map(([name, value]) => [name.toLowerCase(), value]);
  const { statusCode, headers, body } = await agent.request({
    origin: url.origin,
    path: `${url.pathname}${url.search}`,
    method: 'POST',
    headers: { ...usualHeaders, ...Object.fromEntries(given) },
    body: sending.body,
    signal: sending.signal ?? null,
  });
  return { status: statusCode, headers: joined(headers), body: await beginning(body) };
}

function joined(headers: Readonly<Record<string, string | string[] | undefined>>): Answer['headers'] {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]),
  );
}

/** The text of a body up to the limit. Leaving the loop early closes the connection: the rest is not read. */
async function beginning(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= readLimit) break;
  }
  // A character that the limit cuts in two is left out.
  return new TextDecoder().decode(Buffer.concat(chunks).subarray(0, readLimit), { stream: true });
}
