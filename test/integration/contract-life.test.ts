import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CustomRun } from '../../src/api/tekton.ts';
import { approvalTasks, customRuns } from '../../src/api/resources.ts';
import { FormClient } from '../fakes/form-client.ts';
import { openGate, type Gate } from './gate.ts';
import {
  changeRun,
  endOf,
  gateStep,
  gatesOf,
  job,
  latestLink,
  mailsFor,
  pipelineRunAt,
  ran,
  resultsOf,
  start,
  startAsking,
  uidOf,
} from './turns.ts';
import { until } from './until.ts';

/** Turns of a run's life beside its answer and its deadline, each with what becomes of the PipelineRun. */

let gate: Gate;
beforeAll(async () => {
  gate = await openGate();
  await gate.allow('people', [{ kind: 'User', name: 'alice' }]);
});
afterAll(async () => gate.close());

const deploy = job('deploy', { runAfter: ['approve'] });
const ann = 'ann@example.com';
const askBoth = { approvers: [ann, 'alice'] };
const newRun = async (name: string, old: string | undefined): Promise<string> =>
  until(`a new CustomRun ${name}`, async () => {
    const uid = await uidOf(gate, name);
    return uid !== old && uid;
  });

describe.concurrent('a run that waits', () => {
  it('says for whom, until when and where to answer, with an address that opens nothing', async () => {
    const tasks = [gateStep('approve', { timeout: '1h' })];
    const task = await startAsking(gate, 'waits', { tasks });
    const run = await gate.customRun('waits-approve', ({ status }) => status?.extraFields !== undefined);
    expect(endOf(run)).toBe('Unknown WaitingForApproval');
    const url = `${gate.baseUrl}/a/${gate.namespace}/waits-approve`;
    const message = run.status?.conditions?.[0]?.message;
    expect(message).toContain(`Waiting for alice until ${task.status?.deadline ?? ''}. Answer at ${url}`);
    expect(run.status).toMatchObject({
      startTime: task.metadata.creationTimestamp,
      observedGeneration: 1,
      extraFields: { approvalTaskUid: task.metadata.uid },
    });
    expect(task.status).toMatchObject({ status: 'pending', approvalUrl: url });
    expect((await new FormClient().open(url)).body).not.toContain('alice');
  });
});

describe.concurrent('a run that Tekton makes again under the same name, because somebody deleted it', () => {
  it('while it waited: people are asked anew, and the old link and the old request are dead', async () => {
    const tasks = [gateStep('approve', { params: askBoth }), deploy];
    const first = await startAsking(gate, 'made-again', { tasks });
    const oldLink = await latestLink(gate, { address: ann, run: 'made-again', mails: 1 });
    const old = await uidOf(gate, 'made-again-approve');
    await gate.admin.delete(customRuns, gate.key('made-again-approve'));
    const uid = await newRun('made-again-approve', old);

    const second = await gate.task('made-again-approve', ({ spec, status }) => {
      return spec.customRunRef?.uid === uid && status?.status === 'pending';
    });
    expect(second.metadata.uid).not.toBe(first.metadata.uid);
    expect((await new FormClient().open(oldLink)).status).toBe(404);
    const stale = await gate.answer('alice', first, { decision: 'approve' });
    expect(stale.status).toMatchObject({ verdict: 'refused', code: 'wrongTask' });
    const freshLink = await latestLink(gate, { address: ann, run: 'made-again', mails: 2 });
    const browser = new FormClient();
    expect((await browser.answer(await browser.open(freshLink), 'approve')).status).toBe(200);
    const ended = await pipelineRunAt(gate, 'made-again', 'True Succeeded');
    expect([gatesOf(ended), ran(ended)]).toEqual([['made-again-approve'], ['deploy']]);
  });

  it('after it was approved: the approval is not taken over, people are asked anew', async () => {
    const tasks = [gateStep('approve', { params: askBoth }), gateStep('other')];
    const first = await startAsking(gate, 'pruned', { tasks });
    const oldLink = await latestLink(gate, { address: ann, run: 'pruned', mails: 1 });
    const other = await gate.task('pruned-other');
    await gate.answer('alice', first, { decision: 'approve', comment: 'the first time' });
    expect(endOf(await gate.customRun('pruned-approve'))).toBe('True Approved');
    const old = await uidOf(gate, 'pruned-approve');
    await gate.admin.delete(customRuns, gate.key('pruned-approve'));
    const uid = await newRun('pruned-approve', old);

    const second = await gate.task('pruned-approve', ({ spec, status }) => {
      return spec.customRunRef?.uid === uid && status?.status === 'pending';
    });
    expect(second.status?.responses).toEqual([]);
    await latestLink(gate, { address: ann, run: 'pruned', mails: 2 });
    expect((await new FormClient().open(oldLink)).status).toBe(404);
    await gate.answer('alice', other, { decision: 'approve' });
    expect(endOf(await gate.customRun('pruned-other'))).toBe('True Approved');
    expect(endOf(await gate.pipelineRun('pruned', () => true))).toMatch(/^Unknown /);
    await gate.answer('alice', second, { decision: 'reject', comment: 'not again' });
    await pipelineRunAt(gate, 'pruned', 'True Succeeded');
    const run = await gate.customRun('pruned-approve');
    expect(resultsOf(run)).toMatchObject({ decision: 'false', comment: 'not again', approvedBy: '' });
  });
});

