import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { approvalTasks, customRuns, namespaces, pipelineRuns } from '../../src/api/resources.ts';
import { isNotFound } from '../../src/kube/error.ts';
import { Api } from '../control-plane/api.ts';
import { createNamespace } from '../control-plane/namespace.ts';
import { FormClient } from '../fakes/form-client.ts';
import { Gate, openGate } from './gate.ts';
import { endOf, gateStep, job, latestLink, resultsOf, start, startAsking } from './turns.ts';
import { until } from './until.ts';

/** What is deleted around a waiting gate goes, and the gate with it; what lingers shows that it was cancelled. */

let gate: Gate;
beforeAll(async () => {
  gate = await openGate();
  await gate.allow('people', [{ kind: 'User', name: 'alice' }]);
});
afterAll(async () => gate.close());

const deploy = job('deploy', { runAfter: ['approve'] });
const ann = 'ann@example.com';

/** Tekton Results keeps a run that is deleted until it has stored it. */
async function keep(name: string, finalizers: string[]): Promise<void> {
  await gate.admin.patch(customRuns, gate.key(name), { metadata: { finalizers } }, { type: 'merge' });
}

async function gone(name: string): Promise<void> {
  await until(`${name} to be gone`, async () => {
    const left = await Promise.all([gate.read(customRuns, name), gate.read(approvalTasks, name)]);
    return left.every((object) => object === undefined);
  });
}

describe.concurrent('a run that is being deleted, and that somebody else’s finalizer keeps', () => {
  it.each(['Background', 'Foreground'] as const)(
    'with its PipelineRun (%s) ends as cancelled, takes no answer, and goes at once when it may: nothing of ours holds it',
    async (propagation) => {
      const name = `lingers-${propagation.toLowerCase()}`;
      const step = gateStep('approve', { params: { approvers: [ann, 'alice'] } });
      const task = await startAsking(gate, name, { tasks: [step, deploy] });
      const link = await latestLink(gate, { address: ann, run: name, mails: 1 });
      const { metadata } = await gate.customRun(`${name}-approve`, () => true);
      for (const each of [metadata, task.metadata]) expect(each).not.toHaveProperty('finalizers');
      expect(task.metadata.ownerReferences).toMatchObject([{ kind: 'CustomRun', uid: metadata.uid }]);
      await keep(`${name}-approve`, ['results.tekton.dev/customrun']);
      await gate.admin.delete(pipelineRuns, gate.key(name), { propagation });
      await gate.customRun(`${name}-approve`, (run) => run.metadata.deletionTimestamp !== undefined);
      const run = await gate.customRun(`${name}-approve`);
      expect(endOf(run)).toBe('False CustomRunCancelled');
      expect(resultsOf(run)).toMatchObject({ decision: 'false', outcome: 'cancelled' });
      const late = await gate.answer('alice', task, { decision: 'approve' });
      expect(late.status?.verdict).toBe('refused');
      expect((await new FormClient().open(link)).body).not.toContain('name="decision"');
      await keep(`${name}-approve`, []);
      await gone(`${name}-approve`);
    },
  );
});

describe.concurrent('a namespace that is deleted', () => {
  it('goes with its waiting gates, within the time of any other, and leaves the operator at rest', async () => {
    const name = `gate-${randomBytes(4).toString('hex')}`;
    const api = new Api(inject('controlPlane').kubeconfig);
    await createNamespace(api, name).finally(() => api.close());
    const operator = await openGate({ settings: { NAMESPACES: name } });
    const { admin, mail, settings } = operator;
    const doomed = new Gate({ namespace: name, admin, mail, settings });
    try {
      const step = gateStep('approve', { params: { approvers: [ann] } });
      const names = ['one', 'two', 'three'];
      await Promise.all(names.map(async (run) => startAsking(doomed, run, { tasks: [step, deploy] })));
      await admin.delete(namespaces, name);
      await until('the namespace to be gone', async () =>
        admin.get(namespaces, name).then(
          () => false,
          (error: unknown) => isNotFound(error) || Promise.reject(error),
        ),
      );
      const failures = (): number => operator.log.filter((line) => line.includes('reconcile failed')).length;
      const before = failures();
      await sleep(2_000);
      expect(failures()).toBe(before);
      expect((await fetch(`http://127.0.0.1:${settings['PROBES_PORT'] ?? ''}/readyz`)).status).toBe(200);
    } finally {
      await operator.close();
    }
  });
});

describe('a run that was deleted before anybody looked, and lingers', () => {
  it('ends as cancelled, and nobody is asked', async () => {
    await gate.stopOperator();
    await start(gate, 'unseen', { tasks: [gateStep('approve'), deploy] });
    await gate.customRun('unseen-approve', () => true);
    await keep('unseen-approve', ['results.tekton.dev/customrun']);
    await gate.admin.delete(pipelineRuns, gate.key('unseen'), { propagation: 'Background' });
    await gate.customRun('unseen-approve', ({ metadata }) => metadata.deletionTimestamp !== undefined);
    await gate.startOperator();
    expect(endOf(await gate.customRun('unseen-approve'))).toBe('False CustomRunCancelled');
    expect(await gate.read(approvalTasks, 'unseen-approve')).toBeUndefined();
    await keep('unseen-approve', []);
    await gone('unseen-approve');
  });
});
