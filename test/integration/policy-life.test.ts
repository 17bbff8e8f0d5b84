import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { annotations } from '../../src/api/names.ts';
import { requesterGuard } from '../../src/api/policy/requester.ts';
import { shippedValues } from '../../src/api/policy/values.ts';
import { changeOf } from '../../src/controllers/policychange.ts';
import {
  admissionPolicies,
  admissionPolicyBindings,
  approvalTasks,
  customRuns,
  pipelineRuns,
} from '../../src/api/resources.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { inlineRun, type InlineRun } from '../builders/inline-run.ts';
import { roleBindings } from '../control-plane/operator-home.ts';
import { FormClient } from '../fakes/form-client.ts';
import { isAbout } from '../fakes/mailed-link.ts';
import { openGate, type Gate } from './gate.ts';
import { accountOf, at, controlledBy, foreignRef, patch, Scene } from './guarded-scene.ts';
import { endOf, gatesOf, gateStep, job, ran, resultsOf } from './turns.ts';
import { until } from './until.ts';

/** Whole pipelines with every policy in force, and the requester as approvers see it. */

const ann = 'ann@example.com';
const tasks = [
  gateStep('approve', { params: { approvers: [ann, 'alice'] } }),
  job('deploy', { runAfter: ['approve'] }),
];

let gate: Gate;
let erin: KubeClient;
/** Sends requests as an account, with its token. */
let scene: Scene;
beforeAll(async () => {
  gate = await openGate();
  await gate.allow('people', [{ kind: 'User', name: 'alice' }]);
  const apiGroup = 'rbac.authorization.k8s.io';
  await gate.create(roleBindings, {
    apiVersion: `${apiGroup}/v1`,
    kind: 'RoleBinding',
    metadata: { name: 'editors' },
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'tekton-aggregate-edit' },
    subjects: [
      { apiGroup, kind: 'Group', name: 'release-managers' },
      { kind: 'ServiceAccount', name: 'default', namespace: gate.namespace },
    ],
  });
  await gate.create(roleBindings, {
    apiVersion: `${apiGroup}/v1`,
    kind: 'RoleBinding',
    metadata: { name: 'admins' },
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ apiGroup, kind: 'User', name: 'dave' }],
  });
  erin = gate.as('erin');
  scene = new Scene(gate.namespace);
  await until('the requester policy to be older than what follows', async () => {
    const stored = await Promise.all(
      [admissionPolicies, admissionPolicyBindings].map(async (type) =>
        gate.admin.get<KubeObject>(type, requesterGuard.name),
      ),
    );
    return stored.every(({ object }) => gate.admin.serverNow() > changeOf(object).at + 6_000);
  });
  await until('the rights of erin and dave', async () => {
    const tried = await scene.send('dave', patch(`${at.pipelineRuns}/none/status`, {}));
    return tried.status === 404 && (await scene.send('erin', { path: at.pipelineRuns })).status === 200;
  });
});
afterAll(async () => gate.close());

async function startAs(client: KubeClient, name: string, more: Partial<InlineRun> = {}): Promise<void> {
  const object = inlineRun(name, { tasks, ...more });
  await client.create(pipelineRuns, {
    ...object,
    metadata: { ...object.metadata, namespace: gate.namespace },
  });
}

const carrying = (carried: Record<string, string>): Partial<InlineRun> => ({
  metadata: { annotations: carried },
});

/** What the mail and the page say about who asked. */
async function toldTo(name: string): Promise<{ mail: string; page: string }> {
  const mail = await gate.mail.waitFor((one) => one.to.includes(ann) && isAbout(one, name));
  const page = await new FormClient().open(await gate.mailedLink(ann, await gate.task(`${name}-approve`)));
  const plain = page.body.replaceAll(/<[^>]*>/gu, ' ').replaceAll(/\s+/gu, ' ');
  return {
    mail: /Requested by:\s*(.*)/u.exec(mail.parsed.text ?? '')?.[1] ?? '',
    page: /Requested by (.*?) (?:What the|Description|Pipeline)/u.exec(plain)?.[1] ?? plain,
  };
}

