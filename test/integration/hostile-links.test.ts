import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalDecision } from '../../src/api/approvaldecision.ts';
import type { ApprovalTask } from '../../src/api/approvaltask.ts';
import { approvalDecisions, approvalTasks } from '../../src/api/resources.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { FormClient, type Page, type Send } from '../fakes/form-client.ts';
import { ask, people } from './asking.ts';
import { openGate, type Gate } from './gate.ts';
import { until } from './until.ts';

/** What somebody may try with a link and its form, on a real operator and API server. Each test is named after a row. */

let gate: Gate;
beforeAll(async () => {
  gate = await openGate();
  await gate.allow('people', [{ kind: 'User', name: 'alice' }]);
});
afterAll(async () => gate.close());

const ann = 'ann@example.com';
const ben = 'ben@example.com';

async function answersTo({ metadata }: ApprovalTask): Promise<ApprovalDecision[]> {
  const all = await gate.all<ApprovalDecision & KubeObject>(approvalDecisions);
  return all.filter(({ spec }) => spec.taskRef.uid === metadata.uid);
}

/** The task, once its mails were sent and nothing writes it any more. */
async function atRest(task: ApprovalTask): Promise<ApprovalTask> {
  return gate.task(task.metadata.name, ({ status }) =>
    (status?.notifications ?? []).some(({ state }) => state === 'sent'),
  );
}

async function asked(name: string, ...approvers: string[]): Promise<ApprovalTask> {
  return ask(gate, name, { params: people(...approvers) });
}

/** A browser whose POSTs somebody changes on the way. */
function tampering(change: (init: Parameters<Send>[1]) => Parameters<Send>[1]): FormClient {
  return new FormClient(async (url, init) => fetch(url, init.method === 'POST' ? change(init) : init));
}

const fieldsOf = ({ body }: Page): Record<string, string> =>
  Object.fromEntries(
    [...body.matchAll(/type="hidden" name="([^"]*)" value="([^"]*)"/gu)].map(([, name = '', value = '']) => [
      name,
      value,
    ]),
  );

describe('a link', () => {
  it('H1: a scanner that GETs it 20 times and HEADs it 20 times changes nothing, and it still answers', async () => {
    const task = await atRest(await asked('scanned', ann));
    const link = await gate.mailedLink(ann, task);
    for (const method of ['GET', 'HEAD']) {
      for (let count = 0; count < 20; count += 1) {
        expect((await fetch(link, { method, redirect: 'manual' })).status).toBe(303);
        await new FormClient().open(link);
      }
    }
    const now = await gate.task(task.metadata.name);
    expect(now.metadata.resourceVersion).toBe(task.metadata.resourceVersion);
    expect(await answersTo(task)).toEqual([]);
    const browser = new FormClient();
    expect((await browser.answer(await browser.open(link), 'approve')).status).toBe(200);
  });

  it('H5: with the payload or the proof of another link, or of another version, is the same 404 as an unknown one', async () => {
    const task = await asked('swapped', ann, ben);
    const links = await Promise.all([ann, ben].map(async (address) => gate.mailedLink(address, task)));
    const [[version, kid, payload, mac] = [], [, , otherPayload, otherMac] = []] = links.map((link) =>
      (link.split('/l/')[1] ?? '').split('.'),
    );
    const unknown = await new FormClient().open(`${gate.baseUrl}/l/unknown`);
    expect(unknown.status).toBe(404);
    for (const token of [
      [version, kid, otherPayload, mac],
      [version, kid, payload, otherMac],
      ['v0', kid, payload, mac],
      [version, '..%2Fx', payload, mac],
      [version, '__proto__', payload, mac],
    ]) {
      const page = await new FormClient().open(`${gate.baseUrl}/l/${token.join('.')}`);
      expect({ status: page.status, body: page.body }).toEqual({ status: 404, body: unknown.body });
    }
  });

  it('H13: that was forwarded answers for whom it was made, recorded as a link and never as its holder', async () => {
    const task = await asked('forwarded', ann);
    const colleague = new FormClient();
    await colleague.answer(await colleague.open(await gate.mailedLink(ann, task)), 'approve');
    const { status } = await gate.task(task.metadata.name, (now) => now.status?.outcome !== undefined);
    expect(status?.responses).toMatchObject([
      { person: ann, entry: ann, via: 'link', assurance: 'link', identity: { kind: 'link', subject: ann } },
    ]);
  });

  it('H9: that was revoked while its form was open: 409, and nothing is recorded', async () => {
    const task = await atRest(await asked('revoked', ann));
    const browser = new FormClient();
    const form = await browser.open(await gate.mailedLink(ann, task));
    const how = { type: 'merge', subresource: 'status' } as const;
    await gate.admin.patch(
      approvalTasks,
      gate.key(task.metadata.name),
      { status: { linkGeneration: 1 } },
      how,
    );
    await until('the form to be dead', async () => (await browser.open(form.url)).status === 410);
    const page = await browser.answer(form, 'approve');
    expect(page.status).toBe(409);
    expect(page.body).toContain('replaced by a newer one');
    expect(await answersTo(task)).toEqual([]);
    expect((await gate.task(task.metadata.name)).status?.status).toBe('pending');
  });
});