describe.concurrent('a run that asks nobody', () => {
  const ref = { apiVersion: 'tekton.automatiko.io/v1beta1', kind: 'ApprovalTask' };
  it.each([
    {
      what: 'another version',
      reason: 'UnsupportedReference',
      ref: { ...ref, apiVersion: 'tekton.automatiko.io/v1' },
    },
    { what: 'another kind', reason: 'UnsupportedReference', ref: { ...ref, kind: 'Approval' } },
    { what: 'our kind in lower case', reason: 'UnsupportedReference', ref: { ...ref, kind: 'approvaltask' } },
    {
      what: 'our group in capitals',
      reason: 'UnsupportedReference',
      ref: { ...ref, apiVersion: 'Tekton.Automatiko.io/v1beta1' },
    },
    { what: 'a mistake in its parameters', reason: 'InvalidParameters', ref, params: { strategy: 'ALL' } },
  ])(
    'because of $what fails as $reason, and its pipeline with it',
    async ({ what, reason, params, ...step }) => {
      const name = `nobody-${what.replaceAll(/\W+/g, '-')}`;
      const tasks = [gateStep('approve', { params: { ...params }, taskRef: step.ref }), deploy];
      await start(gate, name, { tasks });
      expect(ran(await pipelineRunAt(gate, name, 'False Failed'))).toEqual([]);
      const run = await gate.customRun(`${name}-approve`);
      expect(endOf(run)).toBe(`False ${reason}`);
      expect(run.status?.completionTime).toMatch(/^20/);
      if (reason === 'UnsupportedReference') {
        const exact = 'apiVersion: tekton.automatiko.io/v1beta1 and kind: ApprovalTask';
        expect(run.status?.conditions?.[0]?.message).toContain(exact);
      }
      expect(await gate.read(approvalTasks, `${name}-approve`)).toBeUndefined();
    },
  );
});

describe.concurrent('a waiting run that somebody tampers with', () => {
  it.each([
    { what: 'params', spec: { params: [{ name: 'approvers', value: ['mallory'] }] } },
    { what: 'reference', spec: { customRef: { apiVersion: 'tekton.automatiko.io/v1beta1', kind: 'Other' } } },
  ])('by its $what drifts: an answer comes too late, and the pipeline fails', async ({ what, spec }) => {
    const task = await startAsking(gate, `drift-${what}`, { tasks: [gateStep('approve'), deploy] });
    await changeRun(gate, `drift-${what}-approve`, spec);
    expect(endOf(await gate.customRun(`drift-${what}-approve`))).toBe('False SpecDrift');
    const settled = await gate.task(`drift-${what}-approve`, ({ status }) => status?.outcome !== undefined);
    expect(settled.status?.outcome).toBe('invalid');
    const late = await gate.answer('alice', task, { decision: 'approve' });
    expect(late.status).toMatchObject({ verdict: 'refused', code: 'settled' });
    expect(ran(await pipelineRunAt(gate, `drift-${what}`, 'False Failed'))).toEqual([]);
  });

  it('by what Tekton itself may change, its cancel aside, waits on', async () => {
    const task = await startAsking(gate, 'no-drift', { tasks: [gateStep('approve'), deploy] });
    await changeRun(gate, 'no-drift-approve', { serviceAccountName: 'builder' });
    await gate.customRun('no-drift-approve', ({ status }) => status?.observedGeneration === 2);
    await gate.answer('alice', task, { decision: 'approve' });
    expect(ran(await pipelineRunAt(gate, 'no-drift', 'True Succeeded'))).toEqual(['deploy']);
  });

  it('by deleting its ApprovalTask fails at once, and so does the pipeline: nobody is asked again', async () => {
    const task = await startAsking(gate, 'task-gone', { tasks: [gateStep('approve'), deploy] });
    await gate.admin.delete(approvalTasks, gate.key('task-gone-approve'));
    const run = await gate.customRun('task-gone-approve');
    expect(endOf(run)).toBe('False ApprovalTaskDeleted');
    expect(resultsOf(run)).toMatchObject({ decision: 'false', outcome: 'invalid' });
    const stale = await gate.answer('alice', task, { decision: 'approve' });
    expect(stale.status).toMatchObject({ verdict: 'refused', code: 'wrongTask' });
    expect(ran(await pipelineRunAt(gate, 'task-gone', 'False Failed'))).toEqual([]);
    expect(await gate.read(approvalTasks, 'task-gone-approve')).toBeUndefined();
  });
});

