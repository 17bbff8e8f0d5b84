import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalDecision } from '../../src/api/approvaldecision.ts';
import type { ApprovalTask } from '../../src/api/approvaltask.ts';
import { approvalDecisions, secrets } from '../../src/api/resources.ts';
import { refusals, type RefusalCode } from '../../src/domain/refusal.ts';
import { parseKeyRing } from '../../src/identity/keyring.ts';
import { approverHandle, mintLink } from '../../src/identity/link.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { FormClient, type Page } from '../fakes/form-client.ts';
import { ask, forgedByLink, groups, people, taskRef, write } from './asking.ts';
import { trailWhen } from './eventtrail.ts';
import { openGate, type Gate } from './gate.ts';

let gate: Gate;
beforeAll(async () => {
  gate = await openGate();
  await gate.allow(
    'people',
    ['alice', 'bob', 'dave'].map((name) => ({ kind: 'User', name })),
  );
});
afterAll(async () => gate.close());

describe('an answer through Kubernetes', () => {
  it('counts for a listed person whom the API server vouches for', async () => {
    const verdict = await gate.answer('alice', await ask(gate, 'listed', { params: people('alice') }), {
      decision: 'approve',
    });
    expect(verdict.status).toMatchObject({ verdict: 'counted' });
  });

  it('of a person who may answer requests but is not listed on this one is refused', async () => {
    const task = await ask(gate, 'not-listed', { params: people('alice') });
    const verdict = await gate.answer('dave', task, { decision: 'approve' });
    expect(verdict.status).toMatchObject({ verdict: 'refused', code: 'notListed' });
    expect((await gate.task(task.metadata.name)).status?.status).toBe('pending');
  });

  it('H38: in somebody else’s name is refused by the API server', async () => {
    const task = await ask(gate, 'forged-name', { params: people('alice') });
    const spec = {
      taskRef: taskRef(task),
      decision: 'approve',
      via: 'kubernetes',
      actor: { kind: 'kubernetes', username: 'alice' },
    };
    await expect(
      write(gate.as('dave'), { namespace: gate.namespace, name: 'forged-name' }, spec),
    ).rejects.toThrow('[P1-username]');
  });

  it('to a request of the same name that is gone is refused', async () => {
    const task = await ask(gate, 'other-uid', { params: people('alice') });
    const gone = { ...task, metadata: { ...task.metadata, uid: 'gone' } };
    const verdict = await gate.answer('alice', gone, { decision: 'approve' });
    expect(verdict.status).toMatchObject({ verdict: 'refused', code: 'wrongTask' });
  });
});

describe('an answer by a link that was good for one when it was made', () => {
  it('is refused where the install asks for more since, and everybody who looks at the request is told through what it came', async () => {
    const task = await ask(gate, 'weak', { params: people('ann@example.com') });
    const browser = new FormClient();
    const form = await browser.open(await gate.mailedLink('ann@example.com', task));
    await restart({ MIN_ASSURANCE_SINGLE: 'kubernetes' });
    try {
      await expectRefused(task, await browser.answer(form, 'approve'), 'assuranceTooLow');
    } finally {
      await restart({ MIN_ASSURANCE_SINGLE: 'link' });
    }
    const note = `An answer in the name of ann@example.com, through a mailed link, was refused (assuranceTooLow): ${refusals.assuranceTooLow}`;
    const of = { task: task.metadata.uid, run: task.spec.customRunRef?.uid ?? '' };
    for (const uid of [of.task, of.run])
      expect(await trailWhen(gate, uid, 2)).toContain(`AnswerRefused: ${note}`);
    const trail = await trailWhen(gate, task.spec.pipelineRun?.uid ?? '', 2);
    expect(trail).toContain(`AnswerRefused: ${task.metadata.name}: ${note}`);
  });

  it('is refused where a whole group shares it and two people are needed', async () => {
    const strategy = { name: 'strategy', value: 'FOUR_EYES' };
    const task = await ask(gate, 'shared', {
      params: [...groups('release-managers', 'ops@example.com'), strategy],
    });
    const browser = new FormClient();
    const mailed = await browser.open(await gate.mailedLink('ops@example.com', task));
    expect(mailed.body).not.toContain('name="decision"');
    const form = await browser.open(await linkToDecide(task, 'ops@example.com'));
    await expectRefused(task, await browser.answer(form, 'approve'), 'sharedLink');
  });
});

async function restart(settings: Record<string, string>): Promise<void> {
  await gate.stopOperator();
  Object.assign(gate.settings, settings);
  await gate.startOperator();
}

/** The page says so, and so does the answer, with that code; the request waits on as before. */
async function expectRefused({ metadata }: ApprovalTask, page: Page, code: RefusalCode): Promise<void> {
  expect(page.body).toContain(refusals[code]);
  const all = await gate.all<ApprovalDecision & KubeObject>(approvalDecisions);
  const [answer, ...others] = all.filter(({ spec }) => spec.taskRef.uid === metadata.uid);
  expect(others).toEqual([]);
  expect((await gate.verdict(answer?.metadata.name ?? '')).status).toMatchObject({
    verdict: 'refused',
    code,
  });
  expect((await gate.task(metadata.name)).status).toMatchObject({ status: 'pending', responses: [] });
}

/** A link by which this entry may decide, made with the operator's own keys. */
async function linkToDecide({ metadata, spec }: ApprovalTask, entry: string): Promise<string> {
  const secret = await gate.read<KubeObject & { data: Record<string, string> }>(
    secrets,
    'tekton-approvals-keys',
  );
  const keys = parseKeyRing(secret?.data ?? {});
  if (!keys.ok) throw new Error(keys.problem);
  const { ring } = keys;
  const token = mintLink(ring, {
    taskUid: metadata.uid,
    namespace: gate.namespace,
    name: metadata.name,
    approver: approverHandle(ring, ring.active, { taskUid: metadata.uid, entry }) ?? '',
    purpose: 'decide',
    expiresAt: gate.admin.serverNow() + 3_600_000,
    linkGeneration: 0,
    digest: spec.digest,
  });
  return `${gate.baseUrl}/l/${token}`;
}

describe('an answer that pretends to come from the form', () => {
  it('H39: is refused by the API server when a person writes it for a colleague', async () => {
    const task = await ask(gate, 'via-link', { params: people('ann@example.com') });
    await expect(
      write(
        gate.as('alice'),
        { namespace: gate.namespace, name: 'via-link' },
        forgedByLink(task, 'ann@example.com'),
      ),
    ).rejects.toThrow('[P1-channel]');
  });
});
