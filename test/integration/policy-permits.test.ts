import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { annotations, labels } from '../../src/api/names.ts';
import { shippedValues } from '../../src/api/policy/values.ts';
import { ownedBy } from './attack.ts';
import { guardsInForce } from './attacks.ts';
import {
  accountOf,
  at,
  closeScene,
  controlledBy,
  customRun,
  foreignRef,
  openScene,
  ourRef,
  patch,
  pendingRun,
  post,
  remove,
  type Scene,
  type Sender,
  type Sent,
} from './guarded-scene.ts';

/** What the guards must not stop, with everything that is shipped in force. */

let scene: Scene;
let open: Scene;
beforeAll(async () => {
  [scene, open] = await Promise.all([openScene(), openScene({ [labels.standalone]: 'true' })]);
  await guardsInForce(scene);
});
afterAll(async () => Promise.all([scene, open].map(closeScene)));

const run = `${at.customRuns}/release-approve`;
const foreign = `${at.customRuns}/foreign`;
const task = `${at.tasks}/release-approve`;
const release = `${at.pipelineRuns}/release`;
const { requestedBy, requestedFor } = annotations;
const condition = {
  type: 'Succeeded',
  status: 'True',
  reason: 'Done',
  message: 'x',
  lastTransitionTime: '2026-01-01T00:00:00Z',
};

const cancel = { status: 'RunCancelled' };
const cancelled = {
  ...cancel,
  statusMessage: 'CustomRun cancelled as the PipelineRun it belongs to has been cancelled.',
};

describe('ordinary life goes on:', () => {
  it.each<[string, Sender, Sent]>([
    ['an editor stops a run as the Dashboard does', 'erin', patch(run, { spec: cancel })],
    ['an editor labels a run', 'erin', patch(run, { metadata: { labels: { team: 'a' } } })],
    ['an editor annotates a run', 'erin', patch(run, { metadata: { annotations: { note: 'x' } } })],
    [
      'somebody holds a run by a finalizer',
      'erin',
      patch(run, { metadata: { finalizers: ['example.com/x'] } }),
    ],
    ['an editor deletes a run', 'erin', remove(run)],
    ['an editor changes the run of another kind', 'erin', patch(foreign, { spec: { params: [] } })],
    [
      'another controller ends its own run',
      'dave',
      patch(`${foreign}/status`, { status: { conditions: [condition] } }),
    ],
    [
      'somebody writes the status of a PipelineRun that asks for nothing',
      'dave',
      patch(`${at.pipelineRuns}/ungated/status`, { status: { childReferences: [] } }),
    ],
    ['an editor makes a PipelineRun', 'erin', post(at.pipelineRuns, pendingRun({}))],
    [
      'an editor makes a PipelineRun and says so',
      'erin',
      post(at.pipelineRuns, pendingRun({ annotations: { [requestedBy]: 'erin' } })),
    ],
    [
      'an editor makes a PipelineRun of v1beta1 and says so',
      'erin',
      post(at.pipelineRunsV1beta1, {
        ...pendingRun({ annotations: { [requestedBy]: 'erin' } }),
        apiVersion: 'tekton.dev/v1beta1',
      }),
    ],
    [
      'an editor annotates a PipelineRun',
      'erin',
      patch(release, { metadata: { annotations: { note: 'x' } } }),
    ],
    ['an editor cancels a PipelineRun', 'erin', patch(release, { spec: { status: 'Cancelled' } })],
    ['an editor deletes a PipelineRun', 'erin', remove(release)],
    ['an editor changes a Pipeline', 'erin', patch(`${at.pipelines}/deploy`, { spec: { description: 'x' } })],
  ])('%s', async (_, sender, sent) => {
    expect(await scene.send(sender, sent)).toMatchObject({ message: '' });
  });

  it('a trigger makes a PipelineRun for somebody', async () => {
    const made = pendingRun({ annotations: { [requestedFor]: 'carol' } });
    expect(await scene.send(scene.trigger, post(at.pipelineRuns, made))).toMatchObject({ status: 201 });
  });

  it('Tekton makes runs, asks them to end, and makes PipelineRuns within PipelineRuns', async () => {
    const tekton = await accountOf(shippedValues.tekton[0] ?? '');
    const below = ownedBy(scene, 'release');
    const sent = [
      post(at.customRuns, customRun(below)),
      post(at.customRuns, customRun(below, { customRef: foreignRef })),
      post(at.pipelineRuns, pendingRun({ ...below, annotations: { [requestedBy]: 'dave' } })),
      patch(run, { spec: cancelled }),
      ...['gated', 'unstamped'].map((name) =>
        patch(`${at.pipelineRuns}/${name}/status`, { status: { childReferences: [] } }),
      ),
    ];
    for (const each of sent) expect(await scene.send(tekton, each)).toMatchObject({ message: '' });
    const alone = post(at.pipelineRuns, pendingRun({ annotations: { [requestedBy]: 'dave' } }));
    expect(await scene.send(tekton, alone)).toMatchObject({
      message: expect.stringMatching(/\[P5-(?:name|person)\]/u),
    });
  });

  it('the operator does its work', async () => {
    const operator = await accountOf(shippedValues.operator);
    const sent = [
      post(at.tasks, {
        ...ourRef,
        metadata: { name: 'made' },
        spec: { customRunRef: { name: 'a', uid: 'b' } },
      }),
      patch(task, { metadata: { labels: { decision: 'approved' } } }),
      patch(`${task}/status`, { status: { linkGeneration: 1 } }),
      patch(`${run}/status`, { status: { conditions: [condition] } }),
      patch(`${at.decisions}/answer/status`, { status: { verdict: 'counted' } }),
      remove(`${at.decisions}/answer`),
    ];
    for (const each of sent) expect(await scene.send(operator, each)).toMatchObject({ message: '' });
  });

  it('the cluster’s own controllers collect garbage', async () => {
    const collector = await accountOf(shippedValues.system[0] ?? '');
    const orphaned = { metadata: { ownerReferences: [], finalizers: [] } };
    const sent = [
      patch(task, orphaned),
      patch(run, orphaned),
      patch(`${at.decisions}/answer`, orphaned),
      remove(task),
      remove(`${at.decisions}/answer`),
    ];
    for (const each of sent) expect(await scene.send(collector, each)).toMatchObject({ message: '' });
  });

  it('a PipelineRun within another one is labelled by people, and taken out by the cluster alone', async () => {
    const tekton = await accountOf(shippedValues.tekton[0] ?? '');
    await scene.make(tekton, at.pipelineRuns, pendingRun({ name: 'child', ...ownedBy(scene, 'release') }));
    const child = `${at.pipelineRuns}/child`;
    const labelled = patch(child, { metadata: { labels: { a: 'b' } } });
    expect(await scene.send('erin', labelled)).toMatchObject({ message: '' });
    const orphaned = patch(child, { metadata: { ownerReferences: [] } });
    expect(await scene.send('erin', orphaned)).toMatchObject({
      message: expect.stringContaining('[P5-parent]'),
    });
    const collector = await accountOf(shippedValues.system[0] ?? '');
    expect(await scene.send(collector, orphaned)).toMatchObject({ message: '' });
  });

  it('a request that was settled can be deleted once its run was deleted with Orphan, and not while it waits', async () => {
    const customRunRef = { name: 'left', uid: 'gone' };
    await scene.make('admin', at.tasks, { ...ourRef, metadata: { name: 'left' }, spec: { customRunRef } });
    const left = `${at.tasks}/left`;
    expect(await scene.send('dave', remove(left))).toMatchObject({
      message: expect.stringContaining('[P3-delete]'),
    });
    const settled = patch(`${left}/status`, { status: { status: 'completed' } });
    await scene.send('admin', { ...settled, keep: true });
    expect(await scene.send('dave', remove(left))).toMatchObject({ status: 200 });
  });

  it('where it is allowed, people make and delete runs and requests by hand', async () => {
    const byHand = { ...ourRef, metadata: { name: 'by-hand' }, spec: { approvers: ['alice'] } };
    await open.make('dave', at.tasks, byHand);
    expect(await open.send('dave', remove(`${at.tasks}/by-hand`))).toMatchObject({ status: 200 });
    expect(await open.send('erin', post(at.customRuns, customRun({})))).toMatchObject({ status: 201 });
    // The run of a request is guarded there, too.
    expect(await open.send('dave', remove(task))).toMatchObject({
      message: expect.stringContaining('[P3-delete]'),
    });
  });
});

