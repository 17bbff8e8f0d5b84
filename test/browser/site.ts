import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

import { assetFiles } from '../../src/web/assets/assets.ts';
import { securityHeaders } from '../../src/web/headers.ts';
import { samples } from '../../src/web/pages/fixture.ts';
import { renderPage } from '../../src/web/pages/page.tsx';

/** Serves every sample page under its name, with the headers of the real server, and keeps what is posted. */
export interface Site {
  readonly url: string;
  /** Forms that were sent, oldest first. */
  readonly posted: URLSearchParams[];
  close(): Promise<void>;
}

export async function startSite(): Promise<Site> {
  const posted: URLSearchParams[] = [];
  const server = createServer((request, response) => {
    answer(request, response, posted).catch((error: unknown) => response.destroy(error as Error));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${String(address.port)}`,
    posted,
    async close() {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  posted: URLSearchParams[],
): Promise<void> {
  for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
  const asset = assetFiles.find(({ path }) => path === request.url);
  if (asset !== undefined) {
    response.writeHead(200, { 'Content-Type': asset.type }).end(asset.body);
    return;
  }
  if (request.method === 'POST') posted.push(new URLSearchParams(await text(request)));
  const name = request.method === 'POST' ? 'recorded' : (request.url ?? '').slice(1);
  const { page, status } = samples[name] ?? { page: { kind: 'notFound' } };
  const rendered = renderPage(page, { base: '', ...(status !== undefined && { status }) });
  // Without Refresh: what a test looks at must not leave by itself.
  response.writeHead(rendered.status, { 'Content-Type': 'text/html; charset=utf-8' }).end(rendered.html);
}
