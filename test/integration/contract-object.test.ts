import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CustomRun } from '../../src/api/tekton.ts';
import { approvalTasks, customRuns, pipelineRuns } from '../../src/api/resources.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { approval, consumer, inlineRun, ourReference, paramsOf } from '../builders/inline-run.ts';
import { FormClient } from '../fakes/form-client.ts';
import { linkIn } from '../fakes/mailed-link.ts';
import { arrivedAt } from './arrivals.ts';
import { openGate, type Gate, type PipelineRunObject } from './gate.ts';
import { until } from './until.ts';

/** The CustomRun as Tekton makes it from a PipelineRun: what is read of it, and what is left as it is. */

let gate: Gate;
beforeAll(async () => {
  gate = await openGate();
  await gate.allow('people', [{ kind: 'User', name: 'alice' }]);
});
afterAll(async () => gate.close());

const params = { approvers: ['alice'] };
const existing = (): boolean => true;
type Run = CustomRun & KubeObject;

async function approveByForm(address: string): Promise<string> {
  const browser = new FormClient();
  const page = await browser.open(linkIn(await gate.mail.waitFor(({ to }) => to.includes(address))));
  const answered = await browser.answer(page, 'approve');
  expect(answered.status).toBe(200);
  return page.body;
}

/** The name of the PipelineRun's child of that kind, once Tekton names it. */
async function childOf(name: string, kind: string): Promise<string> {
  return until(`a ${kind} of ${name}`, async () => {
    const run = await gate.read<PipelineRunObject>(pipelineRuns, name);
    return run?.status?.childReferences?.find((child) => child.kind === kind)?.name;
  });
}

describe.concurrent('a run whose name Tekton had to shorten', () => {
  const pipelineRun = `release-${'x'.repeat(52)}`;
  const step = `approve-${'y'.repeat(50)}`;

  it('is asked, answered by mail and goes on like any other', async () => {
    const tasks = [
      approval(step, { approvers: ['long-name@example.com'] }),
      consumer('deploy', { decision: `$(tasks.${step}.results.decision)` }),
    ];
    await gate.create(pipelineRuns, inlineRun(pipelineRun, { tasks }));
    const name = await childOf(pipelineRun, 'CustomRun');
    expect(name).toHaveLength(63);
    expect(name).not.toContain(step);
    const task = await gate.task(name);
    expect(task.spec).toMatchObject({ pipelineRun: { name: pipelineRun }, pipelineTask: step });
    const page = await approveByForm('long-name@example.com');
    expect(page).toContain(pipelineRun);
    expect(page).toContain(step);
    const ended = await gate.pipelineRun(pipelineRun);
    expect(ended.status?.conditions?.[0]).toMatchObject({ status: 'True', reason: 'Succeeded' });
    expect(await arrivedAt(gate, await childOf(pipelineRun, 'TaskRun'))).toEqual({ decision: 'true' });
  });
});

describe.concurrent('what Tekton wrote into a run’s metadata', () => {
  it('stays as it was from the first write to the last, and no finalizer is added', async () => {
    const tasks = [approval('ask', params)];
    const labels = { team: 'shop' };
    await gate.create(pipelineRuns, inlineRun('untouched', { tasks, metadata: { labels } }));
    const task = await gate.task('untouched-ask');
    const {
      managedFields: _before,
      resourceVersion: _then,
      ...before
    } = (await gate.customRun('untouched-ask', existing)).metadata as Run['metadata'];
    await gate.answer('alice', task, { decision: 'approve' });
    const {
      managedFields = [],
      resourceVersion: _now,
      ...after
    } = (await gate.customRun('untouched-ask')).metadata as Run['metadata'];
    expect(after).toEqual(before);
    expect(after.labels).toMatchObject({ team: 'shop', 'tekton.dev/pipelineRun': 'untouched' });
    expect(after.ownerReferences).toHaveLength(1);
    expect(after).not.toHaveProperty('finalizers');
    // Whoever else writes the run writes its spec; we write the status alone.
    const writers = managedFields as { subresource?: string; fieldsV1: Record<string, unknown> }[];
    const ours = writers.filter(({ subresource }) => subresource === 'status');
    expect(ours.map(({ fieldsV1 }) => Object.keys(fieldsV1))).toEqual([['f:status']]);
  });

  it('labels and annotations that an author chose do not pass for ours on the task', async () => {
    const labels = { decision: 'approved', responses: '1_of_1' };
    const annotations = { 'tekton-approvals/mark': 'forged', 'tekton-approvals/notes': 'forged' };
    const tasks = [approval('ask', params)];
    await gate.create(pipelineRuns, inlineRun('dressed', { tasks, metadata: { labels, annotations } }));
    const task = await gate.task('dressed-ask');
    const run = await gate.customRun('dressed-ask', existing);
    expect(run.metadata.labels).toMatchObject(labels);
    expect(run.metadata.annotations).toMatchObject(annotations);
    expect(task.metadata.labels).toMatchObject({ decision: 'pending', responses: '0_of_1' });
    expect(JSON.stringify(task.metadata.annotations)).not.toContain('forged');
  });

  it('the task is found by the labels of its pipeline, and goes with the run that owns it', async () => {
    await gate.create(pipelineRuns, inlineRun('owned', { tasks: [approval('ask', params)] }));
    const { metadata } = await gate.task('owned-ask');
    const run = await gate.customRun('owned-ask', existing);
    const labelSelector = 'tekton.dev/pipelineRun=owned,tekton.dev/pipelineTask=ask';
    const found = await gate.admin.listAll(approvalTasks, { namespace: gate.namespace, labelSelector });
    expect(found.items.map((item) => item.metadata.uid)).toEqual([metadata.uid]);
    expect(metadata.ownerReferences).toEqual([
      expect.objectContaining({ kind: 'CustomRun', uid: run.metadata.uid, controller: true }),
    ]);
  });
});

