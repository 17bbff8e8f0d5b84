import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { ApprovalDecision } from '../../src/api/approvaldecision.ts';
import type { ApprovalTask } from '../../src/api/approvaltask.ts';
import { apiVersion, approvalTaskKind } from '../../src/api/names.ts';
import { approvalDecisions, approvalTasks, namespaces, pipelineRuns } from '../../src/api/resources.ts';
import { isNamespaceEnding, isNotFound } from '../../src/kube/error.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { Api } from '../control-plane/api.ts';
import { createNamespace } from '../control-plane/namespace.ts';
import { FormClient } from '../fakes/form-client.ts';
import { ask, forgedByLink, people, write } from './asking.ts';
import { Gate, openGate } from './gate.ts';
import { endOf, latestLink, resultsOf } from './turns.ts';
import { until } from './until.ts';

/** One person who wants to count as two, and people who answer what ends, or has ended, meanwhile. */

let gate: Gate;
beforeAll(async () => {
  gate = await openGate();
  await gate.allow(
    'people',
    ['alice', 'bob', 'carol'].map((name) => ({ kind: 'User', name })),
  );
});
afterAll(async () => gate.close());

const ann = 'ann@example.com';
const strategy = (value: string): { name: string; value: string } => ({ name: 'strategy', value });

async function approveByMail(
  address: string,
  task: ApprovalTask,
  browser = new FormClient(),
): Promise<number> {
  const page = await browser.answer(await browser.open(await gate.mailedLink(address, task)), 'approve');
  return page.status;
}

async function answersTo({ metadata }: ApprovalTask): Promise<ApprovalDecision[]> {
  const all = await gate.all<ApprovalDecision & KubeObject>(approvalDecisions);
  return all.filter(({ spec }) => spec.taskRef.uid === metadata.uid);
}

const codes = async (task: ApprovalTask): Promise<(string | undefined)[]> =>
  (await answersTo(task)).map(({ status }) => status?.code);

/** A namespace that may go, served by an operator that lives in another. */
async function openOther(): Promise<{ gate: Gate; close: () => Promise<void> }> {
  const namespace = `gate-${randomBytes(4).toString('hex')}`;
  const api = new Api(inject('controlPlane').kubeconfig);
  await createNamespace(api, namespace).finally(() => api.close());
  const operator = await openGate({ settings: { NAMESPACES: namespace } });
  const { admin, mail, settings } = operator;
  return { gate: new Gate({ namespace, admin, mail, settings }), close: async () => operator.close() };
}

describe('one person', () => {
  it('H14: both links of FOUR_EYES opened in one browser: recorded as links, and the second answer is refused', async () => {
    const task = await ask(gate, 'one-browser', {
      params: [...people(ann, 'ben@example.com'), strategy('FOUR_EYES')],
    });
    const browser = new FormClient();
    await approveByMail(ann, task, browser);
    await gate.task(task.metadata.name, ({ status }) => status?.responses?.length === 1);
    expect(await approveByMail('ben@example.com', task, browser)).toBe(403);
    expect(await codes(task)).toContain('sameBrowser');
    const { status } = await gate.task(task.metadata.name);
    expect(status).toMatchObject({ status: 'pending', responses: [{ person: ann, assurance: 'link' }] });
    expect(await approveByMail('ben@example.com', task)).toBe(200);
  });

  it('H15: by kubectl as alice and by mail as Alice@x.io: counts once, and FOUR_EYES stays open', async () => {
    const params = [...people('alice', 'Alice@x.io', 'bob'), strategy('FOUR_EYES')];
    const task = await ask(gate, 'two-ways', { params });
    // Once alice has answered, who may be her is not asked any more.
    await gate.mailedLink('Alice@x.io', task);
    await gate.answer('alice', task, { decision: 'approve' });
    expect(await approveByMail('Alice@x.io', task)).toBe(409);
    expect(await codes(task)).toContain('alreadyAnswered');
    expect((await gate.task(task.metadata.name)).status).toMatchObject({ status: 'pending' });
    await gate.answer('bob', task, { decision: 'approve' });
    expect((await gate.task(task.metadata.name)).status?.outcome).toBe('approved');
  });

  it('H17: listed twice in MULTI, or a member of both groups of it: one vote', async () => {
    const twice = await ask(gate, 'listed-twice', {
      params: [...people('alice', 'alice', 'bob'), strategy('MULTI')],
    });
    await gate.answer('alice', twice, { decision: 'approve' });
    const { status } = await gate.task(twice.metadata.name);
    expect(status).toMatchObject({ status: 'pending', awaiting: ['bob'] });
    const groups = { name: 'groups', value: ['team-a', 'team-b'] };
    const both = await ask(gate, 'both-groups', { params: [groups, strategy('MULTI')] });
    await gate.answer('bob', both, { decision: 'approve', groups: ['team-a', 'team-b'] });
    expect((await gate.task(both.metadata.name)).status).toMatchObject({
      status: 'pending',
      awaiting: ['team-b'],
    });
  });
});

