import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalDecision } from '../../src/api/approvaldecision.ts';
import type { ApprovalTask, ApprovalTaskStatus } from '../../src/api/approvaltask.ts';
import type { CustomRun } from '../../src/api/tekton.ts';
import { approvalDecisions } from '../../src/api/resources.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { FormClient } from '../fakes/form-client.ts';
import { taskRef, write } from './asking.ts';
import { openGate, type Gate } from './gate.ts';
import { until } from './until.ts';
import {
  endOf,
  gateStep,
  job,
  latestLink,
  pipelineRunAt,
  ran,
  resultsOf,
  start,
  startAsking,
  uidOf,
} from './turns.ts';

/** Deadlines and retries of runs that Tekton made. Every waiting overlaps with every other. */

let gate: Gate;
beforeAll(async () => {
  gate = await openGate();
  await gate.allow(
    'people',
    ['alice', 'bob'].map((name) => ({ kind: 'User', name })),
  );
});
afterAll(async () => gate.close());

const deploy = job('deploy', { runAfter: ['approve'] });

/** A run's deadline, in milliseconds after its start. */
const limitOf = (status: ApprovalTaskStatus | undefined): number | undefined =>
  status?.deadline === undefined
    ? undefined
    : Date.parse(status.deadline) - Date.parse(status.startTime ?? '');

/** The run's clock began anew after the first attempt, which ended as timed out. */
function expectFirstAttemptOnRecord({ status }: CustomRun, first: ApprovalTask): void {
  expect(status?.startTime?.localeCompare(first.status?.deadline ?? '')).toBe(1);
  const completed = expect.stringMatching(/^20/);
  const ended = { type: 'Succeeded', status: 'False', reason: 'CustomRunTimedOut' };
  expect(status?.retriesStatus?.[0]).toMatchObject({
    conditions: [{ ...ended, message: expect.stringContaining('Attempt 1'), lastTransitionTime: completed }],
    startTime: first.status?.startTime,
    completionTime: completed,
  });
}

// First, because it waits longest.
describe.concurrent('a deadline that passes while no controller runs', () => {
  it('counts an answer that was given in time, and refuses one that was given late', async () => {
    const offline = await openGate();
    try {
      await offline.allow('people', [{ kind: 'User', name: 'alice' }]);
      const step = gateStep('approve', { timeout: '10s' });
      const inTime = await startAsking(offline, 'in-time', { tasks: [step] });
      const late = await startAsking(offline, 'too-late', { tasks: [step] });
      await offline.stopOperator();
      const answer = async (name: string, task: typeof late): Promise<ApprovalDecision> =>
        write(
          offline.as('alice'),
          { namespace: offline.namespace, name },
          {
            taskRef: taskRef(task),
            decision: 'approve',
            comment: '',
            via: 'kubernetes',
            actor: { kind: 'kubernetes', username: 'alice' },
          },
        );
      const given = await answer('in-time', inTime);
      expect(Date.parse(given.metadata.creationTimestamp)).toBeLessThan(
        Date.parse(inTime.status?.deadline ?? ''),
      );
      let count = 0;
      await until('an answer after the deadline', async () => {
        count += 1;
        const made = await answer(`try-${String(count)}`, late);
        if (made.metadata.creationTimestamp >= (late.status?.deadline ?? '')) return true;
        await offline.admin.delete(approvalDecisions, offline.key(`try-${String(count)}`));
        return false;
      });
      await offline.startOperator();

      expect(endOf(await offline.customRun('in-time-approve'))).toBe('True Approved');
      expect((await offline.verdict('in-time')).status?.verdict).toBe('counted');
      await pipelineRunAt(offline, 'in-time', 'True Succeeded');
      expect(endOf(await offline.customRun('too-late-approve'))).toBe('False CustomRunTimedOut');
      const verdicts = await offline.all<ApprovalDecision & KubeObject>(approvalDecisions);
      const refused = verdicts.find(({ metadata }) => metadata.name.startsWith('try-'));
      expect(refused?.status).toMatchObject({ verdict: 'refused', code: 'late' });
      await pipelineRunAt(offline, 'too-late', 'False Failed');
    } finally {
      await offline.close();
    }
  });
});

