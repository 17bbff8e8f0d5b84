import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startSite, type FakeBrowser, type FakeSite } from '../../test/fakes/fake-browser.ts';
import { ann, bob, type FakeCluster } from '../../test/fakes/fake-cluster.ts';

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

/** Goes everywhere, right and wrong, and collects what came back. */
async function goEverywhere(link: string): Promise<string[]> {
  const bodies: string[] = [];
  const see = async (answer: Promise<{ body: string }>): Promise<void> => {
    bodies.push((await answer).body);
  };
  await see(browser.get(link));
  await see(browser.send(link, { method: 'POST' }));
  await see(browser.send(link, { method: 'DELETE' }));
  await see(browser.get(link, { Host: 'evil.example' }));
  await see(browser.get(`${link}x`));
  await see(browser.get(`${link}/x`));
  await see(browser.get(`/?next=${link}`));
  await see(browser.get('/', { Referer: `https://approvals.example${link}` }));
  await see(browser.post('/a/shop/release-approve', { address: ann }));
  await see(browser.post('/a/shop/release-approve', { address: 'mallory@example.com' }));
  const form = await browser.open(link);
  bodies.push(form.body);
  await see(browser.answer(form, { comment: `see ${link}`, csrf: 'wrong' }));
  cluster.outage = new Error(`could not read ${link} of ${ann}`);
  await see(browser.answer(form, { comment: 'secret words' }));
  cluster.outage = undefined;
  await see(browser.answer(form));
  await see(browser.get(form.path));
  cluster.addTask({}, { linkGeneration: 1 }, 'revoked');
  await see(browser.get(link));
  return bodies;
}

describe('link-7, H65: what is secret', () => {
  it('H65: stands in no log line: no link, no cookie, no address, no comment', async () => {
    const link = cluster.link();
    await goEverywhere(link);
    const log = cluster.logLines.join('');
    expect(cluster.logLines.length).toBeGreaterThan(10);
    const token = link.slice('/l/'.length);
    const secrets = [token, token.slice(0, 40), token.slice(-20), ann, 'mallory', 'secret words'];
    for (const secret of [...secrets, ...browser.cookies.values()]) expect(log).not.toContain(secret);
    for (const name of browser.cookies.keys()) expect(log).not.toContain(name);
    expect(log).not.toContain('?next');
  });

  it('stands in no page: no link and no cookie', async () => {
    const link = cluster.link();
    const bodies = await goEverywhere(link);
    const token = link.slice('/l/'.length);
    for (const secret of [token.slice(0, 40), token.slice(-20), ...browser.cookies.values()])
      expect(bodies.join('')).not.toContain(secret);
  });

  it('H65: no page for strangers names a person, and no address names one at all', async () => {
    const link = cluster.link(bob);
    const { path } = await browser.open(link);
    const strangers = await Promise.all(
      [path, '/a/shop/release-approve', '/a/shop/release-7x9k2/approve', '/l/x', `${path}/answers/x`].map(
        async (one) => site.browser().get(one),
      ),
    );
    for (const { body, headers } of strangers)
      expect(JSON.stringify([body, headers])).not.toMatch(/@example\.com|Release 2\.4/u);
    expect(path + link).not.toContain('bob');
    expect(Buffer.from(link.split('.')[2] ?? '', 'base64url').toString()).not.toContain('bob');
  });

  it('a session shows nothing of another task, nor of another approver', async () => {
    cluster.addTask({ description: 'Payout of April' }, {}, 'payout');
    const own = await browser.open(cluster.link(ann));
    const other = site.browser();
    const theirs = await other.open(cluster.link(bob));
    const elsewhere = await other.open(cluster.link(bob, cluster.task('payout')));
    expect((await browser.get(theirs.path)).status).toBe(403);
    expect((await browser.get(elsewhere.path)).status).toBe(403);
    cluster.judging = false;
    await browser.answer(own);
    const name = cluster.created[0]?.metadata.name ?? '';
    expect((await browser.get(`${own.path}/answers/${name}`)).status).toBe(200);
    expect((await other.get(`${theirs.path}/answers/${name}`)).status).toBe(404);
  });

  it.each(['..', '.', 'a%2Fb', '%2e%2e%2f%2e%2e', 'x'.repeat(300), 'Upper', 'a?b'])(
    'no other object can be read as an answer: %s',
    async (name) => {
      const { path } = await browser.open(cluster.link());
      expect((await browser.get(`${path}/answers/${name}`)).status).toBe(404);
    },
  );
});