describe('a form', () => {
  it('H2: sent by a scanner, without its cookies or without its proof: 403, and the link is not burned', async () => {
    const task = await asked('unproven', ann);
    const browser = new FormClient();
    const form = await browser.open(await gate.mailedLink(ann, task));
    expect((await new FormClient().answer(form, 'approve')).status).toBe(403);
    const bare = { ...form, body: form.body.replace(/name="csrf" value="[^"]*"/u, 'name="csrf" value=""') };
    expect((await browser.answer(bare, 'approve')).status).toBe(403);
    expect(await answersTo(task)).toEqual([]);
    expect((await browser.answer(form, 'approve')).status).toBe(200);
  });

  it('H6: of one request, posted to another: 403, and neither is answered', async () => {
    const mine = await asked('mine', ann);
    const theirs = await asked('theirs', ann);
    let stolen = '';
    const crossed = tampering((init) => ({ ...init, body: stolen }));
    const form = await crossed.open(await gate.mailedLink(ann, mine));
    const target = await crossed.open(await gate.mailedLink(ann, theirs));
    expect(Object.keys(fieldsOf(form))).toEqual(Object.keys(fieldsOf(target)));
    stolen = new URLSearchParams({ ...fieldsOf(form), decision: 'approve' }).toString();
    expect((await crossed.answer(target, 'approve')).status).toBe(403);
    expect([...(await answersTo(mine)), ...(await answersTo(theirs))]).toEqual([]);
    stolen = new URLSearchParams({ ...fieldsOf(target), decision: 'approve' }).toString();
    expect((await crossed.answer(target, 'approve')).status).toBe(200);
  });

  it('H26: from another origin, or from nowhere: 403; by Origin alone where a browser says no more', async () => {
    const task = await asked('origins', ann);
    const link = await gate.mailedLink(ann, task);
    const sendWith = async (headers: Record<string, string>): Promise<number> => {
      const form = { 'Content-Type': 'application/x-www-form-urlencoded', ...headers };
      const browser = tampering((init) => ({
        ...init,
        headers: { ...form, ...(init.headers['Cookie'] !== undefined && { Cookie: init.headers['Cookie'] }) },
      }));
      return (await browser.answer(await browser.open(link), 'approve')).status;
    };
    const own = new URL(gate.baseUrl).origin;
    for (const headers of [
      { Origin: 'null' },
      { Origin: 'https://evil.example' },
      { 'Sec-Fetch-Site': 'cross-site', Origin: own },
      {},
    ] as Record<string, string>[])
      expect(await sendWith(headers)).toBe(403);
    expect(await answersTo(task)).toEqual([]);
    expect(await sendWith({ Origin: own })).toBe(200);
  });

  it('H25: with a comment of 1 MB: 413, and nothing is recorded', async () => {
    const task = await asked('megabyte', ann);
    const browser = new FormClient();
    const form = await browser.open(await gate.mailedLink(ann, task));
    expect((await browser.answer(form, 'approve', 'x'.repeat(2 ** 20))).status).toBe(413);
    expect(await answersTo(task)).toEqual([]);
  });

  it('H11: approve and reject by two people of SINGLE in the same instant: one wins, the other gets 409 with the winner', async () => {
    for (const round of [1, 2, 3]) {
      const task = await asked(`instant-${String(round)}`, ann, ben);
      const formOf = async (browser: FormClient, address: string): Promise<Page> =>
        browser.open(await gate.mailedLink(address, task));
      const [hers, his] = [new FormClient(), new FormClient()];
      const [herForm, hisForm] = [await formOf(hers, ann), await formOf(his, ben)];
      const pages = await Promise.all([hers.answer(herForm, 'approve'), his.answer(hisForm, 'reject')]);
      const { status } = await gate.task(task.metadata.name, (now) => now.status?.outcome !== undefined);
      expect(status?.responses).toHaveLength(1);
      const approved = status?.outcome === 'approved';
      expect(pages.map((page) => page.status)).toEqual(approved ? [200, 409] : [409, 200]);
      expect(pages[approved ? 1 : 0].body).toContain(approved ? ann : ben);
    }
  });
});
