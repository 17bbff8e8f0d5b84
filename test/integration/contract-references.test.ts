import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiVersion } from '../../src/api/names.ts';
import type { CustomRun } from '../../src/api/tekton.ts';
import { approvalTasks, customRuns, pipelineRuns } from '../../src/api/resources.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { approval, inlineRun, ourReference, paramsOf } from '../builders/inline-run.ts';
import { openGate, type Gate } from './gate.ts';

/** Which CustomRuns are served, which are refused with a sentence, and which are never touched. */

let gate: Gate;
beforeAll(async () => {
  gate = await openGate({ standalone: true });
  await gate.allow('people', [{ kind: 'User', name: 'alice' }]);
});
afterAll(async () => gate.close());

const params = { approvers: ['alice'] };

const run = (name: string, spec: object): { metadata: { name: string }; [field: string]: unknown } => ({
  apiVersion: 'tekton.dev/v1beta1',
  kind: 'CustomRun',
  metadata: { name },
  spec: { params: paramsOf(params), ...spec },
});

const conditionOf = ({ status }: CustomRun): unknown => status?.conditions?.[0];

describe.concurrent('a step of a pipeline is asked', () => {
  it.each<{ step: string; name: string; fields: Record<string, unknown> }>([
    { step: 'by a reference without a name', name: 'nameless', fields: { taskRef: ourReference } },
    {
      step: 'by a reference whose name nothing has',
      name: 'any-name',
      fields: { taskRef: { ...ourReference, name: 'no-such-object' } },
    },
    {
      step: 'by a reference with a substituted name',
      name: 'substituted',
      fields: { taskRef: { ...ourReference, name: '$(params.gate)' } },
    },
    {
      step: 'by an embedded spec',
      name: 'spec',
      fields: { taskRef: undefined, taskSpec: { ...ourReference, spec: {} } },
    },
  ])('$step', async ({ name, fields }) => {
    const pipeline = { params: [{ name: 'gate', default: 'release-gate' }] };
    const tasks = [approval('ask', params, fields)];
    await gate.create(pipelineRuns, inlineRun(name, { tasks, pipeline }));
    const task = await gate.task(`${name}-ask`);
    expect(task.spec).toMatchObject({ approvers: ['alice'], pipelineRun: { name } });
    const [reference] =
      (await gate.pipelineRun(name, ({ status }) => status?.childReferences !== undefined)).status
        ?.childReferences ?? [];
    expect(reference).toMatchObject({ kind: 'CustomRun', name: `${name}-ask`, pipelineTaskName: 'ask' });
    await gate.answer('alice', task, { decision: 'approve' });
    expect(conditionOf(await gate.customRun(`${name}-ask`))).toMatchObject({ status: 'True' });
    expect((await gate.pipelineRun(name)).status?.conditions?.[0]).toMatchObject({ status: 'True' });
  });

  it('never by a name in another namespace: what a reference names is not looked up at all', async () => {
    await gate.create(customRuns, run('elsewhere', { customRef: { ...ourReference, name: 'other/gate' } }));
    expect((await gate.task('elsewhere')).spec.approvers).toEqual(['alice']);
  });
});

