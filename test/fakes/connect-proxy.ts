import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import { connect, type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

export interface ConnectProxyOptions {
  /** The proxy itself is reached by TLS. */
  readonly tls?: ServerOptions;
  /** Where a destination such as `hooks.example.com:443` is; undefined: the proxy refuses it with 403. */
  readonly port: (destination: string) => number | undefined | 'silence';
  /** `user:password` that it wants. */
  readonly login?: string;
}

/** A real HTTP proxy on 127.0.0.1 that knows CONNECT alone, and resolves names to ports of this machine. */
export interface ConnectProxy {
  readonly port: number;
  /** Every CONNECT, the refused ones included. */
  readonly asked: readonly { readonly destination: string; readonly headers: IncomingHttpHeaders }[];
  /** Requests that were sent to the proxy itself, in clear to it. */
  readonly seen: readonly string[];
  readonly close: () => Promise<void>;
}

export async function startConnectProxy(options: ConnectProxyOptions): Promise<ConnectProxy> {
  const asked: { destination: string; headers: IncomingHttpHeaders }[] = [];
  const seen: string[] = [];
  const open = new Set<Duplex>();
  const keep = (socket: Duplex): Duplex => {
    open.add(socket.on('error', () => socket.destroy()).on('close', () => open.delete(socket)));
    return socket;
  };
  const forward: RequestListener = (request, response) => {
    seen.push(request.url ?? '');
    response.writeHead(405).end();
  };
  const server: Server =
    options.tls === undefined ? createServer(forward) : createTlsServer(options.tls, forward);
  server.on('connect', ({ url: destination = '', headers }, socket: Duplex) => {
    asked.push({ destination, headers });
    keep(socket);
    const status = refusal(options, destination, headers);
    const port = options.port(destination);
    if (status !== undefined) socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`);
    else if (typeof port === 'number') join(socket, keep, port);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    seen,
    close: async () => {
      for (const socket of open) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function refusal(
  { login, port }: ConnectProxyOptions,
  destination: string,
  headers: IncomingHttpHeaders,
): string | undefined {
  const wanted = login === undefined ? undefined : `Basic ${Buffer.from(login).toString('base64')}`;
  if (headers['proxy-authorization'] !== wanted) return '407 Proxy Authentication Required';
  return port(destination) === undefined ? '403 Forbidden' : undefined;
}

function join(socket: Duplex, keep: (socket: Duplex) => Duplex, port: number): void {
  const target = keep(connect(port, '127.0.0.1'));
  target.once('connect', () => {
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    socket.pipe(target).pipe(socket);
  });
  target.on('close', () => socket.destroy());
  socket.on('close', () => target.destroy());
}