describe.concurrent('a deadline that passes with retries left', () => {
  it('asks anew: fresh links, dead old ones, a new clock, and no answer of the attempt before counts', async () => {
    const approvers = ['ann@example.com', 'ben@example.com'];
    const params = { approvers, strategy: 'MULTI' };
    const step = gateStep('approve', { params, timeout: '8s', retries: 10 });
    const first = await startAsking(gate, 'asks-anew', { tasks: [step, deploy] });
    const link = async (address: string, mails: number): Promise<string> =>
      latestLink(gate, { address, run: 'asks-anew', mails });
    const approve = async (url: string, comment: string): Promise<number> => {
      const browser = new FormClient();
      return (await browser.answer(await browser.open(url), 'approve', comment)).status;
    };
    const oldLink = await link('ann@example.com', 1);
    expect(await approve(await link('ben@example.com', 1), 'too early')).toBe(200);
    await gate.task(first.metadata.name, ({ status }) => status?.responses?.length === 1);

    const name = first.metadata.name;
    const second = await gate.task(name, ({ status }) => (status?.attempt ?? 1) >= 2);
    expect(second.status?.awaiting).toEqual(approvers);
    expect((await new FormClient().open(oldLink)).status).toBe(410);
    const answer = {
      taskRef: taskRef(second),
      attempt: 1,
      decision: 'approve',
      comment: '',
      via: 'kubernetes',
      actor: { kind: 'kubernetes', username: 'alice' },
    };
    await write(gate.as('alice'), { namespace: gate.namespace, name: 'to-attempt-1' }, answer);
    expect((await gate.verdict('to-attempt-1')).status).toMatchObject({
      verdict: 'refused',
      code: 'superseded',
    });

    const waiting = await gate.customRun(name, ({ status }) => status?.retriesStatus !== undefined);
    expect(endOf(waiting)).toBe('Unknown WaitingForApproval');
    expectFirstAttemptOnRecord(waiting, first);
    expect(limitOf(second.status)).toBeGreaterThanOrEqual(8_000);

    // A slow machine may need more than one attempt for two answers.
    await until('both to have answered in one attempt', async () => {
      for (const address of approvers)
        await approve(await link(address, 2), `by ${address}`).catch(() => undefined);
      return (await gate.task(name)).status?.outcome !== undefined;
    });
    expect(ran(await pipelineRunAt(gate, 'asks-anew', 'True Succeeded'))).toEqual(['deploy']);
    const settled = await gate.customRun(name);
    expect(endOf(settled)).toBe('True Approved');
    expect(resultsOf(settled)).toMatchObject({
      approvedBy: 'ann@example.com|ben@example.com',
      comment: 'by ann@example.com|by ben@example.com',
    });
    expect(settled.status?.retriesStatus?.[0]).toEqual(waiting.status?.retriesStatus?.[0]);
  });

  it('ends as timed out once no retry is left, with every attempt on record', async () => {
    const step = gateStep('approve', { timeout: '1s', retries: 1 });
    await start(gate, 'runs-out', { tasks: [step, deploy] });
    const run = await gate.customRun('runs-out-approve');
    expect(endOf(run)).toBe('False CustomRunTimedOut');
    expect(run.status?.retriesStatus).toHaveLength(1);
    // What was answered in time may be listed up to two seconds late.
    const { deadline, completionTime } = (await gate.task('runs-out-approve')).status ?? {};
    expect(Date.parse(completionTime ?? '') - Date.parse(deadline ?? '')).toBeGreaterThanOrEqual(2_000);
    expect(ran(await pipelineRunAt(gate, 'runs-out', 'False Failed'))).toEqual([]);
  });

  it.each([
    { onReject: 'continue', end: 'True Rejected', owner: 'True Succeeded' },
    { onReject: 'fail', end: 'False Rejected', owner: 'False Failed' },
  ])('does not bring a rejection back (onReject: $onReject)', async ({ onReject, end, owner }) => {
    const name = `rejected-${onReject}`;
    const step = gateStep('approve', { params: { onReject }, timeout: '1h', retries: 3 });
    const task = await startAsking(gate, name, { tasks: [step] });
    const uid = await uidOf(gate, `${name}-approve`);
    await gate.answer('alice', task, { decision: 'reject', comment: 'no' });
    await pipelineRunAt(gate, name, owner);
    const run = await gate.customRun(`${name}-approve`);
    expect(endOf(run)).toBe(end);
    expect(run.status?.retriesStatus).toBeUndefined();
    expect(run.metadata.uid).toBe(uid);
    expect((await gate.task(`${name}-approve`)).status).toMatchObject({ attempt: 1, outcome: 'rejected' });
  });
});

describe.concurrent('how long people have', () => {
  const own = { params: { timeout: '15m' } };
  it.each([
    { from: 'the pipeline task', step: { timeout: '30m' }, run: {}, handed: '30m0s', minutes: 30 },
    {
      from: 'taskRunSpecs, before the pipeline task',
      step: { timeout: '30m' },
      run: { taskRunSpecs: [{ pipelineTaskName: 'approve', timeout: '20m' }] },
      handed: '20m0s',
      minutes: 20,
    },
    {
      from: 'timeouts.tasks, where it is longer than the default of the cluster',
      step: {},
      run: { timeouts: { pipeline: '3h', tasks: '2h' } },
      handed: '2h0m0s',
      minutes: 120,
    },
    {
      from: 'the parameter, where Tekton hands over no timeout',
      step: own,
      run: { timeouts: { pipeline: '24h' } },
      handed: undefined,
      minutes: 15,
    },
    {
      from: 'the pipeline task, before the parameter',
      step: { ...own, timeout: '30m' },
      run: {},
      handed: '30m0s',
      minutes: 30,
    },
    {
      from: 'a timeout of 0, which is no limit, before the parameter',
      step: { ...own, timeout: '0s' },
      run: {},
      handed: '0s',
      minutes: undefined,
    },
    { from: 'nothing, which is no limit of ours', step: {}, run: {}, handed: undefined, minutes: undefined },
  ])('comes from $from', async ({ from, step, run, handed, minutes }) => {
    const name = `limit-${from
      .replaceAll(/[^a-z0-9]+/gi, '-')
      .slice(0, 30)
      .toLowerCase()}-${String(minutes)}`;
    const task = await startAsking(gate, name, { tasks: [gateStep('approve', step)], run });
    const { spec } = await gate.customRun(`${name}-approve`, () => true);
    expect(spec.timeout).toBe(handed);
    expect(limitOf(task.status)).toBe(minutes === undefined ? undefined : minutes * 60_000);
    expect(task.status?.startTime).toBe(task.metadata.creationTimestamp);
  });
});