describe.concurrent(
  'a run of our group that is spelt in another way is refused with the exact spelling',
  () => {
    const wrong = [
      { spelling: 'another version', name: 'version', given: { apiVersion: 'tekton.automatiko.io/v1' } },
      { spelling: 'an older version', name: 'alpha', given: { apiVersion: 'tekton.automatiko.io/v1alpha1' } },
      {
        spelling: 'the group in capitals',
        name: 'case',
        given: { apiVersion: 'Tekton.Automatiko.io/v1beta1' },
      },
      { spelling: 'another kind', name: 'kind', given: { kind: 'Approval' } },
      { spelling: 'the kind in small letters', name: 'lower', given: { kind: 'approvaltask' } },
    ].map((each) => ({ ...each, given: { ...ourReference, ...each.given } }));

    it.each(wrong)('$spelling, by reference', async ({ name, given }) => {
      await gate.create(customRuns, run(`ref-${name}`, { customRef: given }));
      const ended = await gate.customRun(`ref-${name}`);
      expect(conditionOf(ended)).toMatchObject({
        status: 'False',
        reason: 'UnsupportedReference',
        message: expect.stringContaining(
          `Write apiVersion: ${apiVersion} and kind: ApprovalTask, exactly so.`,
        ),
      });
      expect(await gate.read(approvalTasks, `ref-${name}`)).toBeUndefined();
    });

    it.each(wrong)('$spelling, embedded', async ({ name, given }) => {
      await gate.create(customRuns, run(`spec-${name}`, { customSpec: { ...given, spec: {} } }));
      expect(conditionOf(await gate.customRun(`spec-${name}`))).toMatchObject({
        status: 'False',
        reason: 'UnsupportedReference',
      });
    });

    it('in a pipeline: the PipelineRun fails at once instead of waiting for nobody', async () => {
      const taskRef = { ...ourReference, apiVersion: 'tekton.automatiko.io/v1' };
      await gate.create(
        pipelineRuns,
        inlineRun('misspelt', { tasks: [approval('ask', params, { taskRef })] }),
      );
      const ended = await gate.pipelineRun('misspelt');
      expect(ended.status?.conditions?.[0]).toMatchObject({ status: 'False', reason: 'Failed' });
    });
  },
);

describe.concurrent('a reference that would fetch its task from elsewhere is refused', () => {
  it.each([
    {
      field: 'a resolver',
      name: 'resolver',
      customRef: { ...ourReference, resolver: 'git', params: paramsOf({ url: 'https://example.com' }) },
      says: 'taskRef.resolver: is not supported',
    },
    {
      field: 'a bundle',
      name: 'bundle',
      customRef: { ...ourReference, bundle: 'example.com/bundle' },
      says: 'taskRef.bundle: is not supported',
    },
    {
      field: 'params of the reference',
      name: 'ref-params',
      customRef: { ...ourReference, params: paramsOf({ url: 'https://example.com' }) },
      says: 'taskRef.params: is for resolvers',
    },
  ])('$field', async ({ name, customRef, says }) => {
    await gate.create(customRuns, run(name, { customRef }));
    expect(conditionOf(await gate.customRun(name))).toMatchObject({
      status: 'False',
      reason: 'InvalidParameters',
      message: expect.stringContaining(says),
    });
  });
});

describe('runs of others', () => {
  const others = [
    // Another kind of another group.
    { customRef: { apiVersion: 'example.dev/v1', kind: 'Wait' } },
    // Our kind of another group.
    { customRef: { apiVersion: 'openshift-pipelines.org/v1alpha1', kind: 'ApprovalTask' } },
    // A group that only begins like ours.
    { customRef: { apiVersion: 'tekton.automatiko.io.example.dev/v1beta1', kind: 'ApprovalTask' } },
    // A Task of Tekton's as a custom task.
    { customRef: { apiVersion: 'tekton.dev/v1', kind: 'Task' } },
    // An embedded spec that talks of us.
    { customSpec: { apiVersion: 'example.dev/v1', kind: 'Loop', spec: { ...ourReference, ...params } } },
    // One that is cancelled.
    { customRef: { apiVersion: 'example.dev/v1', kind: 'Wait' }, status: 'RunCancelled' },
  ];

  it('are never written, while ours beside them are served from the first write to the last', async () => {
    const made = await Promise.all(
      others.map(async (spec, at) => gate.create<KubeObject>(customRuns, run(`other-${String(at)}`, spec))),
    );
    await gate.create(pipelineRuns, inlineRun('beside', { tasks: [approval('ask', params)] }));
    await gate.answer('alice', await gate.task('beside-ask'), { decision: 'approve' });
    await gate.pipelineRun('beside');
    // A relist is the other way to come across them.
    await gate.stopOperator();
    await gate.startOperator();
    await gate.create(customRuns, run('after', { customRef: ourReference }));
    await gate.task('after');
    const now = await Promise.all(made.map(async ({ metadata }) => gate.read(customRuns, metadata.name)));
    expect(now).toEqual(made);
    expect(await gate.read(approvalTasks, 'other-1')).toBeUndefined();
  });
});
