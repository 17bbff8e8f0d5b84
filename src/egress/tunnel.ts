import type { Socket } from 'node:net';
import { callbackify } from 'node:util';
import { Pool, type buildConnector } from 'undici';
import { EgressError } from './egress.ts';
import { codeOf } from './failure.ts';

type Connector = buildConnector.connector;

/** Ways through one proxy. */
export interface Tunnels {
  readonly connect: Connector;
  /** Ends what waits for the proxy; connections that were made are their users' to end. */
  readonly close: () => Promise<void>;
}

/**
 * Connections through an http or https proxy, by CONNECT (RFC 9110, 9.3.6) also for plain http, so that the proxy never
 * sees path, query or body. `open` connects to the proxy itself, and makes TLS inside the tunnel.
 */
export function openTunnels(proxy: URL, open: Connector, timeoutMs: number): Tunnels {
  const pool = new Pool(proxy.origin, {
    // The host of the request is where it goes; the name to be proven here is the proxy's own.
    connect: (options, done) => open({ ...options, servername: '' }, done),
    allowH2: false,
    headersTimeout: timeoutMs,
  });
  const login = authorization(proxy);
  const enter = callbackify((options: buildConnector.Options) => tunnel(pool, options, login));
  return {
    connect: (options, done) => {
      enter(options, (error, httpSocket) => {
        if (error !== null) done(error, null);
        else if (options.protocol === 'https:') open({ ...options, httpSocket }, done);
        else done(null, httpSocket);
      });
    },
    close: () => pool.destroy(),
  };
}

/** Rejects with an EgressError alone: undici would try again for ever after some errors of its own. */
async function tunnel(
  pool: Pool,
  { hostname, protocol, port }: buildConnector.Options,
  login: Readonly<Record<string, string>>,
): Promise<Socket> {
  const host = hostname.includes(':') ? `[${hostname}]` : hostname;
  const path = `${host}:${port === '' ? defaultPort(protocol) : port}`;
  const { socket, statusCode } = await pool
    .connect({ path, headers: { host: path, ...login } })
    .catch((error: unknown) => {
      throw new EgressError('unreachable', `no connection to the proxy (${codeOf(error) || 'no code'})`);
    });
  if (statusCode >= 200 && statusCode < 300) return socket as Socket;
  socket.on('error', () => undefined).destroy();
  throw new EgressError(
    'unreachable',
    `the proxy makes no connection to ${hostname} (status ${String(statusCode)})`,
  );
}

function defaultPort(protocol: string): string {
  return protocol === 'https:' ? '443' : '80';
}

/** The login in the proxy's URL, as RFC 7617 has it. */
function authorization({ username, password }: URL): Readonly<Record<string, string>> {
  if (username === '' && password === '') return {};
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(login, 'utf8').toString('base64')}` };
}
