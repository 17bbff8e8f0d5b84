import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalDecision } from '../../src/api/approvaldecision.ts';
import { approvalTasks, customRuns } from '../../src/api/resources.ts';
import { sized, throwDice } from '../tier.ts';
import { openGate, type Gate } from './gate.ts';
import {
  changeRun,
  endOf,
  endPipelineRun,
  gatesOf,
  gateStep,
  handedTo,
  job,
  mailsFor,
  pipelineRunAt,
  ran,
  resultsOf,
  skipped,
  start,
  startAsking,
} from './turns.ts';

/** How Tekton asks a waiting run to end, and what it does once the run has. */

let gate: Gate;
beforeAll(async () => {
  gate = await openGate();
  await gate.allow('people', [{ kind: 'User', name: 'alice' }]);
});
afterAll(async () => gate.close());

const deploy = job('deploy', { runAfter: ['approve'] });
const tidy = job('tidy', {
  values: { status: '$(tasks.approve.status)', reason: '$(tasks.approve.reason)' },
});
const words = {
  cancelled: 'CustomRun cancelled as the PipelineRun it belongs to has been cancelled.',
  timedOut: 'CustomRun cancelled as the PipelineRun it belongs to has timed out.',
};

describe.concurrent('a PipelineRun that is ended by its user', () => {
  it('Cancelled: the gate ends in the words of Tekton, and so does the request', async () => {
    await startAsking(gate, 'at-once', { tasks: [gateStep('approve'), deploy], finally: [tidy] });
    await endPipelineRun(gate, 'at-once', 'Cancelled');
    const ended = await pipelineRunAt(gate, 'at-once', 'False Cancelled');
    expect(ran(ended)).toEqual([]);
    const run = await gate.customRun('at-once-approve');
    expect(run.status?.conditions?.[0]).toMatchObject({
      type: 'Succeeded',
      status: 'False',
      reason: 'CustomRunCancelled',
      message: words.cancelled,
    });
    expect(run.status?.completionTime).toMatch(/^20/);
    expect(resultsOf(run)).toMatchObject({ decision: 'false', outcome: 'cancelled' });
    expect((await gate.task('at-once-approve')).status).toMatchObject({ outcome: 'cancelled' });
  });

  it('CancelledRunFinally: Tekton waits for the gate to end, and then runs the finally tasks', async () => {
    await startAsking(gate, 'then-tidy', { tasks: [gateStep('approve'), deploy], finally: [tidy] });
    await endPipelineRun(gate, 'then-tidy', 'CancelledRunFinally');
    const ended = await pipelineRunAt(gate, 'then-tidy', 'False Cancelled');
    expect(ran(ended)).toEqual(['tidy']);
    expect(await handedTo(gate, 'then-tidy-tidy')).toEqual({
      status: 'Failed',
      reason: 'CustomRunCancelled',
    });
    expect(endOf(await gate.customRun('then-tidy-approve'))).toBe('False CustomRunCancelled');
  });

  it('StoppedRunFinally: the gate stays open, its answer counts, and then the finally tasks run', async () => {
    const task = await startAsking(gate, 'no-more', {
      tasks: [gateStep('approve'), deploy],
      finally: [tidy],
    });
    await endPipelineRun(gate, 'no-more', 'StoppedRunFinally');
    // Tekton sends no signal and writes nothing about it: the answer is what moves it.
    expect((await gate.task('no-more-approve')).status?.status).toBe('pending');
    expect((await gate.answer('alice', task, { decision: 'approve' })).status?.verdict).toBe('counted');
    const ended = await pipelineRunAt(gate, 'no-more', 'False Cancelled');
    expect(ran(ended)).toEqual(['tidy']);
    expect(skipped(ended)).toEqual({ deploy: 'PipelineRun was gracefully stopped' });
    expect(await handedTo(gate, 'no-more-tidy')).toEqual({ status: 'Succeeded', reason: 'Approved' });
    expect(endOf(await gate.customRun('no-more-approve'))).toBe('True Approved');
  });
});

