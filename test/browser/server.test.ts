import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { ann, bob, FakeCluster } from '../fakes/fake-cluster.ts';
import { startWeb, stopWeb } from '../../src/web/server.ts';
import { freePorts } from '../control-plane/ports.ts';
import { launchBrowser } from './browser.ts';

/** The real server in a real browser: what only a browser can prove about cookies, origins, referrers and frames. */

let browser: Browser;
let web: Server;
let elsewhere: Server;
let cluster: FakeCluster;
let baseUrl: string;
/** The Referer of every request that our server got. */
let referers: string[];
/** What the page of another site shows. */
let foreignPage = '';
let foreignUrl: string;

beforeAll(async () => {
  browser = await launchBrowser();
  elsewhere = createServer((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html' }).end(foreignPage);
  });
  await once(elsewhere.listen(0, '127.0.0.1'), 'listening');
  foreignUrl = `http://127.0.0.1:${String((elsewhere.address() as AddressInfo).port)}/`;
});

afterAll(async () => {
  await browser?.close();
  elsewhere?.closeAllConnections();
  elsewhere?.close();
});

beforeEach(async () => {
  const [port = 0] = await freePorts(1);
  baseUrl = `http://localhost:${String(port)}`;
  cluster = new FakeCluster();
  web = await startWeb({ deps: cluster.deps(baseUrl), host: '127.0.0.1', port });
  referers = [];
  web.on('request', ({ headers }: IncomingMessage) => {
    if (headers.referer !== undefined) referers.push(headers.referer);
  });
});

afterEach(async () => {
  await stopWeb(web);
});

async function visitor(javaScriptEnabled = true): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, javaScriptEnabled });
  return context.newPage();
}

/** Opens a link by a click in a mail program of another site. */
async function clickInMail(page: Page, path: string): Promise<void> {
  foreignPage = `<title>Mail</title><a href="${baseUrl}${path}">Open the request</a>`;
  await page.goto(foreignUrl);
  await page.getByRole('link', { name: 'Open the request' }).click();
}

async function heading(page: Page): Promise<string> {
  return (await page.getByRole('heading', { level: 1 }).textContent()) ?? '';
}

describe.each([
  ['with', true],
  ['without', false],
])('%s JavaScript', (_with, javaScriptEnabled) => {
  test.each([
    ['Approve', 'approve'],
    ['Reject', 'reject'],
  ] as const)('a click in a mail, then %s by keyboard alone', async (label, decision) => {
    cluster.addTask();
    const page = await visitor(javaScriptEnabled);
    await clickInMail(page, cluster.link(ann));
    expect(page.url()).toMatch(/\/form\/[\w-]+$/u);
    await page.getByRole('textbox', { name: 'Comment' }).focus();
    await page.keyboard.type('Seen by me.');
    do await page.keyboard.press('Tab');
    while ((await page.locator(':focus').textContent()) !== label);
    await page.keyboard.press('Enter');
    await page.getByRole('status').waitFor();
    expect(await page.getByRole('status').textContent()).toContain('was counted');
    expect(cluster.created.map(({ spec }) => [spec.decision, spec.comment])).toEqual([
      [decision, 'Seen by me.'],
    ]);
    await page.context().close();
  });
});

test('link-7: no Referer holds a token, wherever a link leads', async () => {
  cluster.addTask();
  const live = cluster.link(ann);
  const revoked = cluster.link(bob);
  const page = await visitor();
  await clickInMail(page, live);
  await page.getByRole('button', { name: 'Approve' }).waitFor();
  cluster.patchStatus({ linkGeneration: 1 });
  await clickInMail(page, revoked);
  expect(page.url()).toContain('/l/');
  await page.getByRole('button', { name: 'Mail me a new link' }).click();
  await page.getByRole('status').waitFor();
  expect(cluster.mails).toEqual([{ task: 'release-approve', entry: bob }]);
  await page.goto(`${baseUrl}/l/v1.k1.forged.forged`);
  expect(referers.length).toBeGreaterThan(0);
  expect(referers.filter((referer) => referer.includes('/l/'))).toEqual([]);
  await page.context().close();
});

test('a double click on a button is one answer', async () => {
  cluster.addTask();
  cluster.judging = false;
  const page = await visitor();
  await clickInMail(page, cluster.link(ann));
  await page.getByRole('button', { name: 'Approve' }).dblclick();
  await expect.poll(async () => heading(page), { timeout: 30_000 }).toContain('not yet counted');
  expect(cluster.created).toHaveLength(1);
  await page.context().close();
});

test('recorded, not yet counted: the page finds the verdict without a script', async () => {
  cluster.addTask();
  cluster.judging = false;
  const page = await visitor(false);
  await clickInMail(page, cluster.link(ann));
  await page.getByRole('button', { name: 'Approve' }).click();
  await expect.poll(async () => heading(page), { timeout: 30_000 }).toContain('not yet counted');
  cluster.judge();
  await expect.poll(async () => heading(page), { timeout: 60_000 }).toBe('Approved');
  await page.context().close();
});

test('H27: another site can neither frame the form nor keep a hand on it as a popup', async () => {
  cluster.addTask();
  const page = await visitor();
  const context = page.context();
  await clickInMail(page, cluster.link(ann));
  const form = page.url();
  foreignPage = `<title>Other</title><iframe src="${form}"></iframe>`;
  await page.goto(foreignUrl);
  expect(page.frames()).toHaveLength(2);
  expect(page.frames().map((frame) => frame.url())).not.toContain(form);
  foreignPage = `<title>Other</title><button onclick="opened = window.open('${form}')">Open</button>`;
  await page.goto(foreignUrl);
  const popup = context.waitForEvent('page');
  await page.getByRole('button', { name: 'Open' }).click();
  await (await popup).getByRole('button', { name: 'Approve' }).waitFor();
  await expect.poll(() => page.evaluate('opened.closed'), { timeout: 30_000 }).toBe(true);
  await context.close();
});

test('H2: a form of another site, sent from a browser that has a session, changes nothing', async () => {
  cluster.addTask();
  const page = await visitor();
  await clickInMail(page, cluster.link(ann));
  const field = async (name: string): Promise<string> =>
    `<input name="${name}" value="${(await page.locator(`input[name="${name}"]`).getAttribute('value')) ?? ''}">`;
  const stolen = `${await field('csrf')}${await field('nonce')}<input name="decision" value="approve">`;
  foreignPage = `<title>Other</title><form method="post" action="${page.url()}">${stolen}<button>Win</button></form>`;
  await page.goto(foreignUrl);
  const answer = page.waitForResponse((response) => response.request().method() === 'POST');
  await page.getByRole('button', { name: 'Win' }).click();
  expect((await answer).status()).toBe(403);
  expect(cluster.created).toEqual([]);
  await page.context().close();
});
