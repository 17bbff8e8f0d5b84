import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startSite, type FakeBrowser, type FakeSite } from '../../test/fakes/fake-browser.ts';
import { ann, bob, FakeCluster } from '../../test/fakes/fake-cluster.ts';
import { timestamp } from '../api/time.ts';
import { refusals } from '../domain/refusal.ts';
import { someRing } from '../identity/fixture.ts';
import { checkSeal } from '../identity/seal.ts';
import { KubeError } from '../kube/error.ts';

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

describe('an answer', () => {
  it('is one sealed decision that says who answered what, by which link and browser', async () => {
    const form = await browser.open(cluster.link());
    await browser.answer(form, { decision: 'reject', comment: 'not today' });
    expect(cluster.created).toHaveLength(1);
    const [made] = cluster.created;
    expect(made).toMatchObject({
      metadata: { namespace: 'shop' },
      spec: {
        taskRef: { name: 'release-approve', uid: 'uid-of-release-approve' },
        attempt: 1,
        decision: 'reject',
        comment: 'not today',
        via: 'link',
        actor: { kind: 'link', issuer: '', username: ann, groups: [] },
        approver: ann,
        assurance: 'link',
        seal: { linkGeneration: 0, browser: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
      },
    });
    if (made === undefined) throw new Error('nothing was created');
    expect(checkSeal(someRing('k1'), { ...made.metadata, spec: made.spec })).toBe('valid');
    for (const value of browser.cookies.values()) expect(JSON.stringify(made)).not.toContain(value);
  });

  it('is shown as what it did: settled, or counted while others are awaited', async () => {
    const form = await browser.open(cluster.link());
    expect((await browser.answer(form)).body).toContain('Your approval was counted and settled the request');
    cluster.addTask({ strategy: 'MULTI' }, {}, 'all');
    const second = await browser.answer(await browser.open(cluster.link(ann, cluster.task('all'))));
    expect(second.status).toBe(200);
    expect(second.body).toContain('not settled yet');
  });

  it('sent twice from one form is one object and one page', async () => {
    const form = await browser.open(cluster.link());
    const answers = await Promise.all([browser.answer(form), browser.answer(form), browser.answer(form)]);
    expect(cluster.created).toHaveLength(1);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  it('of the other kind from the same form is not swallowed', async () => {
    cluster.addTask({ strategy: 'MULTI' }, {}, 'all');
    const form = await browser.open(cluster.link(ann, cluster.task('all')));
    await browser.answer(form, { decision: 'approve' });
    await browser.answer(form, { decision: 'reject' });
    expect(cluster.created.map(({ spec }) => spec.decision)).toEqual(['approve', 'reject']);
    expect(cluster.task('all').status?.outcome).toBe('rejected');
  });

  it('editor-15: gets another name where somebody else took its own', async () => {
    const form = await browser.open(cluster.link());
    cluster.judging = false;
    await browser.answer(form);
    const [own] = cluster.created;
    if (own === undefined) throw new Error('nothing was created');
    const key = `shop/${own.metadata.name}`;
    const squatted = cluster.decisions.get(key);
    if (squatted === undefined) throw new Error('nothing was stored');
    cluster.decisions.set(key, { ...squatted, spec: { ...squatted.spec, comment: 'forged' } });
    cluster.judging = true;
    const answer = await browser.answer(form, { comment: 'mine' });
    expect(answer.body).toContain('was counted');
    expect(cluster.created[1]?.metadata.name).not.toBe(own.metadata.name);
    expect(cluster.task().status?.responses?.map(({ comment }) => comment)).toEqual(['mine']);
  });

  it('without a verdict is called recorded, and found later at an address without a secret', async () => {
    cluster.judging = false;
    const form = await browser.open(cluster.link());
    const page = await browser.answer(form);
    expect(page.body).toContain('not yet counted');
    expect(page.body).not.toContain('was counted');
    const path = /url=(\S+)/u.exec(page.headers.refresh?.toString() ?? '')?.[1] ?? '';
    expect(path).toMatch(/^\/form\/[\w-]{22}\/answers\/[\w-]+$/);
    expect((await browser.get(path)).body).toContain('not yet counted');
    cluster.judge();
    expect((await browser.get(path)).body).toContain('Your approval was counted');
    expect((await site.browser().get(path)).status).toBe(403);
  });

  it('is not called counted while the task does not show it', async () => {
    cluster.judging = false;
    const form = await browser.open(cluster.link());
    const page = await browser.answer(form);
    const path = /url=(\S+)/u.exec(page.headers.refresh?.toString() ?? '')?.[1] ?? '';
    for (const [key, decision] of cluster.decisions)
      cluster.decisions.set(key, { ...decision, status: { verdict: 'counted' } });
    expect((await browser.get(path)).body).toContain('not yet counted');
  });

  it('whose fate is unknown is never called recorded', async () => {
    const form = await browser.open(cluster.link());
    cluster.outage = new Error('connection reset');
    const page = await browser.answer(form);
    expect(page.status).toBe(503);
    expect(page.body).not.toContain('reset');
    cluster.outage = undefined;
    expect((await browser.answer(form)).body).toContain('was counted');
    expect(cluster.created).toHaveLength(1);
  });

  it.each([403, 422])(
    'which the API server refuses with %d is a log line that says from whom it takes them',
    async (status) => {
      const form = await browser.open(cluster.link());
      cluster.outage = new KubeError('denied: "ann@example.com"', { status, reason: 'Forbidden' });
      expect((await browser.answer(form)).status).toBe(503);
      const line = cluster.logLines.find((one) => one.includes('could not store an answer')) ?? '';
      expect(line).toContain('as from any account but the operator’s own');
      expect(line).not.toContain('ann@');
    },
  );
});

describe('an answer that comes too late', () => {
  it('H9: by a link that was revoked while its form was open is a conflict, and nothing is recorded', async () => {
    const form = await browser.open(cluster.link());
    cluster.patchStatus({ linkGeneration: 1 });
    const answer = await browser.answer(form);
    expect(answer.status).toBe(409);
    expect(answer.body).toContain('its link was replaced by a newer one');
    expect(cluster.created).toHaveLength(0);
  });

  it('H9: also where the answer was under way: the seal says which generation it came by', async () => {
    const form = await browser.open(cluster.link());
    cluster.judging = false;
    const answering = browser.answer(form);
    await expect.poll(() => cluster.created.length).toBe(1);
    cluster.patchStatus({ linkGeneration: 1 });
    cluster.judge();
    expect((await answering).status).toBe(409);
    expect(cluster.task().status?.outcome).toBeUndefined();
  });

  it('H11: of two SINGLE approvers in one instant exactly one wins, and the other learns who', async () => {
    const other = site.browser();
    const forms = await Promise.all([browser.open(cluster.link(ann)), other.open(cluster.link(bob))]);
    cluster.judging = false;
    const answers = Promise.all([
      browser.answer(forms[0], { decision: 'approve' }),
      other.answer(forms[1], { decision: 'reject' }),
    ]);
    await expect.poll(() => cluster.created.length).toBe(2);
    cluster.judge();
    const [approved, rejected] = await answers;
    expect([approved.status, rejected.status].toSorted((a, b) => a - b)).toEqual([200, 409]);
    const loser = approved.status === 409 ? approved : rejected;
    const winner = cluster.task().status?.responses?.[0]?.person ?? 'nobody';
    expect(loser.body).toContain(winner);
    expect(loser.body).toContain('was not counted');
    expect(cluster.task().status?.responses).toHaveLength(1);
  });

  it('to a request that somebody else settled is a conflict that names them', async () => {
    const form = await browser.open(cluster.link(ann));
    const other = site.browser();
    await other.answer(await other.open(cluster.link(bob)), { decision: 'reject' });
    const answer = await browser.answer(form);
    expect(answer.status).toBe(409);
    expect(answer.body).toContain(bob);
    expect(cluster.created).toHaveLength(1);
  });

  it('and says the same as the one that was counted is shown that one', async () => {
    await browser.answer(await browser.open(cluster.link()));
    const again = await site.browser().open(cluster.link());
    expect(again.status).toBe(200);
    expect(again.body).toContain('Approved');
  });

  it.each(['cancelled', 'timedOut', 'invalid'] as const)('to a request that is %s: 410', async (outcome) => {
    const form = await browser.open(cluster.link());
    cluster.patchStatus({
      status: 'completed',
      outcome,
      message: 'Ended from outside.',
      completionTime: timestamp(cluster.now),
    });
    expect((await browser.get(form.path)).status).toBe(410);
    const answer = await browser.answer(form);
    expect(answer.status).toBe(410);
    expect(cluster.created).toHaveLength(0);
  });

  it('H52: to a request that is being deleted is 410, and nothing is recorded', async () => {
    const form = await browser.open(cluster.link());
    const task = cluster.task();
    const metadata = { ...task.metadata, deletionTimestamp: timestamp(cluster.now) };
    cluster.tasks.set('shop/release-approve', { ...task, metadata });
    expect((await browser.answer(form)).status).toBe(410);
    expect((await browser.get(form.path)).status).toBe(404);
    expect(cluster.created).toHaveLength(0);
  });

  it('H52: to a request that no longer exists is 410, and nothing is recorded', async () => {
    const form = await browser.open(cluster.link());
    cluster.tasks.clear();
    const answer = await browser.answer(form);
    expect(answer.status).toBe(410);
    expect(answer.body).toContain('No answer to it counts any more');
    expect(cluster.created).toHaveLength(0);
  });

  it('H52: while its namespace is being deleted is 410, though the request itself is still there', async () => {
    const form = await browser.open(cluster.link());
    cluster.ending = true;
    expect((await browser.answer(form)).status).toBe(410);
    expect(cluster.created).toHaveLength(0);
  });

  it.each(['wrongTask', 'settled'] as const)(
    'H52: that is refused as %s, because its request is gone, is 410 at once and on every later look',
    async (code) => {
      cluster.judging = false;
      const form = await browser.open(cluster.link());
      const answering = browser.answer(form);
      await vi.waitFor(() => expect(cluster.created).toHaveLength(1));
      cluster.tasks.clear();
      const [[key, decision] = ['', undefined]] = [...cluster.decisions];
      if (decision === undefined) throw new Error('no decision');
      cluster.decisions.set(key, {
        ...decision,
        status: { verdict: 'refused', code, message: refusals[code] },
      });
      expect((await answering).status).toBe(410);
      const later = await browser.get(`${form.path}/answers/${key.slice('shop/'.length)}`);
      expect(later.status).toBe(410);
    },
  );

  it('after the deadline: 410, before anybody concluded its end', async () => {
    const form = await browser.open(cluster.link());
    cluster.now = Date.parse(cluster.task().status?.deadline ?? '');
    expect((await browser.answer(form)).status).toBe(410);
    expect(cluster.created).toHaveLength(0);
  });
});
