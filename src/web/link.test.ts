import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { timestamp } from '../api/time.ts';
import { someClaims, someRing } from '../identity/fixture.ts';
import { sign } from '../identity/keyring.ts';
import { mintLink } from '../identity/link.ts';
import { startSite, type FakeBrowser, type FakeSite } from '../../test/fakes/fake-browser.ts';
import { ann } from '../../test/fakes/fake-cluster.ts';

let site: FakeSite;
let browser: FakeBrowser;

beforeEach(async () => {
  site = await startSite();
  site.cluster.addTask();
  browser = site.browser();
});

afterEach(async () => site.close());

const minute = 60_000;
const hour = 60 * minute;

describe('link-7: a link is exchanged for a cookie and an address without a secret', () => {
  it('link-07: by one redirect, to a page that shows the request and who answers', async () => {
    const answer = await browser.get(site.cluster.link());
    expect(answer.status).toBe(303);
    expect(answer.headers.location).toMatch(/^\/form\/[\w-]{22}$/);
    const form = await browser.get(answer.headers.location ?? '');
    expect(form.status).toBe(200);
    expect(form.body).toContain('Release 2.4 to production');
    expect(form.body).toContain(ann);
  });

  it('whose cookies neither scripts nor other sites nor plain http can use', async () => {
    const answer = await browser.get(site.cluster.link());
    const set = answer.headers['set-cookie'] ?? [];
    expect(set).toHaveLength(2);
    for (const cookie of set)
      expect(cookie).toMatch(/^__Host-[\w-]+=[\w.-]+; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax; Secure$/);
  });

  it('and over plain http on localhost by cookies that a browser takes there', async () => {
    const local = await startSite(site.cluster, 'http://localhost:8080');
    const answer = await local.browser().get(site.cluster.link());
    await local.close();
    for (const cookie of answer.headers['set-cookie'] ?? [])
      expect(cookie).toMatch(/^(?!__Host-)[\w-]+=[\w.-]+; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/);
  });

  it('under the path of the configured address, where it has one', async () => {
    const below = await startSite(site.cluster, 'https://approvals.example/gates');
    const client = below.browser();
    const answer = await client.get(`/gates${site.cluster.link()}`);
    expect(answer.headers.location).toMatch(/^\/gates\/form\//);
    const form = await client.get(answer.headers.location ?? '');
    expect(form.body).toContain('action="/gates/form/');
    expect((await client.get(site.cluster.link())).status).toBe(404);
    await below.close();
  });
});

describe('H35: a session that somebody planted', () => {
  it('H35: is replaced at each exchange by one with a new id', async () => {
    await browser.open(site.cluster.link());
    const before = new Map(browser.cookies);
    await browser.open(site.cluster.link());
    const changed = [...browser.cookies].filter(([name, value]) => before.get(name) !== value);
    expect(changed.map(([name]) => name)).toEqual([expect.stringMatching(/^__Host-approval-[\w-]{22}$/)]);
  });

  it('H35: makes forms of an older session worthless', async () => {
    const form = await browser.open(site.cluster.link());
    await browser.open(site.cluster.link());
    expect((await browser.answer(form)).status).toBe(403);
    expect(site.cluster.created).toHaveLength(0);
  });

  it('H35: opens nothing under another handle', async () => {
    const form = await browser.open(site.cluster.link());
    const [name, value] = [...browser.cookies].find(([one]) => !one.endsWith('browser')) ?? ['', ''];
    const other = 'A'.repeat(22);
    browser.cookies.set(name.replace(/[\w-]{22}$/, other), value);
    expect((await browser.get(`/form/${other}`)).status).toBe(403);
    expect((await browser.get(form.path)).status).toBe(200);
  });
});

describe('the number of sessions in one browser', () => {
  it('is bounded: the oldest goes, the newest stays', async () => {
    for (let index = 0; index < 20; index += 1) {
      site.cluster.addTask({}, {}, `gate-${String(index)}`);
      site.cluster.now += 1_000;
      await browser.get(site.cluster.link(ann, site.cluster.task(`gate-${String(index)}`)));
    }
    expect(browser.cookies.size).toBeLessThanOrEqual(13);
    expect((await browser.open('/a/shop/gate-19')).status).toBe(200);
    expect((await browser.open('/a/shop/gate-0')).body).not.toContain('Release 2.4');
  });
});

describe('link-1, H1: opening a link changes nothing', () => {
  it('a scanner that GETs it 20 times and HEADs it 20 times leaves it as it was', async () => {
    const link = site.cluster.link();
    const before = JSON.stringify([...site.cluster.tasks]);
    for (let count = 0; count < 20; count += 1) expect((await site.browser().get(link)).status).toBe(303);
    for (let count = 0; count < 20; count += 1)
      expect((await site.browser().send(link, { method: 'HEAD' })).status).toBe(303);
    expect(site.cluster.created).toHaveLength(0);
    expect(JSON.stringify([...site.cluster.tasks])).toBe(before);
    const form = await browser.open(link);
    const answered = await browser.answer(form);
    expect(answered.status).toBeLessThan(400);
    expect(site.cluster.task().status?.outcome).toBe('approved');
  });

  it('link-01: nor do 100 GETs, HEADs and OPTIONS of every address', async () => {
    const form = await browser.open(site.cluster.link());
    const paths = [site.cluster.link(), form.path, `${form.path}/answers/x`, '/a/shop/release-approve'];
    for (let count = 0; count < 100; count += 1) {
      site.cluster.now += 1_000;
      for (const path of paths) {
        for (const method of ['GET', 'HEAD', 'OPTIONS']) await browser.send(path, { method });
      }
    }
    expect(site.cluster.created).toHaveLength(0);
    expect(site.cluster.mails).toHaveLength(0);
  });
});

describe('link-3: a link that is not ours', () => {
  it('link-03: gets the same page whatever is wrong with it, and the same as an unknown request', async () => {
    const link = site.cluster.link();
    const token = link.slice('/l/'.length);
    const gone = mintLink(someRing('k1'), someClaims({ taskUid: 'gone', name: 'gone' }));
    const [, , body = '', mac = ''] = token.split('.');
    const wrong = [
      ...Array.from(token, (letter, at) => token.slice(0, at) + flipped(letter) + token.slice(at + 1)),
      ...Array.from(token, (_letter, at) => token.slice(0, at)).filter((text) => text !== ''),
      `v0.k1.${body}.${mac}`,
      `v1.k2.${body}.${mac}`,
      `v1.__proto__.${body}.${mac}`,
      encodeURIComponent(`v1.../x.${body}.${mac}`),
      `v1.k2.${body}.${sign(someRing('k2'), 'link', `v1.k2.${body}`)}`,
      'x'.repeat(5_000),
      gone,
    ];
    const expected = await browser.get('/l/unknown');
    expect(expected.status).toBe(404);
    for (const one of wrong) {
      site.cluster.now += 1_000;
      const answer = await browser.get(`/l/${one}`);
      expect({ one, status: answer.status, body: answer.body }).toEqual({
        one,
        status: 404,
        body: expected.body,
      });
      expect(answer.headers['set-cookie']).toBeUndefined();
    }
    expect((await browser.get('/no/such/page')).body).toBe(expected.body);
  });

  it('of another task with the same name is not taken for this one', async () => {
    const link = site.cluster.link();
    const task = site.cluster.task();
    site.cluster.tasks.set('shop/release-approve', {
      ...task,
      metadata: { ...task.metadata, uid: 'another' },
    });
    expect((await browser.get(link)).status).toBe(404);
  });

  it('H4: dies with its key, and a form that is open dies, too', async () => {
    const link = site.cluster.link();
    const form = await browser.open(link);
    site.cluster.keys = someRing('k2', 'k1');
    expect((await browser.get(form.path)).status).toBe(200);
    expect((await site.browser().open(link)).status).toBe(200);
    site.cluster.keys = someRing('k2');
    expect((await site.browser().get(link)).status).toBe(404);
    expect((await browser.get(form.path)).status).toBe(403);
    expect((await browser.answer(form)).status).toBe(403);
    expect(site.cluster.created).toHaveLength(0);
  });

  it('link-04: is refused where what was shown is not what is asked', async () => {
    const task = site.cluster.task();
    const link = site.cluster.link(ann, { ...task, spec: { ...task.spec, digest: 'e'.repeat(64) } });
    expect((await browser.get(link)).status).toBe(404);
  });

  it('is refused where nobody listed has it', async () => {
    expect((await browser.get(site.cluster.link('mallory@example.com'))).status).toBe(404);
  });
});

function flipped(letter: string): string {
  return letter === 'A' ? 'B' : 'A';
}

describe('link-5, H8: a link whose time is over', () => {
  it.each([
    ['one second after its expiry, within the leeway', hour + 1_000, 303],
    ['at the end of the leeway', hour + minute, 303],
    ['after the leeway', hour + minute + 1_000, 410],
  ])('H8: %s', async (_when, after, status) => {
    const link = site.cluster.link();
    site.cluster.now = Date.parse(site.cluster.task().metadata.creationTimestamp) + after;
    expect((await browser.get(link)).status).toBe(status);
  });

  it('link-05: shows nothing of the request, and one button that mails the same person a fresh link', async () => {
    const link = site.cluster.link();
    site.cluster.patchStatus({ deadline: timestamp(site.cluster.now + 10 * hour) });
    site.cluster.now += 2 * hour;
    const page = await browser.get(link);
    expect(page.status).toBe(410);
    for (const detail of ['Release 2.4', ann, 'shop', 'release-approve', link.slice(3, 40)])
      expect(page.body).not.toContain(detail);
    const mailed = await browser.answer(page);
    expect(mailed.status).toBe(200);
    expect(site.cluster.mails).toEqual([{ task: 'release-approve', entry: ann }]);
    expect(site.cluster.created).toHaveLength(0);
  });

  it('also where a newer round made it dead, or an admin', async () => {
    const link = site.cluster.link();
    site.cluster.patchStatus({ linkGeneration: 1 });
    const page = await browser.get(link);
    expect(page.status).toBe(410);
    expect(page.body).not.toContain('Release 2.4');
    expect((await browser.open(site.cluster.link())).status).toBe(200);
  });

  it('and asking for a fresh one says the same when nothing is sent', async () => {
    const link = site.cluster.link();
    site.cluster.patchStatus({ linkGeneration: 1 });
    const page = await browser.get(link);
    const sent = await browser.answer(page);
    site.cluster.patchStatus({ status: 'completed', outcome: 'approved' });
    const closed = await browser.answer(page);
    site.cluster.tasks.clear();
    const gone = await browser.answer(page);
    expect([closed.body, gone.body]).toEqual([sent.body, sent.body]);
    expect(site.cluster.mails).toHaveLength(1);
  });

  it('and cannot be asked for too often', async () => {
    const link = site.cluster.link();
    site.cluster.patchStatus({ linkGeneration: 1 });
    const page = await browser.get(link);
    for (let count = 0; count < 10; count += 1) expect((await browser.answer(page)).status).toBe(200);
    expect(site.cluster.mails).toHaveLength(3);
  });

  it('and no other page can press that button', async () => {
    const link = site.cluster.link();
    site.cluster.patchStatus({ linkGeneration: 1 });
    const page = await browser.get(link);
    const stranger = site.browser();
    const sent = [
      await browser.answer(page, { token: '' }),
      await browser.answer(page, { token: `${hidden(page.body)['token'] ?? ''}x` }),
      await browser.answer(page, {}, { headers: { 'Sec-Fetch-Site': 'cross-site' } }),
      await stranger.answer(page),
    ];
    expect(sent.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
    expect(site.cluster.mails).toEqual([]);
  });

  it('and the proof in that button answers no request', async () => {
    const link = site.cluster.link();
    site.cluster.patchStatus({ linkGeneration: 1 });
    const page = await browser.get(link);
    const { token = '' } = hidden(page.body);
    site.cluster.patchStatus({ linkGeneration: 0 });
    const path = actionPath(page.body).replace('/fresh/', '/form/');
    const forged = await browser.post(path, { csrf: token, nonce: 'fresh', decision: 'approve' });
    expect(forged.status).toBe(403);
    expect(site.cluster.created).toHaveLength(0);
  });
});

function hidden(body: string): Record<string, string> {
  const tags = [...body.matchAll(/name="([^"]*)" value="([^"]*)"/g)];
  return Object.fromEntries(tags.map(([, name = '', value = '']) => [name, value]));
}

function actionPath(body: string): string {
  return /action="([^"]*)"/.exec(body)?.[1] ?? '';
}