describe('what is being deleted', () => {
  const held = { finalizers: ['example.com/held'] };
  const released = { metadata: { finalizers: [] } };

  it('a request can be let go by whoever held it, and by nothing else be changed', async () => {
    const byHand = { ...ourRef, metadata: { name: 'held', ...held }, spec: { approvers: ['alice'] } };
    await open.make('dave', at.tasks, byHand);
    const place = `${at.tasks}/held`;
    expect(await open.send('dave', patch(place, released))).toMatchObject({ status: 403 });
    await open.send('dave', { ...remove(place), keep: true });
    for (const metadata of [
      { labels: { a: 'b' } },
      { annotations: { a: 'b' } },
      controlledBy('v1', 'Pod', { name: 'a', uid: 'b' }),
    ])
      expect(await open.send('dave', patch(place, { metadata }))).toMatchObject({
        message: expect.stringContaining('[P3-change]'),
      });
    expect(await open.send('dave', { ...patch(place, released), keep: true })).toMatchObject({ status: 200 });
    expect(await open.send('dave', { method: 'GET', path: place })).toMatchObject({ status: 404 });
  });

  it('an answer can be let go by whoever held it, and by nothing else be changed', async () => {
    const taskRef = { name: 'release-approve', uid: scene.uid('approvaltasks/release-approve') };
    const actor = { kind: 'kubernetes', username: 'dave' };
    await scene.make('dave', at.decisions, {
      ...ourRef,
      kind: 'ApprovalDecision',
      metadata: { name: 'held', ...held },
      spec: { taskRef, decision: 'reject', via: 'kubernetes', actor },
    });
    const place = `${at.decisions}/held`;
    await scene.send('admin', { ...remove(place), keep: true });
    expect(await scene.send('dave', patch(place, { metadata: { labels: { a: 'b' } } }))).toMatchObject({
      message: expect.stringContaining('[P2-change]'),
    });
    expect(await scene.send('dave', { ...patch(place, released), keep: true })).toMatchObject({
      status: 200,
    });
  });

  it('a Pipeline cannot be given a stamp either', async () => {
    const spec = { tasks: [{ name: 'wait', taskRef: foreignRef }] };
    const pipeline = {
      apiVersion: 'tekton.dev/v1',
      kind: 'Pipeline',
      metadata: { name: 'held', ...held },
      spec,
    };
    await scene.make('erin', at.pipelines, pipeline);
    const place = `${at.pipelines}/held`;
    await scene.send('erin', { ...remove(place), keep: true });
    expect(
      await scene.send('erin', patch(place, { metadata: { annotations: { [requestedBy]: 'erin' } } })),
    ).toMatchObject({ message: expect.stringContaining('[P5-pipeline]') });
    expect(await scene.send('erin', { ...patch(place, released), keep: true })).toMatchObject({
      status: 200,
    });
  });
});