describe('an answer while everything ends', () => {
  it('H52: to a request whose PipelineRun is deleted in the same instant is counted before, or 410 after, and all goes', async () => {
    for (const round of ['first', 'second', 'third']) {
      const task = await ask(gate, `deleted-${round}`, { params: people(ann) });
      const browser = new FormClient();
      const form = await browser.open(await gate.mailedLink(ann, task));
      const [page] = await Promise.all([
        browser.answer(form, 'approve'),
        gate.admin.delete(pipelineRuns, gate.key(`deleted-${round}`)),
      ]);
      const toldAtOnce = page.status === 200 && /was counted|not yet counted/u.test(page.body);
      expect(toldAtOnce ? 410 : page.status).toBe(410);
      await until(
        'task and answer to be gone',
        async () => (await gate.read(approvalTasks, task.metadata.name)) === undefined,
      );
      expect((await browser.answer(form, 'reject')).status).toBe(410);
      const written = (await answersTo(task)).filter(({ spec }) => spec.decision === 'reject');
      expect(written).toEqual([]);
    }
  });

  it('H52: to a request whose namespace is being deleted is 410, nothing new is stored there, and the namespace goes', async () => {
    const doomed = await openOther();
    const { gate: other } = doomed;
    const task = await ask(other, 'doomed', { params: people(ann) });
    const browser = new FormClient();
    const form = await browser.open(await other.mailedLink(ann, task));
    const finalizers = ['example.com/hold'];
    const holder = { apiVersion, kind: approvalTaskKind, metadata: { name: 'holder', finalizers }, spec: {} };
    await other.create(approvalTasks, holder);
    await other.admin.delete(namespaces, other.namespace);
    expect((await browser.answer(form, 'approve')).status).toBe(410);
    const key = { namespace: other.namespace, name: 'late' };
    const late = write(other.admin, key, { ...forgedByLink(task, ann), via: 'kubernetes' });
    await expect(late).rejects.toSatisfy(isNamespaceEnding);
    expect(await other.all(approvalDecisions)).toEqual([]);
    await other.admin.patch(
      approvalTasks,
      other.key('holder'),
      { metadata: { finalizers: [] } },
      { type: 'merge' },
    );
    await until('the namespace to be gone', async () =>
      other.admin.get(namespaces, other.namespace).then(
        () => false,
        (error: unknown) => isNotFound(error) || Promise.reject(error),
      ),
    );
    await doomed.close();
  });

  it('H53: a rejection with retries left is final, and a deadline with retries left makes older links dead', async () => {
    const step = { timeout: '3s', retries: 3 };
    const rejected = await ask(gate, 'rejected-early', { params: people('alice'), step });
    await gate.answer('alice', rejected, { decision: 'reject' });
    const run = await gate.customRun('rejected-early-approve');
    expect(resultsOf(run)).toMatchObject({ decision: 'false', rejectedBy: 'alice' });
    const task = await ask(gate, 'retried', { params: people(ann), step: { timeout: '4s', retries: 1 } });
    const old = await gate.mailedLink(ann, task);
    const browser = new FormClient();
    const form = await browser.open(old);
    await gate.task(task.metadata.name, ({ status }) => status?.attempt === 2);
    expect((await new FormClient().open(old)).status).toBe(410);
    expect((await browser.answer(form, 'approve')).status).toBe(409);
    expect(await answersTo(task)).toEqual([]);
    const fresh = await latestLink(gate, { address: ann, run: 'retried', mails: 2 });
    expect((await browser.answer(await browser.open(fresh), 'approve')).status).toBe(200);
    const ended = await gate.customRun('retried-approve');
    expect(endOf(ended)).toBe('True Approved');
    expect(ended.status?.retriesStatus).toHaveLength(1);
    expect(endOf(await gate.customRun('rejected-early-approve'))).toBe('True Rejected');
  });
});
