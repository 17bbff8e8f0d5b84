import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiVersion } from '../../src/api/names.ts';
import type { CustomRun } from '../../src/api/tekton.ts';
import { approvalDecisions, approvalTasks, customRuns, pipelineRuns } from '../../src/api/resources.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { freePorts } from '../control-plane/ports.ts';
import { ask, people, write } from './asking.ts';
import { Gate, openGate } from './gate.ts';
import { until } from './until.ts';

/** Turns of a run's life that a person or an attacker brings about beside answering. */

let gate: Gate;
beforeAll(async () => {
  gate = await openGate({ standalone: true });
  await gate.allow(
    'people',
    ['alice', 'bob', 'carol'].map((name) => ({ kind: 'User', name })),
  );
});
afterAll(async () => gate.close());

const alice = people('alice');

async function makeRun(name: string): Promise<void> {
  await gate.create(customRuns, {
    apiVersion: 'tekton.dev/v1beta1',
    kind: 'CustomRun',
    metadata: { name },
    spec: { customRef: { apiVersion, kind: 'ApprovalTask', name: 'any' }, params: alice },
  });
}

const patchSpec = async (name: string, spec: object): Promise<unknown> =>
  gate.admin.patch(customRuns, gate.key(name), { spec }, { type: 'merge' });
const conditionOf = (run: CustomRun): unknown => run.status?.conditions?.[0];

describe('a run that is first seen late', () => {
  it('ends as drifted when it was changed before anybody looked, and nobody is asked', async () => {
    await gate.stopOperator();
    await makeRun('changed-early');
    await patchSpec('changed-early', { params: people('mallory') });
    await gate.startOperator();
    expect(conditionOf(await gate.customRun('changed-early'))).toMatchObject({
      status: 'False',
      reason: 'SpecDrift',
    });
    expect(await gate.read(approvalTasks, 'changed-early')).toBeUndefined();
  });

  it('ends as cancelled when it was cancelled before anybody looked, and nobody is asked', async () => {
    await gate.stopOperator();
    await makeRun('cancelled-early');
    await patchSpec('cancelled-early', { status: 'RunCancelled' });
    await gate.startOperator();
    const run = await gate.customRun('cancelled-early');
    expect(conditionOf(run)).toMatchObject({ status: 'False', reason: 'CustomRunCancelled' });
    expect(await gate.read(approvalTasks, 'cancelled-early')).toBeUndefined();
  });

  it('that was made again under the name of an earlier one waits for that one’s task to go, and is asked anew', async () => {
    await makeRun('again');
    const first = await gate.task('again');
    await gate.admin.delete(customRuns, gate.key('again'), { propagation: 'Background' });
    await until('the first run to be gone', async () => (await gate.read(customRuns, 'again')) === undefined);
    await makeRun('again');
    const second = await gate.task(
      'again',
      ({ metadata, status }) => metadata.uid !== first.metadata.uid && status !== undefined,
    );
    expect(second.status?.responses).toEqual([]);
    expect(second.spec.customRunRef?.uid).not.toBe(first.spec.customRunRef?.uid);
  });
});

describe('a settled run', () => {
  it('found Unknown is restored, with its results', async () => {
    const task = await ask(gate, 'restored', { params: alice });
    await gate.answer('alice', task, { decision: 'approve', comment: 'yes' });
    const settled = await gate.customRun('restored-approve');
    const [condition] = settled.status?.conditions ?? [];
    const status = { conditions: [{ ...condition, status: 'Unknown', reason: 'NewObservedGenFailure' }] };
    await gate.admin.patch(
      customRuns,
      gate.key('restored-approve'),
      { status },
      { type: 'merge', subresource: 'status' },
    );
    const restored = await gate.customRun('restored-approve');
    expect(conditionOf(restored)).toMatchObject({ status: 'True', reason: 'Approved' });
    expect(restored.status?.results).toEqual(settled.status?.results);
  });

  it('that is cancelled afterwards keeps its end: only the generation is seen', async () => {
    await makeRun('cancelled-late');
    await gate.answer('alice', await gate.task('cancelled-late'), { decision: 'reject', comment: 'no' });
    const settled = await gate.customRun('cancelled-late');
    await patchSpec('cancelled-late', { status: 'RunCancelled' });
    const after = await gate.customRun(
      'cancelled-late',
      ({ metadata, status }) => status?.observedGeneration === metadata.generation,
    );
    expect(after.metadata.generation).toBe(2);
    expect({ ...after.status, observedGeneration: 1 }).toEqual(settled.status);
  });
});

