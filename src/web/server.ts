import { createServer, STATUS_CODES, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { createBase } from './base.ts';
import type { WebDeps } from './context.ts';
import { securityHeaders } from './headers.ts';
import { webLimits } from './limits.ts';
import { createWeb } from './web.ts';

export interface WebOptions {
  readonly deps: WebDeps;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

/** A server with limits on headers, time and connections: a slow or greedy client costs little. */
function createWebServer(listener: RequestListener, headers: Readonly<Record<string, string>>): Server {
  const server = createServer(
    {
      maxHeaderSize: webLimits.headerBytes,
      headersTimeout: webLimits.headersTimeoutMs,
      requestTimeout: webLimits.requestTimeoutMs,
      keepAliveTimeout: webLimits.keepAliveMs,
      connectionsCheckingInterval: webLimits.timeoutCheckMs,
    },
    listener,
  );
  server.maxConnections = webLimits.connections;
  server.on('clientError', (error, socket) => refuseRaw(error, socket as Socket, headers));
  return server;
}

/** What is no HTTP, too large or too slow gets a bare answer, with the headers that every response has. */
function refuseRaw(
  error: NodeJS.ErrnoException,
  socket: Socket,
  headers: Readonly<Record<string, string>>,
): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const status = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 }[error.code ?? ''] ?? 400;
  const all = Object.entries({ ...headers, Connection: 'close', 'Content-Length': '0' });
  const lines = all.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.end(`HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? ''}\r\n${lines}\r\n`);
}

/** Listens. Rejects where the port is taken. */
export async function startWeb({ deps, host, port }: WebOptions): Promise<Server> {
  const headers = securityHeaders(createBase(deps.settings.baseUrl));
  const server = createWebServer(createWeb(deps), headers);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return server;
}

/** Takes no more connections and lets requests that are under way finish, for a few seconds at most. */
export async function stopWeb(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), webLimits.closeMs);
  await closed;
  clearTimeout(timer);
}
