import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalTaskSpec } from '../../src/api/approvaltask.ts';
import { approvalTasks, pipelineRuns } from '../../src/api/resources.ts';
import { inlineRun, ourReference, paramsOf } from '../builders/inline-run.ts';
import { openGate, type Gate } from './gate.ts';

/** What a step may write under `taskSpec`, as it arrives from a pipeline through Tekton. */

let gate: Gate;
beforeAll(async () => {
  gate = await openGate();
});
afterAll(async () => gate.close());

interface Embedded {
  /** Under `taskSpec`, beside apiVersion and kind. */
  readonly taskSpec: Record<string, unknown>;
  /** The step's own params. */
  readonly params?: Record<string, unknown>;
  /** Params of the pipeline. */
  readonly ofPipeline?: Record<string, string>;
}

async function start(name: string, { taskSpec, params = {}, ofPipeline = {} }: Embedded): Promise<void> {
  const step = { name: 'ask', taskSpec: { ...ourReference, ...taskSpec }, params: paramsOf(params) };
  const pipeline = { params: Object.keys(ofPipeline).map((param) => ({ name: param })) };
  const run = { params: paramsOf(ofPipeline) };
  await gate.create(pipelineRuns, inlineRun(name, { tasks: [step], pipeline, run }));
}

async function asked(name: string, embedded: Embedded): Promise<ApprovalTaskSpec> {
  await start(name, embedded);
  return (await gate.task(`${name}-ask`)).spec;
}

const all = {
  who: 'alice',
  team: ['bob', 'carol'],
  release: { version: '2.4', stage: 'production' },
};

describe.concurrent('a reference in an embedded spec is resolved from the params of the step', () => {
  it.each<{
    reference: string;
    spec: Record<string, unknown>;
    params: (keyof typeof all)[];
    becomes: object;
  }>([
    {
      reference: 'a text',
      spec: { approvers: ['$(params.who)'] },
      params: ['who'],
      becomes: { approvers: ['alice'] },
    },
    {
      reference: 'a text among others',
      spec: { approvers: 'alice', description: 'Is it you, $(params.who), or $(params.who)?' },
      params: ['who'],
      becomes: { description: 'Is it you, alice, or alice?' },
    },
    {
      reference: 'a whole list',
      spec: { approvers: '$(params.team[*])' },
      params: ['team'],
      becomes: { approvers: ['bob', 'carol'] },
    },
    {
      reference: 'a whole list within a list',
      spec: { approvers: ['$(params.who)', '$(params.team[*])'] },
      params: ['who', 'team'],
      becomes: { approvers: ['alice', 'bob', 'carol'] },
    },
    {
      reference: 'one of a list',
      spec: { approvers: ['$(params.team[1])'] },
      params: ['team'],
      becomes: { approvers: ['carol'] },
    },
    {
      reference: 'one key of an object',
      spec: {
        approvers: 'alice',
        description: 'Deploy $(params.release.version) to $(params.release.stage)?',
      },
      params: ['release'],
      becomes: { description: 'Deploy 2.4 to production?' },
    },
    {
      reference: 'a whole object',
      spec: { approvers: 'alice', context: '$(params.release[*])' },
      params: ['release'],
      becomes: {
        context: [
          { name: 'stage', value: 'production' },
          { name: 'version', value: '2.4' },
        ],
      },
    },
  ])('$reference', async ({ reference, spec, params, becomes }) => {
    const given = Object.fromEntries(params.map((param) => [param, all[param]]));
    const name = reference.replaceAll(' ', '-');
    expect(await asked(name, { taskSpec: { spec }, params: given })).toMatchObject(becomes);
  });
});

describe.concurrent('an embedded spec', () => {
  it('is not given the params of the pipeline, only those that the step lists', async () => {
    const ofPipeline = { secret: 'pipeline-only' };
    const spec = { approvers: 'alice', description: 'See $(params.secret)' };
    await start('of-pipeline', { taskSpec: { spec }, ofPipeline });
    expect((await gate.customRun('of-pipeline-ask')).status?.conditions?.[0]).toMatchObject({
      status: 'False',
      reason: 'InvalidParameters',
      message: expect.stringContaining('"$(params.secret)" cannot be resolved'),
    });
    expect(await gate.read(approvalTasks, 'of-pipeline-ask')).toBeUndefined();
  });

  it('takes what Tekton has substituted in those, once: a value is not read as a reference again', async () => {
    const ofPipeline = { version: '$(params.who)' };
    const spec = { approvers: '$(params.who)', description: 'Deploy $(params.version)?' };
    const params = { who: 'alice', version: '$(params.version)' };
    expect(await asked('once', { taskSpec: { spec }, params, ofPipeline })).toMatchObject({
      approvers: ['alice'],
      description: 'Deploy $(params.who)?',
    });
  });

  it('may be empty where the params say everything', async () => {
    const embedded = { taskSpec: { spec: {} }, params: { approvers: ['alice'], description: 'By params' } };
    expect(await asked('empty', embedded)).toMatchObject({ approvers: ['alice'], description: 'By params' });
  });

  // Tekton makes null of a missing one, and its own schema of a CustomRun refuses null.
  it.each([
    { what: 'missing', taskSpec: {} },
    { what: 'null', taskSpec: { spec: null } },
  ])(
    'that is $what is refused by Tekton at once: the PipelineRun fails and nobody waits',
    async ({ what, taskSpec }) => {
      await start(what, { taskSpec, params: { approvers: ['alice'] } });
      expect((await gate.pipelineRun(what)).status?.conditions?.[0]).toMatchObject({
        status: 'False',
        reason: 'CreateRunFailed',
        message: expect.stringContaining('spec.customSpec.spec'),
      });
    },
  );

  it('may carry metadata, which changes nothing', async () => {
    const metadata = {
      labels: { decision: 'approved', team: 'a' },
      annotations: { 'tekton-approvals/notes': 'x' },
    };
    await start('metadata', { taskSpec: { metadata, spec: { approvers: 'alice' } } });
    const task = await gate.task('metadata-ask');
    expect(task.metadata.labels).toMatchObject({ decision: 'pending' });
    expect(task.metadata.labels).not.toHaveProperty('team');
    expect(task.metadata.annotations).not.toHaveProperty('tekton-approvals/notes');
  });

  it('with a mistake ends the run with a message that names it', async () => {
    const spec = { approvers: 'alice', strategy: 'ANY', colour: 'red' };
    await start('mistake', { taskSpec: { spec } });
    const { message = '' } = (await gate.customRun('mistake-ask')).status?.conditions?.[0] ?? {};
    expect(message).toContain('strategy');
    expect(message).toContain('colour');
  });
});
