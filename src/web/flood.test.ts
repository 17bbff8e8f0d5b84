import { connect, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startSite, type FakeBrowser, type FakeSite } from '../../test/fakes/fake-browser.ts';
import type { FakeCluster } from '../../test/fakes/fake-cluster.ts';
import { Buckets } from './bucket.ts';
import { bucketsKept, rates, webLimits } from './limits.ts';

let site: FakeSite;
let cluster: FakeCluster;
let browser: FakeBrowser;

beforeEach(async () => {
  site = await startSite();
  ({ cluster } = site);
  cluster.addTask();
  browser = site.browser();
});

afterEach(async () => site.close());

/** Everything that an address may ask for without proof, at once. */
async function flood(): Promise<number[]> {
  const statuses: number[] = [];
  for (let sent = 0; sent < rates.stranger.burst + 200; sent += 50) {
    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_nothing, index) =>
        site.browser().get(`/l/v1.k1.${String(sent + index)}.x`),
      ),
    );
    statuses.push(...answers.map(({ status }) => status));
  }
  return statuses;
}

describe('H36: a flood of random links', () => {
  it('H36: is told to come again later, while a legitimate answer from the same address is taken', async () => {
    const statuses = await flood();
    expect(new Set(statuses)).toEqual(new Set([404, 429]));
    const refused = await site.browser().get('/l/x');
    expect(refused.status).toBe(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    const form = await browser.open(cluster.link());
    expect(form.status).toBe(200);
    expect((await browser.answer(form)).body).toContain('was counted');
  });

  it('ends when time passes', async () => {
    await flood();
    cluster.now += 60_000;
    expect((await site.browser().get('/l/x')).status).toBe(404);
  });

  it('link-12: never blocks the first answer, however often the link was opened before', async () => {
    const link = cluster.link();
    const form = await browser.open(link);
    const statuses = new Set<number>();
    for (let sent = 0; sent < rates.looks.burst + 100; sent += 50) {
      const answers = await Promise.all(Array.from({ length: 50 }, async () => site.browser().get(link)));
      for (const { status } of answers) statuses.add(status);
    }
    expect(statuses).toEqual(new Set([303, 429]));
    expect((await browser.answer(form)).body).toContain('was counted');
  });

  it('link-12: answers with one link are limited, too', async () => {
    cluster.addTask({ commentRequired: 'always' });
    const form = await browser.open(cluster.link());
    const statuses: number[] = [];
    for (let sent = 0; sent <= rates.answers.burst; sent += 1)
      statuses.push((await browser.answer(form, { comment: '' })).status);
    expect(statuses.at(-1)).toBe(429);
    const colleague = site.browser();
    const other = await colleague.open(cluster.link('bob@example.com'));
    expect((await colleague.answer(other, { comment: 'seen' })).status).toBe(200);
  });
});

describe('H36: what limits remember', () => {
  it('H36: is bounded, whoever asks', () => {
    const buckets = new Buckets({ burst: 1, everyMs: 1_000 });
    for (let peer = 0; peer < 3 * bucketsKept; peer += 1) buckets.take(String(peer), 0);
    expect(buckets.size).toBe(bucketsKept);
    expect(buckets.take(String(3 * bucketsKept - 1), 0).ok).toBe(false);
  });

  it('forgets those first who were not seen for longest', () => {
    const buckets = new Buckets({ burst: 1, everyMs: 1_000 });
    buckets.take('steady', 0);
    for (let peer = 0; peer < 2 * bucketsKept; peer += 1) {
      buckets.take(String(peer), 0);
      if (peer % 100 === 0) buckets.take('steady', 0);
    }
    expect(buckets.take('steady', 0).ok).toBe(false);
  });

  it('fills up evenly, and says when the next one is due', () => {
    const buckets = new Buckets({ burst: 2, everyMs: 10_000 });
    expect([buckets.take('a', 0).ok, buckets.take('a', 0).ok]).toEqual([true, true]);
    expect(buckets.take('a', 1_000)).toEqual({ ok: false, retryAfterSeconds: 9 });
    expect(buckets.take('b', 1_000).ok).toBe(true);
    expect(buckets.take('a', 10_000).ok).toBe(true);
    expect(buckets.take('a', 10_000).ok).toBe(false);
    expect([buckets.take('a', 1e9).ok, buckets.take('a', 1e9).ok, buckets.take('a', 1e9).ok]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('holds nothing against anybody when the clock steps back', () => {
    const buckets = new Buckets({ burst: 2, everyMs: 1_000 });
    buckets.take('a', 1_000_000);
    expect(buckets.take('a', 0).ok).toBe(true);
    expect(buckets.take('a', 1_000).ok).toBe(true);
  });

  it('is as small for keys that strangers made long', () => {
    const buckets = new Buckets({ burst: 1, everyMs: 1_000 });
    const before = heapInUse();
    for (let count = 0; count < bucketsKept; count += 1)
      buckets.take(Buffer.from(String(count).padEnd(12_000, 'x')).toString('latin1'), 0);
    expect(heapInUse() - before).toBeLessThan(20_000_000);
    expect(buckets.size).toBe(bucketsKept);
  });
});

/** Bytes that are reachable: garbage is collected first. */
function heapInUse(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

describe('H36: a slow or greedy client', () => {
  it('H36: that never ends its headers, or its body, is cut off', async () => {
    const { headersTimeout, requestTimeout, maxConnections } = site.server;
    expect(headersTimeout).toBe(webLimits.headersTimeoutMs);
    expect(requestTimeout).toBe(webLimits.requestTimeoutMs);
    expect(maxConnections).toBe(webLimits.connections);
    site.server.headersTimeout = 200;
    site.server.requestTimeout = 400;
    const slow = [
      'GET / HTTP/1.1\r\nHost: approvals.example\r\nX: ',
      'POST /form/x HTTP/1.1\r\nHost: approvals.example\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\ncomment=',
    ];
    const answers = await Promise.all(slow.map(async (beginning) => drip(beginning)));
    for (const answer of answers) expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  });
});

/** Sends a beginning, then one letter after the other, until the server has had enough. */
async function drip(beginning: string): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket: Socket = connect(site.port, '127.0.0.1', () => socket.write(beginning));
    const timer = setInterval(() => socket.write('x'), 50);
    socket.on('data', (chunk) => (text += chunk.toString('utf8')));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      clearInterval(timer);
      resolve(text);
    });
  });
}