describe.concurrent('what a step may carry beside its params', () => {
  it('a service account, workspaces and metadata for its runs: ignored, and the people are asked', async () => {
    const workspaces = [{ name: 'source', workspace: 'shared' }];
    const run = {
      workspaces: [{ name: 'shared', emptyDir: {} }],
      taskRunTemplate: { serviceAccountName: 'default' },
      taskRunSpecs: [
        { pipelineTaskName: 'ask', serviceAccountName: 'deployer', metadata: { labels: { a: 'b' } } },
      ],
    };
    const tasks = [approval('ask', params, { workspaces })];
    const pipeline = { workspaces: [{ name: 'shared' }] };
    await gate.create(pipelineRuns, inlineRun('laden', { tasks, pipeline, run }));
    await gate.answer('alice', await gate.task('laden-ask'), { decision: 'approve' });
    const custom = await gate.customRun('laden-ask');
    expect(custom.spec).toMatchObject({ serviceAccountName: 'deployer', workspaces: [{ name: 'source' }] });
    expect(custom.metadata.labels).not.toHaveProperty('a');
    expect((await gate.pipelineRun('laden')).status?.conditions?.[0]).toMatchObject({ status: 'True' });
  });

  it('a description, which is not on the run: it is read from the PipelineRun, and shown', async () => {
    const description = 'Only after the smoke tests.';
    const tasks = [
      approval('ask', params, { description, displayName: 'Release to $(params.approvers[0])' }),
    ];
    await gate.create(pipelineRuns, inlineRun('described', { tasks }));
    expect((await gate.task('described-ask')).spec.description).toBe(description);
    expect(JSON.stringify(await gate.customRun('described-ask', existing))).not.toContain(description);
  });

  it('lists, objects and texts from params and context, which arrive substituted and of their type', async () => {
    const tasks = [
      approval('ask', {
        approvers: ['$(params.team[*])', 'alice'],
        context: { stage: '$(params.target.stage)', run: '$(context.pipelineRun.name)' },
        description: 'Deploy to $(params.target.stage)',
      }),
    ];
    const properties = { stage: { type: 'string' } };
    const pipeline = {
      params: [
        { name: 'team', type: 'array' },
        { name: 'target', type: 'object', properties },
      ],
    };
    const run = { params: paramsOf({ team: ['bob', 'carol'], target: { stage: 'production' } }) };
    await gate.create(pipelineRuns, inlineRun('typed', { tasks, pipeline, run }));
    expect((await gate.task('typed-ask')).spec).toMatchObject({
      approvers: ['bob', 'carol', 'alice'],
      description: 'Deploy to production',
      context: [
        { name: 'run', value: 'typed' },
        { name: 'stage', value: 'production' },
      ],
    });
  });

  it('a workspace that the PipelineRun does not bind: Tekton fails it before there is a run', async () => {
    const tasks = [approval('ask', params, { workspaces: [{ name: 'source', workspace: 'shared' }] })];
    const pipeline = { workspaces: [{ name: 'shared', optional: true }] };
    await gate.create(pipelineRuns, inlineRun('unbound', { tasks, pipeline }));
    const ended = await gate.pipelineRun('unbound');
    expect(ended.status?.conditions?.[0]).toMatchObject({ status: 'False', reason: 'CreateRunFailed' });
    expect(await gate.read(customRuns, 'unbound-ask')).toBeUndefined();
  });
});

describe.concurrent('a CustomRun that somebody else made under the name that Tekton will use', () => {
  it('is not asked about, fails, and with it the PipelineRun that takes it for its own', async () => {
    const deploy = consumer('deploy', { decision: '$(tasks.ask.results.decision)' });
    const tasks = [approval('before', params), approval('ask', params, { runAfter: ['before'] }), deploy];
    // Where it is there first, the API server refuses the PipelineRun.
    await gate.create(pipelineRuns, inlineRun('squatted', { tasks }));
    const before = await gate.task('squatted-before');
    await gate.create(customRuns, {
      apiVersion: 'tekton.dev/v1beta1',
      kind: 'CustomRun',
      metadata: { name: 'squatted-ask' },
      spec: { customRef: ourReference, params: paramsOf({ approvers: ['mallory'] }) },
    });
    await gate.answer('alice', before, { decision: 'approve' });
    const ended = await gate.pipelineRun('squatted');
    expect(ended.status?.conditions?.[0]).toMatchObject({ status: 'False' });
    expect(ended.status?.childReferences?.map(({ kind }) => kind)).toEqual(['CustomRun', 'CustomRun']);
    expect((await gate.customRun('squatted-ask')).status?.conditions?.[0]?.reason).toBe('UnownedRun');
    expect(await gate.read(approvalTasks, 'squatted-ask')).toBeUndefined();
  });
});
