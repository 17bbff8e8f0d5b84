import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hiddenFields, startSite, type FakeBrowser, type FakeSite } from '../../test/fakes/fake-browser.ts';
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

const sessionCookie = (): string =>
  [...browser.cookies.keys()].find((name) => !name.endsWith('browser')) ?? 'no session';

describe('link-2, H2: an answer is refused and nothing recorded', () => {
  it('without cookies, as a scanner would send it', async () => {
    const form = await browser.open(cluster.link());
    expect((await site.browser().answer(form)).status).toBe(403);
    expect((await site.browser().post(form.path, { decision: 'approve' })).status).toBe(403);
    expect(cluster.created).toHaveLength(0);
    expect((await browser.answer(form)).status).toBe(200);
  });

  it.each<[string, (fields: Record<string, string>) => Record<string, string>]>([
    ['no proof', ({ csrf: _csrf, ...rest }) => rest],
    ['no nonce', ({ nonce: _nonce, ...rest }) => rest],
    ['an empty proof', (fields) => ({ ...fields, csrf: '' })],
    ['a proof that is cut', (fields) => ({ ...fields, csrf: fields['csrf']?.slice(0, -1) ?? '' })],
    ['another nonce', (fields) => ({ ...fields, nonce: 'A'.repeat(22) })],
    ['a nonce and no more', ({ nonce = '' }) => ({ nonce })],
  ])('with %s', async (_what, change) => {
    const form = await browser.open(cluster.link());
    const fields = { ...change(hiddenFields(form)), decision: 'approve' };
    expect((await browser.post(form.path, fields)).status).toBe(403);
    expect(cluster.created).toHaveLength(0);
  });

  it('without the session cookie, or with one that was altered', async () => {
    const form = await browser.open(cluster.link());
    const name = sessionCookie();
    const value = browser.cookies.get(name) ?? '';
    for (const wrong of ['', 'x', value.slice(0, -1), `${value}A`, value.replace('v1', 'v0')]) {
      browser.cookies.set(name, wrong);
      expect((await browser.answer(form)).status).toBe(403);
    }
    expect(cluster.created).toHaveLength(0);
  });

  it('H14: without the cookie that tells browsers apart', async () => {
    const form = await browser.open(cluster.link());
    browser.cookies.delete('__Host-approval-browser');
    expect((await browser.answer(form)).status).toBe(403);
    expect(cluster.created).toHaveLength(0);
  });

  it('H6: with the proof of another task, or of another approver', async () => {
    cluster.addTask({}, {}, 'payout');
    const form = await browser.open(cluster.link());
    const other = await browser.open(cluster.link(ann, cluster.task('payout')));
    const colleague = await browser.open(cluster.link(bob));
    for (const [path, page] of [
      [other.path, form],
      [form.path, other],
      [form.path, colleague],
      [colleague.path, form],
    ] as const) {
      const sent = await browser.post(path, { ...hiddenFields(page), decision: 'approve' });
      expect(sent.status).toBe(403);
    }
    expect(cluster.created).toHaveLength(0);
  });

  it.each<[string, Record<string, string | undefined>]>([
    ['Origin: null and nothing else', { 'Sec-Fetch-Site': undefined, Origin: 'null' }],
    ['the origin of another site', { 'Sec-Fetch-Site': undefined, Origin: 'https://evil.example' }],
    ['our origin over http', { 'Sec-Fetch-Site': undefined, Origin: 'http://approvals.example' }],
    ['our origin as a beginning', { 'Sec-Fetch-Site': undefined, Origin: 'https://approvals.example.evil' }],
    ['neither header', { 'Sec-Fetch-Site': undefined, Origin: undefined }],
    ['cross-site', { 'Sec-Fetch-Site': 'cross-site' }],
    ['same-site, from a neighbour', { 'Sec-Fetch-Site': 'same-site' }],
    ['none, typed by hand', { 'Sec-Fetch-Site': 'none' }],
    [
      'cross-site, though the origin is ours',
      { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://approvals.example' },
    ],
    ['an empty site', { 'Sec-Fetch-Site': '' }],
    ['two sites', { 'Sec-Fetch-Site': 'same-origin, cross-site' }],
    [
      'a referrer only',
      { 'Sec-Fetch-Site': undefined, Origin: undefined, Referer: 'https://approvals.example/' },
    ],
  ])('H26: with %s', async (_what, headers) => {
    const form = await browser.open(cluster.link());
    expect((await browser.answer(form, {}, { headers })).status).toBe(403);
    expect(cluster.created).toHaveLength(0);
  });

  it('H26: but taken by Origin alone from a browser that has no Sec-Fetch-Site', async () => {
    const form = await browser.open(cluster.link());
    expect((await browser.answer(form, {}, { headers: { 'Sec-Fetch-Site': undefined } })).status).toBe(200);
    expect(cluster.created).toHaveLength(1);
  });

  it.each(['application/json', 'multipart/form-data; boundary=x', 'text/plain', '', undefined])(
    'as %s: 415',
    async (type) => {
      const form = await browser.open(cluster.link());
      const headers = { 'Content-Type': type };
      const fields = JSON.stringify({ ...hiddenFields(form), decision: 'approve' });
      expect((await browser.answer(form, {}, { headers, body: fields })).status).toBe(415);
      expect((await browser.answer(form, {}, { headers })).status).toBe(415);
      expect(cluster.created).toHaveLength(0);
    },
  );

  it('compressed: 415', async () => {
    const form = await browser.open(cluster.link());
    const answer = await browser.answer(form, {}, { headers: { 'Content-Encoding': 'gzip' } });
    expect(answer.status).toBe(415);
    expect(cluster.created).toHaveLength(0);
  });

  it.each(['', 'maybe', 'APPROVE', 'approve,reject'])('that says %j', async (decision) => {
    const form = await browser.open(cluster.link());
    expect((await browser.answer(form, { decision })).status).toBe(400);
    expect(cluster.created).toHaveLength(0);
  });

  it('that says everything twice is read by its first words', async () => {
    const form = await browser.open(cluster.link());
    const body = new URLSearchParams({ ...hiddenFields(form), decision: 'reject' });
    body.append('decision', 'approve');
    await browser.answer(form, {}, { body: body.toString() });
    expect(cluster.created.map(({ spec }) => spec.decision)).toEqual(['reject']);
  });
});
