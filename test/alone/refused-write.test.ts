import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  admissionPolicies,
  admissionPolicyBindings,
  approvalTasks,
  pipelineRuns,
} from '../../src/api/resources.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { eventType } from '../../src/kube/recorder.ts';
import { pipeline, pipelineRun } from '../builders/pipeline.ts';
import { pipelines } from '../builders/resources.ts';
import { ask, people } from '../integration/asking.ts';
import { openGate, type Gate } from '../integration/gate.ts';
import { until } from '../integration/until.ts';

/** Objects that a policy of the cluster never lets the operator write: told where it can be told, and tried ever more rarely. */

const policy = 'tekton-approvals-test-refusals';
const sentence = 'the house rules of this cluster forbid it';

let gate: Gate;
beforeAll(async () => {
  gate = await openGate();
  await gate.allow('people', [{ kind: 'User', name: 'alice' }]);
  await refuse();
});
afterAll(async () => {
  await gate.admin.delete(admissionPolicyBindings, policy);
  await gate.admin.delete(admissionPolicies, policy);
  await gate.close();
});

/** Refuses, in this namespace, the status of runs and the making of tasks whose names say so. */
async function refuse(): Promise<void> {
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const rule = (apiGroup: string, resource: string, operation: string): object => ({
    apiGroups: [apiGroup],
    apiVersions: ['*'],
    resources: [resource],
    operations: [operation],
  });
  const matchResources = {
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': gate.namespace } },
  };
  await gate.admin.create(admissionPolicies, {
    apiVersion,
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: policy },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        resourceRules: [
          rule('tekton.dev', 'customruns/status', 'UPDATE'),
          rule('tekton.automatiko.io', 'approvaltasks', 'CREATE'),
        ],
      },
      validations: [
        {
          expression:
            "!object.metadata.name.startsWith(object.kind == 'CustomRun' ? 'unwritable' : 'unmade')",
          message: sentence,
        },
      ],
    },
  });
  await gate.admin.create(admissionPolicyBindings, {
    apiVersion,
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: policy },
    spec: { policyName: policy, validationActions: ['Deny'], matchResources },
  });
  await until('the API server to follow the policy', async () => {
    const object = {
      apiVersion: 'tekton.automatiko.io/v1beta1',
      kind: 'ApprovalTask',
      metadata: { name: 'unmade', namespace: gate.namespace },
      spec: { approvers: ['alice'] },
    };
    const tried = gate.admin.create(approvalTasks, object, { dryRun: true });
    return tried.then(
      () => false,
      () => true,
    );
  });
}

async function start(name: string): Promise<void> {
  await gate.create(pipelines, pipeline({ name, params: people('alice') }));
  await gate.create(pipelineRuns, pipelineRun(name, name));
}

interface Told extends KubeObject {
  readonly reason: string;
  readonly note: string;
  readonly regarding: { readonly name: string };
}

async function toldOf(name: string): Promise<Told[]> {
  const found = await until(`an Event on ${name}`, async () => {
    const all = await gate.all<Told>(eventType);
    const own = all.filter(
      ({ reason, regarding }) => reason === 'ReconcileFailed' && regarding.name === name,
    );
    return own.length > 0 && own;
  });
  return found;
}

/** How many calls the API server has refused the operator with 422 so far. */
async function refusedCalls(): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${gate.settings['METRICS_PORT'] ?? ''}/metrics`)).text();
  const counts = [...text.matchAll(/^tekton_approvals_api_requests_total\{[^}]*code="422"[^}]*\} (\d+)/gmu)];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}

/** How many more came in so many milliseconds, beside those of the proof of the identity policy. */
async function refusedWithin(ms: number): Promise<number> {
  const before = await refusedCalls();
  await sleep(ms);
  return (await refusedCalls()) - before;
}

describe('an object that can never be reconciled', () => {
  it('spin-01: a run whose status is never stored: one Event with the reason, few tries, and others do not wait', async () => {
    await start('unwritable');
    const [event, ...more] = await toldOf('unwritable-approve');
    expect(event?.note).toContain(sentence);
    expect(more).toEqual([]);
    expect(await refusedCalls()).toBeGreaterThan(5);
    // Waits double from 20 ms to 30 s: after the sixth failure the next come ever more rarely.
    expect(await refusedWithin(2_000)).toBeLessThan(6);
    const task = await ask(gate, 'beside', { params: people('alice') });
    await gate.answer('alice', task, { decision: 'approve' });
    await gate.customRun('beside-approve');
    expect(
      gate.log.filter((line) => line.includes('reconcile failed') && line.includes('unwritable')).length,
    ).toBeLessThan(12);
  });

  it('spin-02: a run whose task is never made says so in its own status, once, and is tried again', async () => {
    await start('unmade');
    const run = await gate.customRun('unmade-approve', ({ status }) => status?.conditions !== undefined);
    expect(run.status?.conditions?.[0]).toMatchObject({ status: 'Unknown', reason: 'WaitingForApproval' });
    expect(run.status?.conditions?.[0]?.message).toMatch(
      new RegExp(`^Nobody can be asked: .*${sentence}`, 'u'),
    );
    await toldOf('unmade-approve');
    expect(await refusedWithin(2_000)).toBeLessThan(6);
    const later = await gate.customRun('unmade-approve', () => true);
    expect(later.metadata.resourceVersion).toBe(run.metadata.resourceVersion);
  });
});