describe.concurrent('a decided run that somebody sets back', () => {
  const unknown = (run: CustomRun): object => {
    const [condition] = run.status?.conditions ?? [];
    return { ...condition, status: 'Unknown', reason: 'NewObservedGenFailure' };
  };
  it.each([
    { what: 'to Unknown', wipe: {} },
    {
      what: 'to Unknown, without results and times',
      wipe: { results: null, completionTime: null, startTime: null },
    },
    { what: 'to Unknown, without the uid of its task', wipe: { extraFields: null } },
  ])('$what is restored, and its pipeline goes on as decided', async ({ what, wipe }) => {
    const name = `set-back-${what.replaceAll(/\W+/g, '-').toLowerCase()}`;
    const tasks = [gateStep('approve'), gateStep('other'), deploy];
    const task = await startAsking(gate, name, { tasks });
    const other = await gate.task(`${name}-other`);
    await gate.answer('alice', task, { decision: 'approve', comment: 'yes' });
    const settled = await gate.customRun(`${name}-approve`);
    const body = { status: { conditions: [unknown(settled)], ...wipe } };
    const patch = { type: 'merge', subresource: 'status' } as const;
    const { object } = await gate.admin.patch(customRuns, gate.key(`${name}-approve`), body, patch);
    const restored = await gate.customRun(`${name}-approve`, (run) => {
      return (
        endOf(run) === 'True Approved' && run.metadata.resourceVersion !== object.metadata.resourceVersion
      );
    });
    expect(restored.status?.results).toEqual(settled.status?.results);
    expect(restored.status?.completionTime).toBe(settled.status?.completionTime);
    expect(restored.status?.extraFields).toEqual(settled.status?.extraFields);
    await gate.answer('alice', other, { decision: 'approve' });
    const ended = await pipelineRunAt(gate, name, 'True Succeeded');
    expect([ran(ended), gatesOf(ended)]).toEqual([['deploy'], [`${name}-approve`, `${name}-other`]]);
  });
});

describe.concurrent('until when people are told to answer', () => {
  it.each([
    { which: 'the PipelineRun', pipeline: '30m', timeout: '2h', minutes: 30, whose: true },
    { which: 'the PipelineRun, by default', timeout: '2h', minutes: 60, whose: true },
    { which: 'the request', pipeline: '2h', timeout: '20m', minutes: 20, whose: false },
    {
      which: 'the PipelineRun, where the request has no limit',
      pipeline: '40m',
      timeout: '0',
      minutes: 40,
      whose: true,
    },
  ])(
    'is the end of $which, and the mail says whose limit it is',
    async ({ pipeline, timeout, minutes, whose }) => {
      const name = `until-${String(minutes)}m`;
      const step = gateStep('approve', { params: { approvers: [ann], timeout } });
      await startAsking(gate, name, {
        tasks: [step],
        run: pipeline === undefined ? {} : { timeouts: { pipeline } },
      });
      await latestLink(gate, { address: ann, run: name, mails: 1 });
      const text = (mailsFor(gate, name)[0]?.parsed.text ?? '').replaceAll(/\s+/g, ' ');
      const told = /Answer before (\S+ \S+) UTC/.exec(text)?.[1] ?? '';
      const { creationTimestamp } = (await gate.pipelineRun(name, () => true)).metadata;
      const limit = Date.parse(`${told.replace(' ', 'T')}Z`) - Date.parse(creationTimestamp);
      // The mail shows whole minutes, and Tekton starts a moment after the creation.
      expect(Math.abs(limit - minutes * 60_000)).toBeLessThan(120_000);
      expect(text.includes('Then the time limit of the pipeline run itself ends it.')).toBe(whose);
    },
  );
});
