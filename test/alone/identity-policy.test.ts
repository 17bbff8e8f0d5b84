import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { ApprovalDecision } from '../../src/api/approvaldecision.ts';
import type { ApprovalTask } from '../../src/api/approvaltask.ts';
import { apiVersion, approvalDecisionKind } from '../../src/api/names.ts';
import { policyBindingName, policyName } from '../../src/api/policy/identity.ts';
import { admissionPolicies, admissionPolicyBindings, approvalDecisions } from '../../src/api/resources.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { eventType } from '../../src/kube/recorder.ts';
import { applyTestInstallation } from '../control-plane/installation.ts';
import { FormClient } from '../fakes/form-client.ts';
import { ask, forgedByLink, people, taskRef, write } from '../integration/asking.ts';
import { openGate, type Gate } from '../integration/gate.ts';
import { until, untilNextSecond } from '../integration/until.ts';
import { Scraped } from '../scrape.ts';

let gate: Gate;
beforeAll(async () => {
  gate = await openGate({ settings: { CONTROLLER_POLICY_PROOF_MS: '1000' } });
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

/** The ways in which a policy that was installed does not stand behind the answers of a namespace. */
const gone: readonly { what: string; take: () => Promise<unknown> }[] = [
  { what: 'is deleted', take: async () => gate.admin.delete(admissionPolicies, policyName) },
  { what: 'is not bound', take: async () => gate.admin.delete(admissionPolicyBindings, policyBindingName) },
  { what: 'only audits', take: async () => bindAnew({ validationActions: ['Audit'] }) },
  {
    what: 'leaves the namespace out',
    take: async () => bindAnew({ matchResources: without(gate.namespace) }),
  },
];

/** Each takes the policy away and installs it again, which takes a slow machine its time. */
const generous = { timeout: 360_000 };

describe('without the identity policy', generous, () => {
  it.each(gone)(
    'H46: that $what: answers through Kubernetes are refused with the reason, condition and metric say so, links and mail go on',
    async ({ what, take }) => {
      const name = `policy-${what.replaceAll(' ', '-')}`;
      const task = await ask(gate, name, { params: people('alice') });
      await withoutPolicy(async () => {
        const verdict = await gate.answer('alice', task, { decision: 'approve' });
        expect(verdict.status).toMatchObject({ verdict: 'refused', code: 'identityNotProven' });
        expect(verdict.status?.message).toContain('answer again');
        expect((await metrics()).sum('policy_proof_namespaces', { state: 'broken' })).toBeGreaterThan(0);
        expect(await enforced(task, 'False')).toMatchObject({ reason: 'ForgeryAccepted' });
        await answerByMail(`${name}-mail`);
      }, take);
      expect((await gate.task(task.metadata.name)).status?.status).toBe('pending');
      expect(await enforced(task, 'True')).toMatchObject({ reason: 'Proven' });
      await until('the metric to say that it holds again', async () => {
        const now = await metrics();
        return now.sum('policy_proof_namespaces', { state: 'broken' }) === 0;
      });
      const again = await gate.answer('alice', task, { decision: 'approve' });
      expect(again.status).toMatchObject({ verdict: 'counted' });
    },
  );

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

describe('while nobody answers', generous, () => {
  let second: Gate;
  beforeAll(async () => {
    // Installed in one namespace, asked in another.
    const settings = { CONTROLLER_POLICY_PROOF_MS: '1000', INSTALL_NAMESPACE: gate.namespace };
    second = await openGate({ settings: { ...settings, LEASE_NAME: 'second' } });
    await second.allow('people', [{ kind: 'User', name: 'alice' }]);
  });
  afterAll(async () => second.close());

  const namespaces = async (state: string) =>
    (await metrics(second)).sum('policy_proof_namespaces', { state });
  const untilNamespaces = async (state: string, count: number) =>
    until(`${String(count)} namespaces: ${state}`, async () => (await namespaces(state)) === count);

  it('H46: a namespace that is left out later is found out: the metric, an Event and the request say so', async () => {
    const task = await ask(second, 'left-out', { params: people('alice') });
    await untilNamespaces('holds', 2);
    const take = async () => bindAnew({ matchResources: without(second.namespace) });
    const run = async () => {
      await untilNamespaces('broken', 1);
      expect(await namespaces('holds')).toBe(1);
      expect(await enforced(task, 'False', second)).toMatchObject({ reason: 'ForgeryAccepted' });
      await until('the Event', async () => forgeryTold(second.namespace));
    };
    await withoutPolicy(run, take, second.namespace);
    await untilNamespaces('holds', 2);
    expect(await enforced(task, 'True', second)).toMatchObject({ reason: 'Proven' });
    expect(await second.all(approvalDecisions)).toEqual([]);
  });

  it('H46: a policy that is taken away, or was never there, is found out by an operator that runs, and by one that starts', async () => {
    const unbind = async () => gate.admin.delete(admissionPolicyBindings, policyBindingName);
    const run = async () => {
      await untilNamespaces('broken', 2);
      await second.stopOperator();
      second.log.length = 0;
      await second.startOperator();
      await untilNamespaces('broken', 2);
      expect(second.log.join()).toContain('identity policy not proven');
    };
    await withoutPolicy(run, unbind, second.namespace);
    await untilNamespaces('holds', 2);
  });
});

/** Whether an Event says that the API server took a forgery in that namespace. */
async function forgeryTold(namespace: string): Promise<boolean> {
  const { items } = await gate.admin.listAll<KubeObject & { reason?: string; note?: string }>(eventType);
  return items.some(
    ({ reason, note }) => reason === 'ForgeryAccepted' && note?.includes(`In namespace ${namespace} `),
  );
}

const without = (namespace: string): object => ({
  namespaceSelector: {
    matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: [namespace] }],
  },
});

async function bindAnew(spec: object): Promise<void> {
  await gate.admin.patch(admissionPolicyBindings, policyBindingName, { spec }, { type: 'merge' });
}

/**
 * Takes the policy away for as long as `run` takes; unless `take` says otherwise, its binding leaves the gate's namespace out.
 * The API server needs a moment to see either change.
 */
async function withoutPolicy(
  run: () => Promise<void>,
  take = async (): Promise<unknown> => bindAnew({ matchResources: without(gate.namespace) }),
  namespace = gate.namespace,
): Promise<void> {
  await take();
  try {
    await settled(namespace, true);
    await run();
  } finally {
    await applyTestInstallation(inject('controlPlane').kubeconfig);
    await bindAnew({ matchResources: null, validationActions: ['Deny'] });
    await settled(namespace, false);
    await untilNextSecond();
  }
}

/** A request that is begun, told of by mail, and approved by the link. */
async function answerByMail(name: string): Promise<void> {
  const task = await ask(gate, name, { params: people('ann@example.com') });
  const browser = new FormClient();
  const form = await browser.open(await gate.mailedLink('ann@example.com', task));
  expect((await browser.answer(form, 'approve')).status).toBe(200);
  await gate.task(task.metadata.name, ({ status }) => status?.outcome === 'approved');
}

/** What the request says of the policy, once it has that status. */
async function enforced({ metadata }: ApprovalTask, wanted: string, of = gate) {
  return until(`PolicyEnforced ${wanted}`, async () => {
    const conditions = (await of.task(metadata.name)).status?.conditions ?? [];
    return conditions.find(({ type, status }) => type === 'PolicyEnforced' && status === wanted);
  });
}

async function metrics(of = gate): Promise<Scraped> {
  const page = await fetch(`http://127.0.0.1:${of.settings['METRICS_PORT'] ?? ''}/metrics`);
  return new Scraped(await page.text());
}

/** Waits until the API server judges a forgery by the changed binding. */
async function settled(namespace: string, excluded: boolean): Promise<void> {
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
      metadata: { generateName: 'probe-', namespace },
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
