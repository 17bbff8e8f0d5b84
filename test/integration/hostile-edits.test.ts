import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalTask } from '../../src/api/approvaltask.ts';
import { approvalDecisions, approvalTasks, customRuns, pipelineRuns } from '../../src/api/resources.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { people } from './asking.ts';
import { Editor, ownAnswer } from './editor.ts';
import type { Gate } from './gate.ts';
import { endOf } from './turns.ts';

/**
 * What somebody may try who edits the namespace and wants a change approved, by editing what waits. The guards refuse it;
 * then somebody does the same whom they do not stop, and the operator stands alone.
 */

let editor: Editor;
let gate: Gate;
let dave: KubeClient;
beforeAll(async () => {
  editor = await Editor.open();
  ({ gate, dave } = editor);
});
afterAll(async () => gate.close());

describe('by editing what waits', () => {
  const edit = async (name: string, body: object, by = dave): Promise<unknown> =>
    by.patch(customRuns, gate.key(name), body, { type: 'merge' });

  const editRefused = async (name: string, body: object, rule: string): Promise<void> => {
    await expect(edit(name, body)).rejects.toThrow(rule);
    await edit(name, body, gate.admin);
  };

  it('editor-08: himself among the approvers of the waiting run: refused; unguarded it ends as drifted, whoever answers', async () => {
    const task = await editor.asked('own-name');
    await editRefused('own-name-approve', { spec: { params: people('dave') } }, '[P4-spec]');
    expect(endOf(await gate.customRun('own-name-approve'))).toBe('False SpecDrift');
    await editor.expectRefused('settled', ownAnswer(task), 'own-name-answer');
  });

  it('editor-09: labels and annotations of the waiting run and its PipelineRun change nothing', async () => {
    const task = await editor.asked('relabelled');
    const metadata = {
      labels: {
        'tekton.dev/pipelineTask': 'harmless',
        'tekton.dev/pipelineRun': 'other',
        decision: 'approved',
      },
      annotations: { 'tekton-approvals/notes': 'approved', 'tekton-approvals/requested-by': 'alice' },
    };
    await editRefused('relabelled-approve', { metadata }, '[P4-labels]');
    const { annotations } = metadata;
    const stamp = dave.patch(
      pipelineRuns,
      gate.key('relabelled'),
      { metadata: { annotations } },
      { type: 'merge' },
    );
    await expect(stamp).rejects.toThrow('[P5-kept]');
    await editor.expectOpen(task);
  });

  it('editor-10: a run that is taken from its PipelineRun, or given to another, still ends with its own', async () => {
    const task = await editor.asked('disowned');
    const other = await editor.asked('adopter');
    const owner = (await gate.read(pipelineRuns, 'adopter'))?.metadata;
    const reference = {
      apiVersion: 'tekton.dev/v1',
      kind: 'PipelineRun',
      name: owner?.name,
      uid: owner?.uid,
      controller: true,
    };
    await editRefused('disowned-approve', { metadata: { ownerReferences: [reference] } }, '[P4-owner]');
    await gate.admin.delete(pipelineRuns, gate.key('disowned'));
    const run = await gate.customRun('disowned-approve');
    expect(endOf(run)).toBe('False CustomRunCancelled');
    expect((await gate.task(task.metadata.name)).status?.outcome).toBe('cancelled');
    await editor.expectOpen(other);
  });

  it('editor-11: a finalizer on the run does not keep its request open after the run was deleted', async () => {
    const task = await editor.asked('held');
    await edit('held-approve', { metadata: { finalizers: ['example.com/held'] } });
    await dave.delete(customRuns, gate.key('held-approve'));
    expect(endOf(await gate.customRun('held-approve'))).toBe('False CustomRunCancelled');
    await editor.expectRefused('settled', ownAnswer(task), 'held-answer');
    await edit('held-approve', { metadata: { finalizers: [] } });
  });

  it.each<[string, (task: ApprovalTask) => Promise<unknown>]>([
    [
      'the status of the request',
      async ({ metadata }) =>
        statusOf(approvalTasks, metadata.name, { outcome: 'approved', status: 'completed' }),
    ],
    [
      'the status of the run',
      async ({ metadata }) =>
        statusOf(customRuns, metadata.name, { results: [{ name: 'decision', value: 'true' }] }),
    ],
    [
      'its owner, finalizers and labels',
      async ({ metadata }) =>
        editor.changeTask(metadata.name, {
          metadata: { ownerReferences: [], finalizers: ['example.com/x'], labels: { decision: 'approved' } },
        }),
    ],
    ['its spec', async ({ metadata }) => editor.changeTask(metadata.name, { spec: { approvers: ['dave'] } })],
    ['its existence', async ({ metadata }) => dave.delete(approvalTasks, gate.key(metadata.name))],
  ])('editor-12: %s is not his to change', async (what, attempt) => {
    const task = await editor.asked(`forbidden-${what.replaceAll(/[^a-z]+/gu, '-')}`);
    await expect(attempt(task)).rejects.toThrow('forbidden');
    await editor.expectOpen(task);
  });

  const statusOf = async (type: typeof customRuns, name: string, status: object): Promise<unknown> =>
    dave.patch(type, gate.key(name), { status }, { type: 'merge', subresource: 'status' });

  it('editor-13: an answer that was counted can be neither edited nor deleted by him', async () => {
    const task = await editor.asked('counted');
    const { metadata } = await gate.answer('alice', task, { decision: 'reject' });
    const spec = { decision: 'approve' };
    await expect(
      dave.patch(approvalDecisions, gate.key(metadata.name), { spec }, { type: 'merge' }),
    ).rejects.toThrow('forbidden');
    await expect(dave.delete(approvalDecisions, gate.key(metadata.name))).rejects.toThrow('forbidden');
    expect((await gate.task(task.metadata.name)).status?.outcome).toBe('rejected');
  });
});
