import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pipelineRuns } from '../../src/api/resources.ts';
import { approval, consumer, inlineRun } from '../builders/inline-run.ts';
import { arrivedAt, valuesOf } from './arrivals.ts';
import { openGate, type Gate, type PipelineRunObject } from './gate.ts';

/** What Tekton makes of a run's results, for each way in which it may end. */

let gate: Gate;
beforeAll(async () => {
  gate = await openGate();
  await gate.allow('people', [
    { kind: 'User', name: 'alice' },
    { kind: 'User', name: 'bob' },
  ]);
});
afterAll(async () => gate.close());

const result = (name: string): string => `$(tasks.ask.results.${name})`;
const names = ['decision', 'comment', 'approvedBy', 'rejectedBy', 'outcome', 'approvers', 'auditDigest'];
/** As texts. The list of approvers becomes an array where a task is handed it. */
const texts = Object.fromEntries(
  names.filter((name) => name !== 'approvers').map((name) => [name, result(name)]),
);
const results = names.map((name) => ({ name, value: result(name) }));

const tasksOf = (run: PipelineRunObject): string[] =>
  (run.status?.childReferences ?? []).map(({ pipelineTaskName }) => pipelineTaskName).toSorted();
const skippedOf = (run: PipelineRunObject): string[] =>
  (run.status?.skippedTasks ?? []).map(({ name }) => name).toSorted();

describe.concurrent('results', () => {
  it('of an approval reach a task: all of them, and the approvers as a list', async () => {
    const use = consumer('use', { ...texts, people: ['$(tasks.ask.results.approvers[*])'] });
    const params = { approvers: ['alice', 'bob'], strategy: 'FOUR_EYES' };
    const pipeline = { results };
    await gate.create(pipelineRuns, inlineRun('all', { tasks: [approval('ask', params), use], pipeline }));
    await gate.answer('alice', await gate.task('all-ask'), { decision: 'approve', comment: 'first' });
    await gate.answer('bob', await gate.task('all-ask'), { decision: 'approve', comment: 'second' });
    const run = await gate.pipelineRun('all');
    const { auditDigest = '' } = (await gate.task('all-ask')).status ?? {};
    const said = {
      decision: 'true',
      comment: 'second',
      approvedBy: 'alice|bob',
      rejectedBy: '',
      outcome: 'approved',
      auditDigest,
    };
    expect(await arrivedAt(gate, 'all-use')).toEqual({ ...said, people: ['alice', 'bob'] });
    expect(valuesOf(run.status?.results)).toEqual({ ...said, approvers: '["alice","bob"]' });
    expect(auditDigest).toMatch(/^[0-9a-f]{64}$/);
  });

  it('of one approver are a list of one', async () => {
    const use = consumer('use', { people: ['$(tasks.ask.results.approvers[*])'] });
    const tasks = [approval('ask', { approvers: ['alice'] }), use];
    await gate.create(pipelineRuns, inlineRun('one', { tasks }));
    await gate.answer('alice', await gate.task('one-ask'), { decision: 'approve' });
    await gate.pipelineRun('one');
    expect(await arrivedAt(gate, 'one-use')).toEqual({ people: ['alice'] });
  });

  it('of a rejection choose the branch; what needs the skipped one is skipped, what only follows it runs', async () => {
    const when = (value: string): object => ({
      when: [{ input: result('decision'), operator: 'in', values: [value] }],
    });
    const tasks = [
      approval('ask', { approvers: ['alice'] }),
      // With nobody who approved there is no list to hand over; it must not fail for that.
      consumer('deploy', { people: ['$(tasks.ask.results.approvers[*])'] }, { ...when('true') }),
      consumer('roll-back', { why: result('comment') }, { ...when('false') }),
      consumer('clean', {}, { runAfter: ['deploy'] }),
    ];
    await gate.create(pipelineRuns, inlineRun('branch', { tasks }));
    await gate.answer('alice', await gate.task('branch-ask'), { decision: 'reject', comment: 'not yet' });
    const run = await gate.pipelineRun('branch');
    expect(run.status?.conditions?.[0]).toMatchObject({ status: 'True', reason: 'Completed' });
    expect(tasksOf(run)).toEqual(['ask', 'clean', 'roll-back']);
    expect(skippedOf(run)).toEqual(['deploy']);
    expect(await arrivedAt(gate, 'branch-roll-back')).toEqual({ why: 'not yet' });
  });

  it.each([
    {
      end: 'that fails',
      name: 'rejected',
      params: { approvers: ['alice'], onReject: 'fail' },
      said: { decision: 'false', comment: 'no', rejectedBy: 'alice', outcome: 'rejected' },
    },
    {
      end: 'that timed out',
      name: 'timed-out',
      params: { approvers: ['alice'], timeout: '1s' },
      said: { decision: 'false', comment: '', rejectedBy: '', outcome: 'timedOut' },
    },
    {
      end: 'that was wrong from the beginning',
      name: 'invalid',
      params: { approvers: [] },
      said: { decision: 'false', comment: '', rejectedBy: '', outcome: 'invalid' },
    },
  ])('of a gate $end reach the finally tasks and the run’s own results', async ({ name, params, said }) => {
    const tasks = [approval('ask', params), consumer('deploy', {}, { runAfter: ['ask'] })];
    const pipeline = { finally: [consumer('report', texts)], results };
    await gate.create(pipelineRuns, inlineRun(name, { tasks, pipeline }));
    if (name === 'rejected')
      await gate.answer('alice', await gate.task('rejected-ask'), { decision: 'reject', comment: 'no' });
    const run = await gate.pipelineRun(name);
    expect(run.status?.conditions?.[0]).toMatchObject({ status: 'False', reason: 'Failed' });
    expect(tasksOf(run)).toEqual(['ask', 'report']);
    expect(await arrivedAt(gate, `${name}-report`)).toMatchObject({ ...said, approvedBy: '' });
    expect(valuesOf(run.status?.results)).toMatchObject({ ...said, approvers: '' });
  });
});
