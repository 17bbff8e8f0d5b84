import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalDecision } from '../../src/api/approvaldecision.ts';
import type { ApprovalTask } from '../../src/api/approvaltask.ts';
import { apiVersion, approvalDecisionKind } from '../../src/api/names.ts';
import { admissionPolicyBindings, approvalDecisions, pipelineRuns } from '../../src/controllers/resources.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { pipeline, pipelineRun } from '../builders/pipeline.ts';
import { pipelines } from '../builders/resources.ts';
import { openGate, type Gate } from '../integration/gate.ts';
import { until } from '../integration/until.ts';

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

describe('an answer that pretends to come from the form', () => {
  it('does not count with a wrong seal, even where the policy is missing', async () => {
    const task = await ask('wrong-seal', ['ann@example.com']);
    await withoutPolicy(async () => {
      await write(gate.as('alice'), 'wrong-seal', { ...byLink(task, 'ann@example.com'), seal });
      expect((await gate.verdict('wrong-seal')).status).toMatchObject({
        verdict: 'refused',
        code: 'badSeal',
      });
    });
    expect((await gate.task(task.metadata.name)).status?.status).toBe('pending');
  });
});

describe('without the identity policy', () => {
  it('answers through Kubernetes are refused with the reason, and the condition says so (H46)', async () => {
    const task = await ask('no-policy', ['alice']);
    await withoutPolicy(async () => {
      const verdict = await gate.answer('alice', task, { decision: 'approve' });
      expect(verdict.status).toMatchObject({ verdict: 'refused', code: 'identityNotProven' });
      expect(verdict.status?.message).toContain('answer again');
    });
    const { status } = await gate.task(task.metadata.name);
    expect(status?.status).toBe('pending');
    expect(status?.conditions?.find(({ type }) => type === 'PolicyEnforced')).toMatchObject({
      status: 'False',
      reason: 'ForgeryAccepted',
    });
  });

  it('an answer from that time does not count once the policy is back: it has to be given again', async () => {
    const task = await ask('came-too-early', ['alice']);
    await gate.stopOperator();
    const name = 'too-early';
    await withoutPolicy(async () => {
      const actor = { kind: 'kubernetes', username: 'alice' };
      await write(gate.as('dave'), name, {
        taskRef: taskRef(task),
        decision: 'approve',
        via: 'kubernetes',
        actor,
      });
    });
    await gate.startOperator();
    expect((await gate.verdict(name)).status).toMatchObject({
      verdict: 'refused',
      code: 'identityNotProven',
    });
    const again = await gate.answer('alice', task, { decision: 'approve' });
    expect(again.status).toMatchObject({ verdict: 'counted' });
  });
});

/**
 * Takes the policy away from this namespace alone, so that other tests keep it: its binding leaves the namespace out.
 * The API server needs a moment to see either change.
 */
async function withoutPolicy(run: () => Promise<void>): Promise<void> {
  await exclude([gate.namespace]);
  try {
    await run();
  } finally {
    await exclude([]);
  }
}

async function exclude(values: string[]): Promise<void> {
  const matchResources =
    values.length === 0
      ? null
      : {
          namespaceSelector: {
            matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values }],
          },
        };
  await gate.admin.patch(
    admissionPolicyBindings,
    'tekton-approvals-identity',
    { spec: { matchResources } },
    { type: 'merge' },
  );
  await settled(values.length > 0);
}

/** Waits until the API server judges a forgery by the changed binding. */
async function settled(excluded: boolean): Promise<void> {
  await until('the API server to follow the binding', async () => {
    const spec = {
      taskRef: { name: 'x', uid: 'x' },
      decision: 'approve',
      via: 'kubernetes',
      actor: { kind: 'kubernetes', username: 'nobody' },
    };
    const object = {
      apiVersion,
      kind: approvalDecisionKind,
      metadata: { generateName: 'probe-', namespace: gate.namespace },
      spec,
    };
    const accepted = await gate
      .as('alice')
      .create(approvalDecisions, object, { dryRun: true })
      .then(
        () => true,
        () => false,
      );
    return accepted === excluded;
  });
}
