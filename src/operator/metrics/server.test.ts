import type { Server } from 'node:http';
import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';
import { startMetricsServer, stopMetricsServer } from './server.ts';

let server: Server;
let lines: string[];
afterEach(async () => stopMetricsServer(server));

/** A server on any free port, and its address. */
async function serve(text: () => Promise<string>): Promise<string> {
  lines = [];
  const log = pino({}, { write: (line: string) => lines.push(line) });
  const scrape = { contentType: 'text/plain; version=0.0.4; charset=utf-8', text };
  server = await startMetricsServer({ host: '127.0.0.1', port: 0, scrape, log });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it does not listen');
  return `http://127.0.0.1:${String(address.port)}`;
}

test('it answers GET /metrics in the format of Prometheus, to be kept by nobody', async () => {
  const url = await serve(async () => 'up 1\n');
  for (const path of ['/metrics', '/metrics?debug=1']) {
    const answer = await fetch(url + path);
    expect([answer.status, await answer.text()]).toEqual([200, 'up 1\n']);
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(answer.headers.get('cache-control')).toBe('no-store');
  }
});

test.each([
  ['GET', '/', 404],
  ['GET', '/metrics/', 404],
  ['GET', '/metrics/../metrics%00', 404],
  ['GET', '/readyz', 404],
  ['POST', '/metrics', 405],
  ['PUT', '/metrics', 405],
  ['DELETE', '/', 404],
])('%s %s is answered with %i and puts nothing together', async (method, path, status) => {
  const url = await serve(async () => {
    throw new Error('nobody asked for metrics');
  });
  const answer = await fetch(url + path, { method });
  expect([answer.status, answer.headers.get('allow')]).toEqual([status, status === 405 ? 'GET' : null]);
  expect(lines).toEqual([]);
});

test('who asks while an answer is being made is given the same one, and the next a new one', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  let made = 0;
  const url = await serve(async () => {
    made += 1;
    const mine = made;
    await promise;
    return `made ${String(mine)}\n`;
  });
  const asked = Array.from({ length: 5 }, async () => (await fetch(`${url}/metrics`)).text());
  const counted = new Promise<void>((done) => {
    let seen = 0;
    server.on('request', () => {
      seen += 1;
      if (seen === 5) done();
    });
  });
  await counted;
  resolve();
  expect(new Set(await Promise.all(asked))).toEqual(new Set(['made 1\n']));
  expect(await (await fetch(`${url}/metrics`)).text()).toBe('made 2\n');
});

test('where the metrics cannot be put together it says so without the reason, and logs it', async () => {
  const url = await serve(async () => {
    throw new Error('secret reason');
  });
  const answer = await fetch(`${url}/metrics`);
  expect([answer.status, await answer.text()]).toEqual([500, 'failed\n']);
  expect(lines.join()).toContain('secret reason');
});

test('it bounds headers, time and connections', async () => {
  const url = await serve(async () => 'up 1\n');
  expect((await fetch(`${url}/metrics`, { headers: { 'x-large': 'x'.repeat(10_000) } })).status).toBe(431);
  const { requestTimeout, headersTimeout, maxConnections } = server;
  expect({ requestTimeout, headersTimeout, maxConnections }).toEqual({
    requestTimeout: 5_000,
    headersTimeout: 5_000,
    maxConnections: 32,
  });
});

test('a port that is taken is an error', async () => {
  const url = await serve(async () => '');
  const port = Number(new URL(url).port);
  const scrape = { contentType: '', text: async () => '' };
  await expect(
    startMetricsServer({ host: '127.0.0.1', port, scrape, log: pino({ level: 'silent' }) }),
  ).rejects.toThrow('EADDRINUSE');
});
