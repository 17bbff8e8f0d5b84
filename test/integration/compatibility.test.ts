import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { approvalTasks, pipelineRuns } from '../../src/api/resources.ts';
import { pipeline, pipelineRun } from '../builders/pipeline.ts';
import { pipelines, pipelinesV1beta1 } from '../builders/resources.ts';
import { openGate, type Gate } from './gate.ts';

/** Pipelines as they are written today for tekton.automatiko.io/v1beta1 ApprovalTask: nothing here knows of us. */

let gate: Gate;
beforeAll(async () => {
  gate = await openGate();
  await gate.allow('groups', [
    { kind: 'Group', name: 'team-a' },
    { kind: 'Group', name: 'team-b' },
    { kind: 'User', name: 'alice' },
  ]);
});
afterAll(async () => gate.close());

const spell = (value: unknown): { name: string; value: unknown }[] => [
  { name: 'pipeline', value: '$(context.pipelineRun.name)' },
  { name: 'description', value: 'Sample approval from pipeline $(context.pipeline.name)' },
  { name: 'approvers', value },
];

describe('a pipeline written for the existing ApprovalTask', () => {
  it('runs unchanged as tekton.dev/v1beta1, with a reference name of its own', async () => {
    await gate.create(
      pipelinesV1beta1,
      pipeline({
        name: 'old',
        apiVersion: 'tekton.dev/v1beta1',
        params: spell(['alice']),
        ref: { name: 'approval' },
      }),
    );
    await gate.create(pipelineRuns, pipelineRun('old-run', 'old'));
    const task = await gate.task('old-run-approve');
    expect(task.spec).toMatchObject({
      pipeline: 'old-run',
      description: 'Sample approval from pipeline old',
      strategy: 'SINGLE',
      approvers: ['alice'],
      groups: [],
    });
    expect(task.metadata.labels).toMatchObject({ decision: 'pending', responses: '0_of_1' });
    expect(task.status).toMatchObject({
      status: 'pending',
      approvalUrl: `${gate.baseUrl}/a/${gate.namespace}/old-run-approve`,
    });
    await gate.answer('alice', task, { decision: 'approve', comment: 'ok' });
    const run = await gate.customRun('old-run-approve');
    const results = Object.fromEntries((run.status?.results ?? []).map(({ name, value }) => [name, value]));
    expect(results).toMatchObject({ decision: 'true', comment: 'ok', approvedBy: 'alice', rejectedBy: '' });
    const settled = await gate.task(
      'old-run-approve',
      ({ metadata }) => metadata.labels?.['decision'] === 'approved',
    );
    expect(settled.status?.results).toEqual({
      decision: 'true',
      comment: 'ok',
      approvedBy: 'alice',
      rejectedBy: '',
    });
  });

  it('takes a param whatever the case of its name, and a list given as JSON text', async () => {
    const params = [
      { name: 'APPROVERS', value: '["alice"]' },
      { name: 'Description', value: 'case' },
    ];
    await gate.create(pipelines, pipeline({ name: 'cases', params }));
    await gate.create(pipelineRuns, pipelineRun('cases', 'cases'));
    expect((await gate.task('cases-approve')).spec).toMatchObject({
      approvers: ['alice'],
      description: 'case',
    });
  });

  it('FOUR_EYES of groups alone: any two members, and never the same one twice', async () => {
    const params = [
      { name: 'groups', value: ['team-a', 'team-b'] },
      { name: 'strategy', value: 'FOUR_EYES' },
    ];
    await gate.create(pipelines, pipeline({ name: 'groups', params }));
    await gate.create(pipelineRuns, pipelineRun('groups', 'groups'));
    const task = await gate.task('groups-approve');
    const first = await gate.answer('bob', task, { decision: 'approve', groups: ['team-a'] });
    expect(first.status).toMatchObject({ verdict: 'counted' });
    const same = await gate.answer('bob', task, { decision: 'approve', groups: ['team-b'] });
    expect(same.status).toMatchObject({ verdict: 'refused', code: 'alreadyAnswered' });
    await gate.answer('carol', task, { decision: 'approve', comment: 'second', groups: ['team-b'] });
    const run = await gate.customRun('groups-approve');
    expect(run.status?.results).toContainEqual({ name: 'approvedBy', value: 'bob|carol' });
    expect(run.status?.results).toContainEqual({ name: 'comment', value: 'second' });
  });

  it('MULTI of groups: each through any one member, joined with bars', async () => {
    const params = [
      { name: 'groups', value: ['team-a', 'team-b'] },
      { name: 'strategy', value: 'MULTI' },
    ];
    await gate.create(pipelines, pipeline({ name: 'multi-groups', params }));
    await gate.create(pipelineRuns, pipelineRun('multi-groups', 'multi-groups'));
    const task = await gate.task('multi-groups-approve');
    await gate.answer('alice', task, { decision: 'approve', comment: 'a', groups: ['team-a'] });
    await gate.answer('carol', task, { decision: 'approve', comment: 'b', groups: ['team-b'] });
    const run = await gate.customRun('multi-groups-approve');
    expect(run.status?.results).toContainEqual({ name: 'approvedBy', value: 'alice|carol' });
    expect(run.status?.results).toContainEqual({ name: 'comment', value: 'a|b' });
  });

  it('is found by the label selectors that scripts use', async () => {
    const found = await gate.admin.listAll(approvalTasks, {
      namespace: gate.namespace,
      labelSelector: 'decision=approved,responses=2_of_2',
    });
    expect(found.items.map(({ metadata }) => metadata.name)).toContain('multi-groups-approve');
  });
});
