import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { approvalTasks, customRuns, pipelineRuns } from '../../src/api/resources.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import type { ResourceType } from '../../src/kube/object.ts';
import { kubeletAnnotations } from '../control-plane/kubelet.ts';
import { pipeline, pipelineRun } from '../builders/pipeline.ts';
import { pipelines, taskRuns } from '../builders/resources.ts';
import { people } from './asking.ts';
import { Editor } from './editor.ts';
import type { Gate, PipelineRunObject } from './gate.ts';
import { endOf } from './turns.ts';
import { until } from './until.ts';

/**
 * Tekton finds the run of a step by its name alone, the PipelineRun's with the step's behind it, whoever it was made for
 * (tektoncd/pipeline pkg/reconciler/pipelinerun/resources/pipelinerunresolution.go). Dave may start PipelineRuns, his own
 * and the guarded pipeline, whose step `approve` alice has to approve before `deploy`.
 */

let editor: Editor;
let gate: Gate;
let dave: KubeClient;
beforeAll(async () => {
  editor = await Editor.open();
  ({ gate, dave } = editor);
  await gate.create(pipelines, pipeline({ name: 'guarded', params: people('alice') }));
});
afterAll(async () => gate.close());

const start = async (object: {
  metadata: { name: string; annotations?: Record<string, string> };
}): Promise<unknown> =>
  dave.create(pipelineRuns, {
    ...object,
    metadata: { ...object.metadata, namespace: gate.namespace },
  });

/** A PipelineRun of dave's own, with one step that dave himself may approve. */
const ownRun = (name: string, step: string): ReturnType<typeof pipelineRun> => ({
  ...pipelineRun(name, ''),
  spec: {
    pipelineSpec: {
      tasks: [
        {
          name: step,
          taskRef: { apiVersion: 'tekton.automatiko.io/v1beta1', kind: 'ApprovalTask', name: 'any' },
          params: people('dave'),
        },
      ],
    },
  },
});

async function approvedByDave(name: string, step: string): Promise<void> {
  await start(ownRun(name, step));
  const task = await gate.task(`${name}-${step}`);
  await gate.answer('dave', task, { decision: 'approve' });
  expect(endOf(await gate.customRun(`${name}-${step}`))).toBe('True Approved');
}

/** How a PipelineRun that would take the run of another is answered. */
const refused =
  /\[P8-name\] CustomRun \S+ is there, which Tekton would take for a step of this PipelineRun\./u;
const isPending = { status: 'PipelineRunPending' };

describe('a run that was made for another PipelineRun', () => {
  it('adopt-01: is not taken for a step whose name it has because both names are joined by a hyphen', async () => {
    await approvedByDave('rel', 'x-approve');
    await expect(start(pipelineRun('rel-x', 'guarded'))).rejects.toThrow(refused);
    await expect(start(pipelineRun('rel-x', 'guarded', isPending))).rejects.toThrow(refused);
  });

  it('adopt-01: is not taken by a PipelineRun of the same name, once its own is deleted and leaves it behind', async () => {
    await start(pipelineRun('again', 'guarded'));
    const first = await gate.task('again-approve');
    await gate.answer('alice', first, { decision: 'approve' });
    await gate.customRun('again-approve');
    await until('deploy', async () => gate.read(taskRuns, 'again-deploy'));
    // As whoever archives runs does. Orphans would do as well, but for a garbage collector that has only just started.
    const hold = async (finalizers: string[]): Promise<unknown> =>
      dave.patch(customRuns, gate.key('again-approve'), { metadata: { finalizers } }, { type: 'merge' });
    await hold(['example.com/held']);
    await dave.delete(pipelineRuns, gate.key('again'), { propagation: 'Background' });
    const isGone = async (type: ResourceType, name: string): Promise<boolean> =>
      (await gate.read(type, name)) === undefined;
    await until('the PipelineRun to be gone', async () => isGone(pipelineRuns, 'again'));
    await expect(start(pipelineRun('again', 'guarded'))).rejects.toThrow(refused);
    await hold([]);
    // What else was left would be taken as well, and Tekton stops at a step that is done before the one in front of it.
    await until('its task to be gone', async () => isGone(taskRuns, 'again-deploy'));
    await until('the name to be free', async () =>
      start(pipelineRun('again', 'guarded')).then(
        () => true,
        () => false,
      ),
    );
    await gate.task(
      'again-approve',
      ({ metadata, status }) => metadata.uid !== first.metadata.uid && status?.status === 'pending',
    );
  });

  it('adopt-01: is not approved for one that is there already and would take it, and nobody is asked', async () => {
    const slow = pipeline({ name: 'slow', params: people('alice'), step: { runAfter: ['build'] } });
    const build = {
      name: 'build',
      taskSpec: { steps: [{ name: 'wait', image: 'busybox', script: 'sleep 600' }] },
    };
    await gate.create(pipelines, {
      ...slow,
      spec: { tasks: [build, ...(slow.spec as { tasks: object[] }).tasks] },
    });
    const late = pipelineRun('late-x', 'slow');
    // Its first step goes on and on.
    const annotations = { [kubeletAnnotations.hold]: 'true' };
    await start({ ...late, metadata: { ...late.metadata, annotations } });
    await start(pipelineRun('held-x', 'guarded', isPending));
    await until('its first step', async () => gate.read(taskRuns, 'late-x-build'));
    for (const name of ['late', 'held']) {
      await start(ownRun(name, 'x-approve'));
      const run = await gate.customRun(`${name}-x-approve`);
      expect(endOf(run)).toBe('False NameTaken');
      expect(run.status?.conditions?.[0]?.message).toContain(`PipelineRun ${name}-x would take this run`);
      expect(await gate.read(approvalTasks, `${name}-x-approve`)).toBeUndefined();
    }
  });

  it('leaves alone PipelineRuns whose names have nothing in common, and those that go on by themselves', async () => {
    await start(pipelineRun('other', 'guarded'));
    const task = await gate.task('other-approve');
    await dave.patch(
      pipelineRuns,
      gate.key('other'),
      { metadata: { labels: { a: 'b' } } },
      { type: 'merge' },
    );
    await start(pipelineRun('othe', 'guarded'));
    await gate.answer('alice', task, { decision: 'approve' });
    await until('deploy', async () => gate.read(taskRuns, 'other-deploy'));
  });

  it('leaves alone PipelineRuns whose names the API server makes', async () => {
    await start(pipelineRun('named', 'guarded'));
    await gate.task('named-approve');
    const generated = {
      ...pipelineRun('', 'guarded'),
      metadata: { generateName: 'named-', namespace: gate.namespace },
    };
    const { object } = await dave.create<PipelineRunObject>(pipelineRuns, generated);
    await gate.task(`${object.metadata.name}-approve`);
  });
});
