import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { text } from 'node:stream/consumers';

/** A request as it arrived. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The name that the client gave in TLS; undefined in clear, false where it gave none. */
  readonly servername: string | false | undefined;
}

export interface ReceiverOptions {
  /** Certificate, key and what else TLS needs; absent: plain http. */
  readonly tls?: ServerOptions;
  /** Absent: 200 and `ok`. */
  readonly answer?: (response: ServerResponse, received: Received) => void;
}

/** A real HTTP server on 127.0.0.1 that keeps what it is sent. */
export interface Receiver {
  readonly port: number;
  readonly received: readonly Received[];
  /** Connections that were made in all, and those that are open. */
  readonly connections: () => { readonly made: number; readonly open: number };
  readonly close: () => Promise<void>;
}

export async function startReceiver({ tls, answer = ok }: ReceiverOptions = {}): Promise<Receiver> {
  const received: Received[] = [];
  const open = new Set<Socket>();
  let made = 0;
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url: path = '', headers } = request;
    const { servername } = request.socket as Partial<TLSSocket>;
    const one = { method, path, headers, body: await text(request), servername: servername ?? undefined };
    received.push(one);
    answer(response, one);
  };
  // It fails where the client goes away while it sends.
  const listener = (request: IncomingMessage, response: ServerResponse): void =>
    void take(request, response).catch(() => undefined);
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  server.on('connection', (socket: Socket) => {
    made += 1;
    open.add(socket.on('close', () => open.delete(socket)).on('error', () => undefined));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    received,
    connections: () => ({ made, open: open.size }),
    close: async () => {
      for (const socket of open) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function ok(response: ServerResponse): void {
  response.end('ok');
}
