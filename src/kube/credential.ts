import { createHash } from 'node:crypto';
import type { AgentOptions, RequestOptions } from 'node:https';
import type { ConnectionOptions } from 'node:tls';
import type { DispatcherOptions, KubeConfig } from '@kubernetes/client-node';
import { Agent, ProxyAgent } from 'undici';
import type { Dispatcher } from 'undici';
import type { ActingUser } from './kubeconfigentry.ts';

/** Everything one request needs to reach the API server as ourselves. */
export interface Credential {
  /** URL of the API server without a slash at its end. */
  readonly server: string;
  /** Authorization, impersonation. May change while the connection stays. */
  readonly headers: Headers;
  /** Same id, same connection: a hash of server, proxy, CA, certificate and key. */
  readonly id: string;
  readonly dispatcherOptions: DispatcherOptions;
  /** Whether HTTP/2 can carry the headers: undici joins the values of one name there, and a group's name may hold a comma. */
  readonly fitsHttp2: boolean;
}

type Headers = Record<string, string | string[]>;

/**
 * Reads the credential anew, as it must be for each request: token and CA files of a Pod are replaced in place, an
 * exec plugin hands out short-lived ones. (client-node reads a token file once a minute, runs a plugin on expiry;
 * identity.ts forgets both where they are refused.)
 */
export async function readCredential(config: KubeConfig): Promise<Credential> {
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error('the kubeconfig names no cluster');
  const tls: RequestOptions & AgentOptions = {};
  await config.applyToHTTPSOptions(tls);
  const dispatcherOptions = config.createDispatcherOptions(cluster, tls);
  const id = createHash('sha256')
    .update(JSON.stringify([cluster.server, cluster.proxyUrl, tls.servername, tls.rejectUnauthorized]))
    .update(bytes(tls.ca))
    .update(bytes(tls.cert))
    .update(bytes(tls.key))
    .digest('base64');
  const user: ActingUser | null = config.getCurrentUser();
  const headers = { ...headersOf(tls), ...user?.impersonation } as Headers;
  const file: unknown = user?.authProvider?.config?.['tokenFile'];
  if (typeof file === 'string' && !/\S+ \S/.test(String(headers['authorization'] ?? ''))) {
    // Without one we would be nobody, and be told that we lack rights.
    throw new Error(`the token file ${file} is empty`);
  }
  const fitsHttp2 = !Object.values(headers).some(Array.isArray);
  return { server: cluster.server.replace(/\/$/, ''), headers, id, dispatcherOptions, fitsHttp2 };
}

/** A pool of connections for that credential; HTTP/2 is negotiated (ALPN) unless switched off. */
export function openDispatcher(options: DispatcherOptions, allowHttp2: boolean): Dispatcher {
  const pool = {
    allowH2: allowHttp2,
    // Deadlines are ours (call.ts): undici's own would cut a quiet watch.
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 30_000,
  };
  if (options.type === 'socks') {
    throw new Error('a SOCKS proxy-url in the kubeconfig is not supported: use an HTTP proxy');
  }
  if (options.type === 'proxy') {
    return new ProxyAgent({ ...pool, uri: options.uri, requestTls: materialOf(options.requestTls) });
  }
  const material = options.type === 'agent' ? materialOf(options.connect) : {};
  return new Agent({
    ...pool,
    connect: { ...material, timeout: 10_000, keepAlive: true, keepAliveInitialDelay: 30_000 },
  });
}

/** What identifies either side; the rest of tls.connect's options is not the kubeconfig's business. */
type Material = Pick<
  ConnectionOptions,
  'ca' | 'cert' | 'key' | 'pfx' | 'passphrase' | 'rejectUnauthorized' | 'servername'
>;

function materialOf(tls: Material): Material {
  const { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername } = tls;
  const all = { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername };
  // undici checks the mere presence of some of these.
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** With its length, so that no two materials run into one another. Taken as it is: this is done for each request. */
function bytes(material: RequestOptions['ca' | 'key'] = ''): string {
  const text = Buffer.isBuffer(material)
    ? material.toString('latin1')
    : typeof material === 'string'
      ? material
      : JSON.stringify(material);
  return `${String(text.length)}\0${text}`;
}

function headersOf(tls: RequestOptions): Record<string, string> {
  const headers: Record<string, string> = {};
  if (tls.auth) headers['authorization'] = `Basic ${Buffer.from(tls.auth).toString('base64')}`;
  for (const [name, value] of Object.entries(tls.headers ?? {})) {
    // A token file that ends in a newline would make an invalid header.
    headers[name.toLowerCase()] = String(value).trim();
  }
  return headers;
}
