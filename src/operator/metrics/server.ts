import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Logger } from 'pino';

/** The metrics as text, and of which kind that is. */
export interface Scrape {
  readonly contentType: string;
  readonly text: () => Promise<string>;
}

export interface MetricsServerOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly scrape: Scrape;
  readonly log: Logger;
}

const limits = { headerBytes: 8_192, requestMs: 5_000, idleMs: 60_000, connections: 32 } as const;

const headers = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' };
const textType = 'text/plain; charset=utf-8';

/**
 * GET /metrics on a port of its own, and nothing else: neither the ingress nor the form's visitors reach it. Who asks
 * while an answer is being made is given the same one.
 */
export async function startMetricsServer({ host, port, scrape, log }: MetricsServerOptions): Promise<Server> {
  const answer = answering(scrape, log);
  const server = createServer(
    {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.requestMs,
      requestTimeout: limits.requestMs,
      connectionsCheckingInterval: 1_000,
      keepAliveTimeout: limits.idleMs,
    },
    (request, response) => void answer(request, response),
  );
  server.maxConnections = limits.connections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return server;
}

/** Ends at once: the next scrape is seconds away anyway. */
export async function stopMetricsServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}

function answering(
  { contentType, text }: Scrape,
  log: Logger,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  let making: Promise<string> | undefined;
  const made = (): Promise<string> => (making ??= text().finally(() => (making = undefined)));
  return async (request, response) => {
    const refusal = refusalOf(request);
    if (refusal !== undefined) {
      const { status, allow } = refusal;
      response.writeHead(status, { ...headers, ...allow, 'Content-Type': textType }).end(refusal.text);
      return;
    }
    try {
      const body = await made();
      response.writeHead(200, { ...headers, 'Content-Type': contentType }).end(body);
    } catch (error) {
      log.error({ err: error }, 'the metrics could not be put together');
      response.writeHead(500, { ...headers, 'Content-Type': textType }).end('failed\n');
    }
  };
}

interface Refusal {
  readonly status: 404 | 405;
  readonly text: string;
  readonly allow?: { readonly Allow: string };
}

function refusalOf({ url = '', method }: IncomingMessage): Refusal | undefined {
  if (url.split('?')[0] !== '/metrics') return { status: 404, text: 'not found\n' };
  if (method !== 'GET') return { status: 405, text: 'not allowed\n', allow: { Allow: 'GET' } };
  return undefined;
}