describe.concurrent('a PipelineRun whose time is up', () => {
  it('timeouts.pipeline: the gate is cancelled in the words of Tekton, and the run counts as timed out', async () => {
    const run = { timeouts: { pipeline: '4s' } };
    await startAsking(gate, 'pipeline-limit', { tasks: [gateStep('approve'), deploy], run });
    const ended = await pipelineRunAt(gate, 'pipeline-limit', 'False PipelineRunTimeout');
    expect(ran(ended)).toEqual([]);
    const gated = await gate.customRun('pipeline-limit-approve');
    expect(endOf(gated)).toBe('False CustomRunCancelled');
    expect(gated.status?.conditions?.[0]?.message).toBe(words.timedOut);
    const task = await gate.task('pipeline-limit-approve');
    expect(task.status).toMatchObject({ outcome: 'cancelled', message: words.timedOut });
  });

  it('timeouts.tasks: Tekton waits for the gate to end, and then runs the finally tasks', async () => {
    const run = { timeouts: { pipeline: '1h', tasks: '4s' } };
    await startAsking(gate, 'tasks-limit', { tasks: [gateStep('approve'), deploy], finally: [tidy], run });
    const ended = await pipelineRunAt(gate, 'tasks-limit', 'False PipelineRunTimeout');
    expect(ran(ended)).toEqual(['tidy']);
    const gated = await gate.customRun('tasks-limit-approve');
    expect(gated.status?.conditions?.[0]).toMatchObject({
      reason: 'CustomRunCancelled',
      message: words.timedOut,
    });
    expect(await handedTo(gate, 'tasks-limit-tidy')).toEqual({
      status: 'Failed',
      reason: 'CustomRunCancelled',
    });
  });

  it('timeouts.tasks without a finally task: the PipelineRun ends at once', async () => {
    const run = { timeouts: { pipeline: '1h', tasks: '4s' } };
    await startAsking(gate, 'bare-limit', { tasks: [gateStep('approve'), deploy], run });
    await pipelineRunAt(gate, 'bare-limit', 'False PipelineRunTimeout');
    expect(endOf(await gate.customRun('bare-limit-approve'))).toBe('False CustomRunCancelled');
  });

  it('timeouts.finally: a gate among the finally tasks is cancelled as well', async () => {
    const run = { timeouts: { pipeline: '1h', tasks: '30m', finally: '4s' } };
    await startAsking(gate, 'last-limit', { tasks: [job('build')], finally: [gateStep('approve')], run });
    await pipelineRunAt(gate, 'last-limit', 'False Failed');
    const gated = await gate.customRun('last-limit-approve');
    expect(gated.status?.conditions?.[0]).toMatchObject({
      reason: 'CustomRunCancelled',
      message: words.timedOut,
    });
  });
});

describe.concurrent('a single run that is stopped', () => {
  it('without words, as the Dashboard stops one: it ends as cancelled whatever retries are left, and Tekton counts it so', async () => {
    const step = gateStep('approve', { timeout: '1h', retries: 3 });
    await startAsking(gate, 'by-dashboard', { tasks: [step, deploy], finally: [tidy] });
    await changeRun(gate, 'by-dashboard-approve', { status: 'RunCancelled' });
    const run = await gate.customRun('by-dashboard-approve');
    expect(run.status?.conditions?.[0]).toMatchObject({
      reason: 'CustomRunCancelled',
      message: 'The run was cancelled.',
    });
    expect(run.status?.retriesStatus).toBeUndefined();
    const ended = await pipelineRunAt(gate, 'by-dashboard', 'False Cancelled');
    expect(ran(ended)).toEqual(['tidy']);
  });

  it('with another word in spec.status: it waits on, and its answer counts', async () => {
    const task = await startAsking(gate, 'other-word', { tasks: [gateStep('approve'), deploy] });
    await changeRun(gate, 'other-word-approve', { status: 'RunPaused' });
    const seen = await gate.customRun('other-word-approve', ({ status }) => status?.observedGeneration === 2);
    expect(endOf(seen)).toBe('Unknown WaitingForApproval');
    await gate.answer('alice', task, { decision: 'approve' });
    expect(ran(await pipelineRunAt(gate, 'other-word', 'True Succeeded'))).toEqual(['deploy']);
  });
});

