import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { approvalDecisions, approvalTasks, customRuns, pipelineRuns } from '../../src/api/resources.ts';
import type { ApprovalDecision } from '../../src/api/approvaldecision.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { apiVersion } from '../../src/api/names.ts';
import { isNotFound } from '../../src/kube/error.ts';
import { pipeline, pipelineRun } from '../builders/pipeline.ts';
import { pipelines } from '../builders/resources.ts';
import { ask, people, type Question } from './asking.ts';
import { openGate, type Gate } from './gate.ts';
import { until } from './until.ts';

let gate: Gate;
beforeAll(async () => {
  gate = await openGate();
  await gate.allow(
    'people',
    ['alice', 'bob', 'carol'].map((name) => ({ kind: 'User', name })),
  );
});
afterAll(async () => gate.close());

const alice = people('alice');

/** Asks alice, if nothing else is said, and returns the name of the task and its run. */
async function askFor(name: string, question: Partial<Question> = {}): Promise<string> {
  return (await ask(gate, name, { params: alice, ...question })).metadata.name;
}

const standaloneRun = (
  name: string,
  spec: object = {},
): { metadata: { name: string }; [field: string]: unknown } => ({
  apiVersion: 'tekton.dev/v1beta1',
  kind: 'CustomRun',
  metadata: { name },
  spec: { customRef: { apiVersion, kind: 'ApprovalTask', name: 'any' }, params: alice, ...spec },
});

describe('a request ends without a decision', () => {
  it('when its deadline passes: the run fails as timed out, and both branches are left', async () => {
    const name = await askFor('times-out', { step: { timeout: '2s' } });
    const run = await gate.customRun(name);
    expect(run.status?.conditions?.[0]).toMatchObject({ status: 'False', reason: 'CustomRunTimedOut' });
    expect(run.status?.results).toContainEqual({ name: 'decision', value: 'false' });
    expect(run.status?.results).toContainEqual({ name: 'outcome', value: 'timedOut' });
    expect((await gate.pipelineRun('times-out')).status?.conditions?.[0]?.status).toBe('False');
    const task = await gate.task(name);
    expect(task.status).toMatchObject({ status: 'completed', outcome: 'timedOut' });
    const late = await gate.answer('alice', task, { decision: 'approve' });
    expect(late.status).toMatchObject({ verdict: 'refused', code: 'settled' });
  });

  it('when the PipelineRun is cancelled: with the reason that Tekton waits for', async () => {
    const name = await askFor('is-cancelled');
    const patch = { spec: { status: 'Cancelled' } };
    await gate.admin.patch(pipelineRuns, gate.key('is-cancelled'), patch, { type: 'merge' });
    const run = await gate.customRun(name);
    expect(run.status?.conditions?.[0]).toMatchObject({ status: 'False', reason: 'CustomRunCancelled' });
    expect((await gate.task(name, ({ status }) => status?.status === 'completed')).status?.outcome).toBe(
      'cancelled',
    );
    expect((await gate.pipelineRun('is-cancelled')).status?.conditions?.[0]?.reason).toBe('Cancelled');
  });

  it('when the PipelineRun is deleted: run, task and answers are collected', async () => {
    const name = await askFor('is-deleted', {
      params: [
        { name: 'approvers', value: ['alice', 'bob'] },
        { name: 'strategy', value: 'MULTI' },
      ],
    });
    await gate.answer('alice', await gate.task(name), { decision: 'approve' });
    await gate.admin.delete(pipelineRuns, gate.key('is-deleted'), { propagation: 'Background' });
    await until('the run is gone', async () => (await gate.read(customRuns, name)) === undefined);
    await until('the task is gone', async () => (await gate.read(approvalTasks, name)) === undefined);
    const answers = async (): Promise<ApprovalDecision[]> =>
      gate.all<ApprovalDecision & KubeObject>(approvalDecisions);
    await until('its answers are gone', async () =>
      (await answers()).every(({ spec }) => spec.taskRef.name !== name),
    );
  });

  it('when the ApprovalTask is deleted by hand: the run fails and nobody is asked again', async () => {
    const name = await askFor('task-deleted');
    await gate.admin.delete(approvalTasks, gate.key(name));
    const run = await gate.customRun(name);
    expect(run.status?.conditions?.[0]).toMatchObject({ status: 'False', reason: 'ApprovalTaskDeleted' });
    expect(await gate.read(approvalTasks, name)).toBeUndefined();
  });

  it('when somebody edits the approvers of the waiting run: SpecDrift, whoever answers', async () => {
    const name = await askFor('drifts');
    const patch = { spec: { params: [{ name: 'approvers', value: ['mallory'] }] } };
    await gate.admin.patch(customRuns, gate.key(name), patch, { type: 'merge' });
    const run = await gate.customRun(name);
    expect(run.status?.conditions?.[0]).toMatchObject({ status: 'False', reason: 'SpecDrift' });
    expect((await gate.task(name, ({ status }) => status?.status === 'completed')).status?.outcome).toBe(
      'invalid',
    );
  });
});

