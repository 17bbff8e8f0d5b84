import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalDecision } from '../../src/api/approvaldecision.ts';
import type { ApprovalTask } from '../../src/api/approvaltask.ts';
import { apiVersion, approvalDecisionKind } from '../../src/api/names.ts';
import { approvalDecisions, pipelineRuns } from '../../src/controllers/resources.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { pipeline, pipelineRun } from '../builders/pipeline.ts';
import { pipelines } from '../builders/resources.ts';
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

async function ask(name: string, approvers: string[]): Promise<ApprovalTask> {
  await gate.create(pipelines, pipeline({ name, params: [{ name: 'approvers', value: approvers }] }));
  await gate.create(pipelineRuns, pipelineRun(name, name));
  return gate.task(`${name}-approve`);
}

/** Writes a decision as that client, with whatever it claims. */
async function write(client: KubeClient, name: string, spec: object): Promise<ApprovalDecision> {
  const object = {
    apiVersion,
    kind: approvalDecisionKind,
    metadata: { name, namespace: gate.namespace },
    spec,
  };
  return (await client.create<ApprovalDecision & KubeObject>(approvalDecisions, object)).object;
}

const taskRef = (task: ApprovalTask): object => ({ name: task.metadata.name, uid: task.metadata.uid });
const byLink = (task: ApprovalTask, entry: string): object => ({
  taskRef: taskRef(task),
  decision: 'approve',
  via: 'link',
  actor: { kind: 'link', username: entry },
  approver: entry,
  attempt: 1,
  assurance: 'link',
});
const seal = { linkGeneration: 0, browser: 'b', mac: 'k1.AAAA' };

describe('an answer through Kubernetes', () => {
  it('counts for a listed person whom the API server vouches for', async () => {
    const verdict = await gate.answer('alice', await ask('listed', ['alice']), { decision: 'approve' });
    expect(verdict.status).toMatchObject({ verdict: 'counted' });
  });

  it('of a person who may answer requests but is not listed on this one is refused', async () => {
    const task = await ask('not-listed', ['alice']);
    const verdict = await gate.answer('dave', task, { decision: 'approve' });
    expect(verdict.status).toMatchObject({ verdict: 'refused', code: 'notListed' });
    expect((await gate.task(task.metadata.name)).status?.status).toBe('pending');
  });

  it('in somebody else’s name is refused by the API server (H38)', async () => {
    const task = await ask('forged-name', ['alice']);
    const spec = {
      taskRef: taskRef(task),
      decision: 'approve',
      via: 'kubernetes',
      actor: { kind: 'kubernetes', username: 'alice' },
    };
    await expect(write(gate.as('dave'), 'forged-name', spec)).rejects.toThrow('[P1-username]');
  });

  it('to a request of the same name that is gone is refused', async () => {
    const task = await ask('other-uid', ['alice']);
    const gone = { ...task, metadata: { ...task.metadata, uid: 'gone' } };
    const verdict = await gate.answer('alice', gone, { decision: 'approve' });
    expect(verdict.status).toMatchObject({ verdict: 'refused', code: 'wrongTask' });
  });
});

describe('an answer that pretends to come from the form', () => {
  it('is refused by the API server when a person writes it for a colleague (H39)', async () => {
    const task = await ask('via-link', ['ann@example.com']);
    await expect(
      write(gate.as('alice'), 'via-link', { ...byLink(task, 'ann@example.com'), seal }),
    ).rejects.toThrow('[P1-channel]');
  });
});
