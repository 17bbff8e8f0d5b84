import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startSite, type FakeBrowser, type FakeSite } from '../../test/fakes/fake-browser.ts';
import { ann, bob } from '../../test/fakes/fake-cluster.ts';

let site: FakeSite;
let browser: FakeBrowser;

beforeEach(async () => {
  site = await startSite();
  site.cluster.addTask();
  browser = site.browser();
});

afterEach(async () => site.close());

describe('H29: redirects', () => {
  it.each([
    '?next=//evil.example',
    '?next=https://evil.example',
    '?redirect=javascript:alert(1)',
    '?url=%5C%5Cevil.example',
  ])('H29: lead to our own pages only, whatever %s says', async (query) => {
    const answer = await browser.get(site.cluster.link() + query);
    expect(answer.headers.location).toMatch(/^\/form\/[\w-]{22}$/);
    const task = await browser.get(`/a/shop/release-approve${query}`);
    expect(task.headers.location).toMatch(/^\/form\/[\w-]{22}$/);
  });

  it.each([
    '//evil.example',
    '/%5Cevil.example',
    '/\\evil.example',
    '/l/%2F%2Fevil.example',
    '/fresh/%2F%2Fevil.example',
    '/a/shop/..%2F..%2Fevil',
  ])('H29: are not made of the address %s', async (path) => {
    const { headers } = await browser.get(path);
    expect(headers.location ?? '/').toMatch(/^\/(?![/\\])/);
  });

  it('H29: never name a host that a request brought', async () => {
    const answer = await browser.get(site.cluster.link(), {
      'X-Forwarded-Host': 'evil.example',
      'X-Forwarded-Proto': 'http',
      Forwarded: 'host=evil.example',
    });
    expect(answer.headers.location).toMatch(/^\/form\//);
    expect(JSON.stringify(answer.headers)).not.toContain('evil');
  });
});

describe('the address of a task, which holds no secret', () => {
  it('leads whoever opened a link to the form', async () => {
    const { path } = await browser.open(site.cluster.link());
    expect((await browser.get('/a/shop/release-approve')).headers.location).toBe(path);
    expect((await browser.get('/a/shop/release-7x9k2/approve')).headers.location).toBe(path);
  });

  it('says the same to strangers, whether or not there is such a task', async () => {
    const known = await browser.get('/a/shop/release-approve');
    const unknown = await browser.get('/a/shop/no-such-task--');
    expect(known.status).toBe(200);
    expect(known.body.replaceAll('release-approve', 'X')).toBe(
      unknown.body.replaceAll('no-such-task--', 'X'),
    );
    expect(known.body).not.toContain('Release 2.4');
    const matrix = await browser.get('/a/shop/release-7x9k2/approve');
    const none = await browser.get('/a/shop/release-xxxxx/approve');
    expect(matrix.body.replaceAll('release-7x9k2', 'X')).toBe(none.body.replaceAll('release-xxxxx', 'X'));
  });

  it('lets a browser that opened the links of two people choose as whom to answer', async () => {
    await browser.open(site.cluster.link(ann));
    await browser.open(site.cluster.link(bob));
    const page = await browser.open('/a/shop/release-approve');
    expect(page.body).toContain(`release-approve, as ${ann}`);
    expect(page.body).toContain(`release-approve, as ${bob}`);
  });

  it('lists the tasks of a matrix only as far as this browser opened their links', async () => {
    for (const name of ['linux', 'mac', 'windows']) site.cluster.addTask({}, {}, name);
    await browser.open(site.cluster.link(ann, site.cluster.task('linux')));
    await browser.open(site.cluster.link(ann, site.cluster.task('mac')));
    const page = await browser.get('/a/shop/release-7x9k2/approve');
    expect(page.body).toContain('linux');
    expect(page.body).toContain('mac');
    expect(page.body).not.toContain('windows');
  });

  it('mails the link to a listed address, however it is spelt, and says the same to everybody', async () => {
    const listed = await browser.post('/a/shop/release-approve', { address: ' ANN@Example.com ' });
    const notListed = await browser.post('/a/shop/release-approve', { address: 'mallory@example.com' });
    const unknown = await browser.post('/a/shop/no-such-task', { address: ann });
    const nothing = await browser.post('/a/shop/release-approve', {});
    expect(new Set([listed, notListed, unknown, nothing].map(({ status }) => status))).toEqual(
      new Set([200]),
    );
    expect(new Set([listed, notListed, unknown, nothing].map(({ body }) => body)).size).toBe(1);
    expect(site.cluster.mails).toEqual([{ task: 'release-approve', entry: ann }]);
  });

  it('mails nothing once the task is settled', async () => {
    site.cluster.patchStatus({ status: 'completed', outcome: 'rejected' });
    await browser.post('/a/shop/release-approve', { address: ann });
    expect(site.cluster.mails).toEqual([]);
  });

  it('link-12: floods no mailbox, and a stranger cannot keep an approver from a fresh link', async () => {
    const link = site.cluster.link(bob);
    for (let count = 0; count < 15; count += 1)
      await browser.post('/a/shop/release-approve', { address: bob });
    expect(site.cluster.mails).toHaveLength(3);
    site.cluster.patchStatus({ linkGeneration: 1 });
    await browser.answer(await browser.get(link));
    expect(site.cluster.mails).toHaveLength(4);
  });

  it('link-12: tells whoever asks too often when to come again, known task or not', async () => {
    for (const path of ['/a/shop/release-approve', '/a/shop/no-such-task']) {
      site.cluster.now += 60_000;
      const statuses: number[] = [];
      for (let count = 0; count < 30; count += 1) {
        const answer = await browser.post(path, { address: 'mallory@example.com' });
        statuses.push(answer.status);
        if (answer.status === 429) expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
      }
      expect(statuses.indexOf(429)).toBe(20);
    }
  });
});

describe('a link of the software used before', () => {
  it('leads to a page that says where to look', async () => {
    const answer = await browser.get('/management/tasks/link/YXBwcm92YWw=');
    expect(answer.body).toContain('newest mail');
  });
});