describe('a retried request', () => {
  it('is asked anew after its deadline, and an answer to the new round settles it', async () => {
    const name = await askFor('retries', { step: { timeout: '3s', retries: 5 } });
    const second = await gate.task(name, ({ status }) => (status?.attempt ?? 1) >= 2);
    expect(second.status?.pastAttempts?.length).toBeGreaterThan(0);
    const verdict = await gate.answer('alice', second, { decision: 'reject', comment: 'no' });
    expect(verdict.status).toMatchObject({ verdict: 'counted' });
    const run = await gate.customRun(name);
    expect(run.status?.conditions?.[0]).toMatchObject({ status: 'True', reason: 'Rejected' });
    expect(run.status?.retriesStatus?.[0]?.conditions?.[0]).toMatchObject({
      status: 'False',
      reason: 'CustomRunTimedOut',
    });
  });
});

describe('a run that is not what it claims', () => {
  it('fails as unowned without a PipelineRun, where the namespace did not opt in', async () => {
    await gate.create(customRuns, standaloneRun('unowned'));
    const run = await gate.customRun('unowned');
    expect(run.status?.conditions?.[0]).toMatchObject({ status: 'False', reason: 'UnownedRun' });
    expect(run.status?.conditions?.[0]?.message).toContain('tekton-approvals/standalone');
    expect(await gate.read(approvalTasks, 'unowned')).toBeUndefined();
  });

  it('fails as unowned with an owner of another uid', async () => {
    const name = await askFor('borrowed-owner');
    const owner = (await gate.customRun(name, () => true)).metadata.ownerReferences?.[0];
    const run = standaloneRun('borrows', {});
    const metadata = {
      name: 'borrows',
      ownerReferences: [{ ...owner, uid: '00000000-0000-4000-8000-000000000000' }],
    };
    await gate.create(customRuns, { ...run, metadata });
    // The garbage collector removes such a run as well; whichever comes first, nobody is asked.
    await until('it ends', async () => {
      const seen = await gate
        .read<never>(customRuns, 'borrows')
        .catch((error: unknown) => (isNotFound(error) ? undefined : Promise.reject(error)));
      const reason = (seen as { status?: { conditions?: { reason?: string }[] } } | undefined)?.status
        ?.conditions?.[0]?.reason;
      return seen === undefined || reason === 'UnownedRun';
    });
    expect(await gate.read(approvalTasks, 'borrows')).toBeUndefined();
  });

  it('fails with the exact spelling for another version of our kind', async () => {
    await gate.create(
      customRuns,
      standaloneRun('wrong-version', {
        customRef: { apiVersion: 'tekton.automatiko.io/v1', kind: 'ApprovalTask', name: 'x' },
      }),
    );
    const run = await gate.customRun('wrong-version');
    expect(run.status?.conditions?.[0]).toMatchObject({ status: 'False', reason: 'UnsupportedReference' });
    expect(run.status?.conditions?.[0]?.message).toContain('tekton.automatiko.io/v1beta1');
  });

  it('is left alone when its kind is somebody else’s', async () => {
    await gate.create(
      customRuns,
      standaloneRun('foreign', { customRef: { apiVersion: 'example.dev/v1', kind: 'Wait', name: 'x' } }),
    );
    await askFor('after-foreign');
    expect(
      (await gate.read<{ metadata: never; status?: object }>(customRuns, 'foreign'))?.status ?? {},
    ).toEqual({});
  });
});

describe('a squatted ApprovalTask', () => {
  it('is never adopted: the run fails', async () => {
    const name = 'squatted-approve';
    await gate.create(approvalTasks, {
      apiVersion,
      kind: 'ApprovalTask',
      metadata: { name },
      spec: { approvers: ['carol'], description: 'planted', customRunRef: { name, uid: 'guess' } },
    });
    await gate.create(pipelines, pipeline({ name: 'squatted', params: alice }));
    await gate.create(pipelineRuns, pipelineRun('squatted', 'squatted'));
    const run = await gate.customRun(name);
    expect(run.status?.conditions?.[0]).toMatchObject({ status: 'False', reason: 'NameTaken' });
    expect(
      (await gate.read<{ metadata: never; status?: object }>(approvalTasks, name))?.status,
    ).toBeUndefined();
  });
});