describe('the surroundings of a waiting run', () => {
  it('a PipelineRun that has ended without telling its runs ends the request', async () => {
    await ask(gate, 'ended-owner', { params: alice });
    const conditions = [
      {
        type: 'Succeeded',
        status: 'False',
        reason: 'Failed',
        message: 'x',
        lastTransitionTime: '2026-01-01T00:00:00Z',
      },
    ];
    const body = { status: { conditions, completionTime: '2026-01-01T00:00:00Z' } };
    await gate.admin.patch(pipelineRuns, gate.key('ended-owner'), body, {
      type: 'merge',
      subresource: 'status',
    });
    const run = await gate.customRun('ended-owner-approve');
    expect(conditionOf(run)).toMatchObject({ status: 'False', reason: 'CustomRunCancelled' });
    expect((await gate.task('ended-owner-approve')).status?.outcome).toBe('cancelled');
  });
});

describe('answers', () => {
  it('H42: an answer that is deleted after it was counted still counts', async () => {
    const params = [...people('alice', 'bob'), { name: 'strategy', value: 'MULTI' }];
    const task = await ask(gate, 'deleted-answer', { params });
    const counted = await gate.answer('alice', task, { decision: 'approve' });
    await gate.admin.delete(approvalDecisions, gate.key(counted.metadata.name));
    await gate.answer('bob', task, { decision: 'approve' });
    const run = await gate.customRun('deleted-answer-approve');
    expect(run.status?.results).toContainEqual({ name: 'approvedBy', value: 'alice|bob' });
  });

  it('an answer to a squatted ApprovalTask is never counted', async () => {
    const spec = {
      approvers: ['carol'],
      description: 'planted',
      customRunRef: { name: 'squatted', uid: 'guess' },
    };
    const squatted = await gate.create<KubeObject>(approvalTasks, {
      apiVersion,
      kind: 'ApprovalTask',
      metadata: { name: 'squatted' },
      spec,
    });
    const actor = { kind: 'kubernetes', username: 'carol' };
    const answer = {
      taskRef: { name: 'squatted', uid: squatted.metadata.uid },
      decision: 'approve',
      via: 'kubernetes',
      actor,
    };
    await write(gate.as('carol'), { namespace: gate.namespace, name: 'to-squatted' }, answer);
    // Another answer, sent later and counted, shows that this one had its turn.
    const task = await ask(gate, 'beside-squatted', { params: people('carol') });
    expect((await gate.answer('carol', task, { decision: 'approve' })).status?.verdict).toBe('counted');
    const left = await gate.read<KubeObject & { status?: { verdict?: string } }>(
      approvalDecisions,
      'to-squatted',
    );
    expect(left?.status?.verdict).toBeUndefined();
    expect(
      (await gate.read<KubeObject & { status?: object }>(approvalTasks, 'squatted'))?.status,
    ).toBeUndefined();
  });
});

describe('two operators that both lead', () => {
  it('settle a request once, with one answer counted', async () => {
    const [web = 0, probes = 0, metrics = 0] = await freePorts(3);
    const settings = {
      ...gate.settings,
      LEASE_NAME: 'second',
      WEB_PORT: String(web),
      PROBES_PORT: String(probes),
      METRICS_PORT: String(metrics),
    };
    const second = new Gate({ namespace: gate.namespace, admin: gate.admin, mail: gate.mail, settings });
    await second.startOperator();
    try {
      const task = await ask(gate, 'two-leaders', { params: people('alice', 'bob') });
      const verdicts = await Promise.all([
        gate.answer('alice', task, { decision: 'approve' }),
        gate.answer('bob', task, { decision: 'reject', comment: 'no' }),
      ]);
      expect(verdicts.filter(({ status }) => status?.verdict === 'counted')).toHaveLength(1);
      expect(verdicts.filter(({ status }) => status?.code === 'settled')).toHaveLength(1);
      const settled = await gate.task('two-leaders-approve', ({ status }) => status?.outcome !== undefined);
      expect(settled.status?.responses).toHaveLength(1);
      const run = await gate.customRun('two-leaders-approve');
      const decision = settled.status?.outcome === 'approved' ? 'true' : 'false';
      expect(run.status?.results).toContainEqual({ name: 'decision', value: decision });
    } finally {
      await second.stopOperator();
    }
  });
});
