import { createServer, type Server } from 'node:http';

/** Why the process is not ready; empty: it is. Sentences for the person who reads the probe's answer. */
export type Readiness = () => readonly string[];

export interface ProbeOptions {
  readonly host: string;
  readonly port: number;
  readonly readiness: Readiness;
}

const text = { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' };

/**
 * /livez and /readyz on a port of their own, so that neither the ingress nor the form's rate limits reach them. Live
 * means that the event loop answers; being cut off from the API server is a matter of readiness, which a restart would
 * not mend.
 */
export async function startProbes({ host, port, readiness }: ProbeOptions): Promise<Server> {
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    const problems = path === '/readyz' ? readiness() : [];
    const known = path === '/livez' || path === '/readyz';
    const status = known ? (problems.length > 0 ? 503 : 200) : 404;
    response
      .writeHead(status, text)
      .end(`${status === 200 ? 'ok' : status === 404 ? 'not found' : problems.join('\n')}\n`);
  });
  server.requestTimeout = 5_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return server;
}

/** Ends at once: a probe has nothing to lose. */
export async function stopProbes(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