describe.concurrent('the requester', () => {
  it('who starts a run and says so is confirmed in request, mail and page, and the run goes the whole way', async () => {
    await startAs(erin, 'confirmed', carrying({ [annotations.requestedBy]: 'erin' }));
    const task = await gate.task('confirmed-approve');
    expect(task.spec.requester).toEqual({ name: 'erin', certainty: 'stamped' });
    const { mail, page } = await toldTo('confirmed');
    expect(mail).toBe('erin (confirmed by the cluster)');
    expect(page).toContain('erin (confirmed by the cluster)');
    const browser = new FormClient();
    await browser.answer(await browser.open(await gate.mailedLink(ann, task)), 'approve');
    expect(ran(await gate.pipelineRun('confirmed'))).toEqual(['deploy']);
  });

  it('for whom a trigger starts a run is shown as what the trigger says', async () => {
    const { token } = (await accountOf(`system:serviceaccount:${gate.namespace}:default`)) as {
      token: string;
    };
    const body = inlineRun('triggered', { tasks, ...carrying({ [annotations.requestedFor]: 'carol' }) });
    const made = await scene.send({ token }, { method: 'POST', path: at.pipelineRuns, body, keep: true });
    expect(made).toMatchObject({ status: 201 });
    const task = await gate.task('triggered-approve');
    expect(task.spec.requester).toEqual({ name: 'carol', certainty: 'asserted' });
    const { mail, page } = await toldTo('triggered');
    expect(mail).toBe('carol (says the trigger; not proven)');
    expect(page).toContain('carol (says the trigger; not proven)');
  });

  it('is not known where nobody says', async () => {
    await startAs(erin, 'silent');
    expect((await gate.task('silent-approve')).spec.requester).toEqual({ name: '', certainty: 'unknown' });
    const { mail, page } = await toldTo('silent');
    expect(mail).toBe('not known');
    expect(page).toContain('not known');
  });

  it('of a PipelineRun within a PipelineRun is that of the root', async () => {
    const waiting = { tasks: [{ name: 'wait', taskRef: foreignRef }] };
    await startAs(erin, 'root', { ...waiting, ...carrying({ [annotations.requestedBy]: 'erin' }) });
    const root = await gate.read<KubeObject>(pipelineRuns, 'root');
    const below = controlledBy('tekton.dev/v1', 'PipelineRun', { name: 'root', uid: root?.metadata.uid });
    const tekton = await accountOf(shippedValues.tekton[0] ?? '');
    const body = inlineRun('child', { tasks, metadata: below as Record<string, unknown> });
    await scene.send(tekton, { method: 'POST', path: at.pipelineRuns, body, keep: true });
    expect((await gate.task('child-approve')).spec.requester).toEqual({ name: 'erin', certainty: 'stamped' });
  });

  it('is not read from the CustomRun, onto which Tekton copies what the PipelineRun carries', async () => {
    await startAs(erin, 'copied', carrying({ [annotations.requestedBy]: 'erin' }));
    await gate.task('copied-approve');
    const run = await gate.read<KubeObject>(customRuns, 'copied-approve');
    expect(run?.metadata.annotations).toMatchObject({ [annotations.requestedBy]: 'erin' });
    await erin.patch(
      customRuns,
      gate.key('copied-approve'),
      { metadata: { annotations: { [annotations.requestedBy]: 'alice' } } },
      { type: 'merge' },
    );
    expect((await gate.task('copied-approve')).spec.requester.name).toBe('erin');
  });
});