describe('cancel and answer', () => {
  it('a gate that was decided before its PipelineRun is cancelled keeps its decision', async () => {
    const tasks = [gateStep('approve'), gateStep('other'), deploy];
    const task = await startAsking(gate, 'decided', { tasks });
    await gate.answer('alice', task, { decision: 'approve', comment: 'yes' });
    const before = await gate.customRun('decided-approve');
    await endPipelineRun(gate, 'decided', 'Cancelled');
    await pipelineRunAt(gate, 'decided', 'False Cancelled');
    const after = await gate.customRun('decided-approve', ({ metadata, status }) => {
      return metadata.generation === 2 && status?.observedGeneration === 2;
    });
    expect(after.spec.status).toBe('RunCancelled');
    expect({ ...after.status, observedGeneration: 1 }).toEqual(before.status);
    expect(endOf(await gate.customRun('decided-other'))).toBe('False CustomRunCancelled');
  });

  const dice = throwDice('cancel and answer');
  const pairs = Array.from({ length: sized({ short: 8, long: 60 }) }, (_, at) => ({
    name: `race-${String(at)}`,
    lead: dice.below(600) - 500,
    byPipelineRun: dice.next() < 0.5,
  }));
  it('in one instant have one winner: run, task and answer tell the same', async () => {
    const winners = await Promise.all(
      pairs.map(async ({ name, lead, byPipelineRun }) => {
        const task = await startAsking(gate, name, { tasks: [gateStep('approve'), deploy] });
        const cancel = async (): Promise<void> => {
          await sleep(Math.max(0, lead));
          if (byPipelineRun) await endPipelineRun(gate, name, 'Cancelled');
          else await changeRun(gate, `${name}-approve`, { status: 'RunCancelled' });
        };
        const approve = async (): Promise<ApprovalDecision> => {
          await sleep(Math.max(0, -lead));
          return gate.answer('alice', task, { decision: 'approve' });
        };
        const [answer] = await Promise.all([approve(), cancel()]);
        const run = await gate.customRun(`${name}-approve`);
        const settled = await gate.task(`${name}-approve`, ({ status }) => status?.outcome !== undefined);
        await gate.pipelineRun(name);
        return [endOf(run), settled.status?.outcome, answer.status?.code ?? answer.status?.verdict].join(
          ', ',
        );
      }),
    );
    const allowed = ['True Approved, approved, counted', 'False CustomRunCancelled, cancelled, settled'];
    expect(winners.filter((winner) => !allowed.includes(winner))).toEqual([]);
    console.log(
      `${winners.filter((winner) => winner === allowed[0]).length} of ${winners.length} were approved`,
    );
  });
});

describe('a run that was cancelled before anybody looked', () => {
  it('ends as cancelled at once: no task is made and no mail is sent', async () => {
    await gate.stopOperator();
    const params = { approvers: ['ann@example.com'] };
    const tasks = [gateStep('approve', { params }), deploy];
    await start(gate, 'too-soon', { tasks });
    await gate.pipelineRun('too-soon', (run) => gatesOf(run).length > 0);
    await endPipelineRun(gate, 'too-soon', 'Cancelled');
    await pipelineRunAt(gate, 'too-soon', 'False Cancelled');
    await gate.startOperator();
    const run = await gate.customRun('too-soon-approve');
    expect(run.status?.conditions?.[0]).toMatchObject({
      reason: 'CustomRunCancelled',
      message: words.cancelled,
    });
    // A later gate whose mail has come shows that this one had its turn.
    await startAsking(gate, 'afterwards', { tasks });
    await gate.mail.waitFor(({ parsed }) => (parsed.subject ?? '').includes('afterwards'));
    expect(await gate.read(approvalTasks, 'too-soon-approve')).toBeUndefined();
    expect(mailsFor(gate, 'too-soon')).toEqual([]);
    expect(await gate.read(customRuns, 'too-soon-approve')).toBeDefined();
  });
});
