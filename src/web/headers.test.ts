import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSite, type Answered, type FakeSite } from '../../test/fakes/fake-browser.ts';
import { FakeCluster } from '../../test/fakes/fake-cluster.ts';
import { assetFiles } from './assets/assets.ts';
import { routes } from './router.ts';

const expected: Record<string, string> = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'same-origin',
  'x-robots-tag': 'noindex, nofollow',
  'strict-transport-security': 'max-age=31536000',
};

function expectHeaders(answer: Answered): void {
  const { 'x-powered-by': poweredBy, server } = answer.headers;
  expect(answer.headers).toMatchObject(expected);
  expect([poweredBy, server]).toEqual([undefined, undefined]);
}

let site: FakeSite;

beforeAll(async () => {
  site = await startSite();
  site.cluster.addTask();
});

afterAll(async () => site.close());

/** An address for each route, its parameters filled with something. */
const paths = routes.map(({ path }) => path.replaceAll(/[:*]\w+/gu, 'x'));

describe('link-8, H27: the security headers are on every response', () => {
  it.each([...paths, '/', '/no/such/page', '/l/%', '/%2e%2e/x'])('%s, whatever the method', async (path) => {
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE']) {
      const answer = await site.browser().send(path, { method });
      expectHeaders(answer);
    }
  });

  it('H27: a link, its form, an answer and what follows', async () => {
    const browser = site.browser();
    expectHeaders(await browser.get(site.cluster.link()));
    const form = await browser.open(site.cluster.link());
    expectHeaders(form);
    expectHeaders(await browser.answer(form, { csrf: '' }));
    expectHeaders(await browser.answer(form, { comment: 'x'.repeat(20_000) }));
    expectHeaders(await browser.answer(form, {}, { headers: { 'Content-Type': 'text/plain' } }));
    expectHeaders(await browser.answer(form, {}, { headers: { 'Sec-Fetch-Site': 'cross-site' } }));
    expectHeaders(await browser.answer(form));
  });

  it('an unknown host', async () => {
    expectHeaders(await site.browser().get('/', { Host: 'evil.example' }));
  });

  it('but plain http is never told to come by https', async () => {
    const local = await startSite(site.cluster, 'http://localhost:8080');
    const answer = await local.browser().get('/');
    await local.close();
    expect(answer.headers['strict-transport-security']).toBeUndefined();
    expect(answer.headers['content-security-policy']).not.toContain('upgrade-insecure-requests');
  });

  it('our own failure, which shows no trace of itself', async () => {
    const cluster = new FakeCluster();
    const broken = await startSite(cluster);
    cluster.addTask();
    const link = cluster.link();
    cluster.tasks.clear();
    cluster.outage = new Error('secret detail of /work at 10.0.0.1');
    const answer = await broken.browser().get(link);
    await broken.close();
    expectHeaders(answer);
    expect(answer.status).toBe(503);
    expect(answer.body).not.toMatch(/secret detail|10\.0\.0\.1|node_modules|\.ts:/);
  });

  it('what is no HTTP at all, and headers of more than 16 KiB', async () => {
    for (const [sent, status] of [
      ['nonsense\r\n\r\n', 400],
      [`GET / HTTP/1.1\r\nHost: approvals.example\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
      [`GET / HTTP/1.1\r\n${'A: b\r\n'.repeat(100_000)}\r\n`, 431],
    ] as const) {
      const text = await raw(sent);
      expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${String(status)} `));
      for (const [name, value] of Object.entries(expected))
        expect(text.toLowerCase()).toContain(`${name}: ${value}`.toLowerCase());
    }
  });
});

async function raw(sent: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(site.port, '127.0.0.1', () => socket.write(sent));
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString('utf8')));
    socket.on('error', () => resolve(text));
    socket.on('close', () => resolve(text));
  });
}

describe('a request that does not fit its address', () => {
  it.each(routes.map((route) => ({ path: route.path, post: 'post' in route })))(
    '$path: 405 that names what is taken',
    async ({ path, post }) => {
      const address = path.replaceAll(/[:*]\w+/gu, 'x');
      const allow = post ? 'GET, HEAD, POST' : 'GET, HEAD';
      for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS', ...(post ? [] : ['POST'])]) {
        const answer = await site.browser().send(address, { method });
        expect([method, answer.status, answer.headers.allow]).toEqual([method, 405, allow]);
      }
    },
  );

  it.each([
    'evil.example',
    'approvals.example.evil',
    'approvals.example:8443',
    'approvals.example@evil.example',
    'approvals.example/evil',
    '127.0.0.1',
    '',
  ])('under the host %j: 421', async (host) => {
    const answer = await site.browser().get(site.cluster.link(), { Host: host });
    expect(answer.status).toBe(421);
    expect(answer.headers['set-cookie']).toBeUndefined();
  });

  it.each(['approvals.example', 'APPROVALS.example', 'approvals.example:443'])(
    'is none under the host %s, which is ours',
    async (host) => {
      expect((await site.browser().get(site.cluster.link(), { Host: host })).status).toBe(303);
    },
  );
});

describe('a server on this very machine', () => {
  it.each([
    ['localhost:8080', 404],
    ['127.0.0.1:8080', 404],
    ['[::1]:8080', 404],
    ['127.0.0.1:8081', 421],
    ['127.0.0.1', 421],
    ['rebound.example:8080', 421],
    ['0.0.0.0:8080', 421],
  ])('asked under %s answers %i', async (host, status) => {
    const local = await startSite(site.cluster, 'http://localhost:8080');
    expect((await local.browser().get('/', { Host: host })).status).toBe(status);
    await local.close();
  });
});

describe('the files of the pages', () => {
  it.each(assetFiles)('$path is what it says it is', async ({ path, type, body }) => {
    const answer = await site.browser().get(path);
    expect([answer.status, answer.headers['content-type'], answer.body]).toEqual([200, type, body]);
  });
});

describe('H37: without signing keys', () => {
  it('H37: no page is served and nothing recorded, and it says to come again', async () => {
    const cluster = new FakeCluster();
    cluster.addTask();
    const link = cluster.link();
    const starting = await startSite(cluster);
    cluster.keys = undefined;
    for (const path of [link, '/form/x', '/a/shop/release-approve']) {
      const answer = await starting.browser().get(path);
      expect(answer.status).toBe(503);
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
      expectHeaders(answer);
    }
    await starting.close();
  });
});
