import type { LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { callbackify } from 'node:util';
import { Agent, buildConnector, type Dispatcher } from 'undici';
import type { Reach } from './address.ts';
import { EgressError } from './egress.ts';
import type { Route } from './target.ts';
import { openTunnels } from './tunnel.ts';

/** What is around us. */
export interface Network {
  /** All addresses of a name. Rejects, with a code, where there is none. */
  readonly resolve: (host: string) => Promise<readonly Pick<LookupAddress, 'address'>[]>;
  readonly reachOf: (address: string) => Reach;
}

export interface ConnectionSettings extends Network {
  /** Undefined: none. */
  readonly proxy: URL | undefined;
  /** Certificate authorities to trust, PEM; absent: Node's own. */
  readonly authorities?: readonly string[];
  readonly timeoutMs: number;
}

/** Connections of each route, kept for a while after a request. */
export interface Connections {
  readonly by: (route: Route) => Dispatcher;
  /** Ends all of them at once, requests under way included. */
  readonly close: () => Promise<void>;
}

/** Where an address may lead, by the way on which it is connected to. */
const mayReach: Readonly<Record<'guarded' | 'trusted', readonly Reach[]>> = {
  guarded: ['public'],
  trusted: ['public', 'inner'],
};

/** undici's timers come up to half a second early: the limit of a request is to end it before that of its connection. */
const coarseMs = 1_000;

export function openConnections(settings: ConnectionSettings): Connections {
  const { proxy, authorities, timeoutMs } = settings;
  const attemptMs = timeoutMs + coarseMs;
  const options = {
    ...(authorities && { ca: [...authorities] }),
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
    allowH2: false,
    timeout: attemptMs,
    // A resumed session is not asked for its certificate again.
    maxCachedSessions: 0,
    // Node's 250 ms for each address of several are too short for far ones.
    autoSelectFamilyAttemptTimeout: 2_000,
  } as const;
  const network = { ...settings, resolve: onceAtATime(settings.resolve) };
  const guarded = agent(buildConnector({ ...options, lookup: checkedLookup(network, mayReach.guarded) }));
  const trusted = agent(buildConnector({ ...options, lookup: checkedLookup(network, mayReach.trusted) }));
  const tunnels = proxy && openTunnels(proxy, buildConnector(options), attemptMs);
  const proxied = tunnels && agent(tunnels.connect);
  const agents = { guarded, trusted, proxied };
  return {
    by: (route) => agents[route] ?? guarded,
    close: async () => {
      await Promise.all([guarded.destroy(), trusted.destroy(), proxied?.destroy(), tunnels?.close()]);
    },
  };
}

/** Time limits are the request's, as a whole; a connection that is used all the time is made anew now and then. */
function agent(connect: buildConnector.connector): Agent {
  return new Agent({
    connect,
    allowH2: false,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveMaxTimeout: 10_000,
    maxRequestsPerClient: 100,
  });
}

/**
 * Who asks for a name that is being resolved gets the same addresses. Node resolves four names at a time and stops for
 * nobody: one name whose servers do not answer, asked for again with each try, would hold up all others.
 */
function onceAtATime(resolve: Network['resolve']): Network['resolve'] {
  const underWay = new Map<string, ReturnType<Network['resolve']>>();
  return (host) => {
    const known = underWay.get(host);
    if (known !== undefined) return known;
    const found = resolve(host).finally(() => underWay.delete(host));
    underWay.set(host, found);
    return found;
  };
}

/**
 * Resolves a name once and hands on its addresses for Node to connect to, in its way with several. One address that
 * may not be reached refuses the name as a whole: whoever answers with both wants the wrong one to be taken now and then.
 */
function checkedLookup({ resolve, reachOf }: Network, reaches: readonly Reach[]): LookupFunction {
  const find = callbackify(async (host: string): Promise<readonly LookupAddress[]> => {
    const found = (await resolve(host)).map(({ address }) => ({ address, family: isIP(address) }));
    if (found.length === 0) throw new EgressError('unreachable', `the name ${host} has no address`);
    if (found.some(({ address }) => !reaches.includes(reachOf(address)))) throw refused(host, reaches);
    return found;
  });
  return (host, { all }, done) => {
    find(host, (error, found) => {
      if (error !== null) done(error, '');
      else if (all) done(null, [...found]);
      else done(null, found[0]?.address ?? '', found[0]?.family);
    });
  };
}

/** Without the address: what a name is inside the company is nobody's business who only reads a status. */
function refused(host: string, reaches: readonly Reach[]): EgressError {
  const why = reaches.includes('inner')
    ? `${host} has an address to which nothing is ever sent`
    : `${host} has an address that is not on the internet, and egress.allow does not name it`;
  return new EgressError('refused', why);
}