describe.concurrent('an editor', () => {
  it('ends a gate as the Dashboard does', async () => {
    await startAs(erin, 'stopped');
    await gate.task('stopped-approve');
    await erin.patch(
      customRuns,
      gate.key('stopped-approve'),
      { spec: { status: 'RunCancelled' } },
      { type: 'merge' },
    );
    expect(endOf(await gate.customRun('stopped-approve'))).toBe('False CustomRunCancelled');
  });

  it('cancels a pipeline: Tekton ends its gate', async () => {
    await startAs(erin, 'cancelled');
    await gate.task('cancelled-approve');
    await erin.patch(
      pipelineRuns,
      gate.key('cancelled'),
      { spec: { status: 'Cancelled' } },
      { type: 'merge' },
    );
    expect(endOf(await gate.customRun('cancelled-approve'))).toBe('False CustomRunCancelled');
    expect(endOf(await gate.pipelineRun('cancelled'))).toBe('False Cancelled');
  });

  it.each(['Background', 'Foreground'] as const)(
    'deletes a pipeline (%s), and its gate goes',
    async (propagation) => {
      const name = `deleted-${propagation.toLowerCase()}`;
      await startAs(erin, name);
      await gate.task(`${name}-approve`);
      await erin.delete(pipelineRuns, gate.key(name), { propagation });
      await gone(name);
    },
  );

  it('deletes a pipeline and leaves its gate an orphan, which ends and can be deleted', async () => {
    await startAs(erin, 'orphaned');
    await gate.task('orphaned-approve');
    await erin.delete(pipelineRuns, gate.key('orphaned'), { propagation: 'Orphan' });
    expect(endOf(await gate.customRun('orphaned-approve'))).toBe('False CustomRunCancelled');
    const left = await gate.customRun(
      'orphaned-approve',
      ({ metadata }) => metadata.ownerReferences === undefined,
    );
    expect(left.metadata.deletionTimestamp).toBeUndefined();
    await erin.delete(customRuns, gate.key('orphaned-approve'), { propagation: 'Background' });
    await gone('orphaned');
  });

  it('runs a pipeline whose other custom tasks are served by others', async () => {
    const other = { name: 'other', taskRef: foreignRef };
    await startAs(erin, 'mixed', { tasks: [other, job('deploy', { runAfter: ['other'] })] });
    await gate.customRun('mixed-other', () => true);
    const conditions = [
      {
        type: 'Succeeded',
        status: 'True',
        reason: 'Done',
        message: 'x',
        lastTransitionTime: '2026-01-01T00:00:00Z',
      },
    ];
    await gate.admin.patch(
      customRuns,
      gate.key('mixed-other'),
      { status: { conditions } },
      { type: 'merge', subresource: 'status' },
    );
    expect(ran(await gate.pipelineRun('mixed'))).toEqual(['deploy']);
  });

  it('sees a timeout ask again, and the second answer count', async () => {
    const again = gateStep('approve', { timeout: '2s', retries: 1 });
    await startAs(erin, 'asked-again', { tasks: [again] });
    const task = await gate.task('asked-again-approve', ({ status }) => status?.attempt === 2);
    const answered = gate.answer('alice', task, { decision: 'approve' });
    // Two seconds may be over on a slow machine; then the gate has ended, and in order.
    const { decision, outcome } = resultsOf(await gate.customRun('asked-again-approve'));
    await answered;
    expect([decision, outcome]).toEqual(
      outcome === 'approved' ? ['true', 'approved'] : ['false', 'timedOut'],
    );
  });
});

describe.concurrent('a PipelineRun that is pending, to which somebody with every right writes', () => {
  it.each([
    ['a pipeline without the gate', 'swapped', { pipelineSpec: { tasks: [job('deploy')] } }],
    [
      'the run of an older approval',
      'reused',
      { childReferences: [{ kind: 'CustomRun', name: 'older-approve', pipelineTaskName: 'approve' }] },
    ],
  ])('editor-21: %s, still asks', async (_, name, status) => {
    if (name === 'reused') await approved('older');
    // Of a pipeline that stands in the run itself Tekton does not read the copy in its status.
    const pipeline = { apiVersion: 'tekton.dev/v1', kind: 'Pipeline', metadata: { name }, spec: { tasks } };
    await scene.make('erin', at.pipelines, pipeline);
    const referring = { pipelineSpec: undefined, pipelineRef: { name } };
    await startAs(erin, name, { run: { ...referring, status: 'PipelineRunPending' } });
    await gate.pipelineRun(name, (seen) => endOf(seen) === 'Unknown PipelineRunPending');
    const tried = await scene.send('dave', {
      ...patch(`${at.pipelineRuns}/${name}/status`, { status }),
      keep: true,
    });
    await erin.patch(pipelineRuns, gate.key(name), { spec: { status: null } }, { type: 'merge' });
    const seen = await gate.pipelineRun(name, (run) => gatesOf(run).length > 0 || ran(run).length > 0);
    expect([gatesOf(seen), ran(seen)]).toEqual([[`${name}-approve`], []]);
    await gate.task(`${name}-approve`);
    expect(tried).toMatchObject({ status: 403, message: expect.stringContaining('[P7-status]') });
  });
});

/** A PipelineRun whose gate was approved. */
async function approved(name: string): Promise<void> {
  await startAs(erin, name);
  await gate.answer('alice', await gate.task(`${name}-approve`), { decision: 'approve' });
  await gate.customRun(`${name}-approve`);
}

async function gone(name: string): Promise<void> {
  await until(`${name} to be gone`, async () => {
    const left = await Promise.all([
      gate.read(pipelineRuns, name),
      gate.read(customRuns, `${name}-approve`),
      gate.read(approvalTasks, `${name}-approve`),
    ]);
    return left.every((object) => object === undefined);
  });
}

it('people of the tests are not those who break the glass', () => {
  expect(Object.keys(inject('controlPlane').users)).not.toContain('admin');
});
