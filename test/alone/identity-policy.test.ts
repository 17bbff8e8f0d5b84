import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalDecision } from '../../src/api/approvaldecision.ts';
import { apiVersion, approvalDecisionKind } from '../../src/api/names.ts';
import { admissionPolicyBindings, approvalDecisions } from '../../src/controllers/resources.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { FormClient } from '../fakes/form-client.ts';
import { ask, forgedByLink, people, taskRef, write } from '../integration/asking.ts';
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

describe('an answer that pretends to come from the form', () => {
  it('H39: does not count with a wrong seal, even where the policy is missing', async () => {
    const task = await ask(gate, 'wrong-seal', { params: people('ann@example.com') });
    await withoutPolicy(async () => {
      await write(
        gate.as('alice'),
        { namespace: gate.namespace, name: 'wrong-seal' },
        forgedByLink(task, 'ann@example.com'),
      );
      expect((await gate.verdict('wrong-seal')).status).toMatchObject({
        verdict: 'refused',
        code: 'badSeal',
      });
    });
    expect((await gate.task(task.metadata.name)).status?.status).toBe('pending');
  });

  it('editor-02: does not count with the seal of another task, even where the policy is missing', async () => {
    const first = await ask(gate, 'sealed', { params: people('ann@example.com') });
    const browser = new FormClient();
    const link = await gate.mailedLink('ann@example.com', first);
    await browser.answer(await browser.open(link), 'approve');
    const [sealed] = (await gate.all<ApprovalDecision & KubeObject>(approvalDecisions)).filter(
      ({ spec }) => spec.taskRef.uid === first.metadata.uid,
    );
    expect(sealed?.status?.verdict).toBe('counted');
    const second = await ask(gate, 'seal-copied', { params: people('ann@example.com') });
    await withoutPolicy(async () => {
      const copy = { ...sealed?.spec, taskRef: taskRef(second) };
      await write(gate.as('alice'), { namespace: gate.namespace, name: 'seal-copied' }, copy);
      expect((await gate.verdict('seal-copied')).status).toMatchObject({
        verdict: 'refused',
        code: 'badSeal',
      });
    });
    expect((await gate.task(second.metadata.name)).status?.status).toBe('pending');
  });
});

describe('without the identity policy', () => {
  it('H46: answers through Kubernetes are refused with the reason, and the condition says so', async () => {
    const task = await ask(gate, 'no-policy', { params: people('alice') });
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

  it('H46: an answer from that time does not count once the policy is back: it has to be given again', async () => {
    const task = await ask(gate, 'came-too-early', { params: people('alice') });
    await gate.stopOperator();
    const name = 'too-early';
    await withoutPolicy(async () => {
      const actor = { kind: 'kubernetes', username: 'alice' };
      await write(
        gate.as('dave'),
        { namespace: gate.namespace, name },
        {
          taskRef: taskRef(task),
          decision: 'approve',
          via: 'kubernetes',
          actor,
        },
      );
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
