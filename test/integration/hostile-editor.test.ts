import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalDecision } from '../../src/api/approvaldecision.ts';
import { apiVersion, approvalDecisionKind, approvalTaskKind } from '../../src/api/names.ts';
import { approvalDecisions, approvalTasks, customRuns, pipelineRuns } from '../../src/api/resources.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { pipeline, pipelineRun } from '../builders/pipeline.ts';
import { pipelines } from '../builders/resources.ts';
import { FormClient } from '../fakes/form-client.ts';
import { sized } from '../tier.ts';
import { people, taskRef, write } from './asking.ts';
import { ann, Editor, ownAnswer } from './editor.ts';
import type { Gate } from './gate.ts';
import { endOf } from './turns.ts';
import { until } from './until.ts';

/** What somebody may try who edits the namespace and wants a change approved, with objects that he makes. */

const floodOf = sized({ short: 200, long: 1_000 });

let editor: Editor;
let gate: Gate;
let dave: KubeClient;
beforeAll(async () => {
  editor = await Editor.open();
  ({ gate, dave } = editor);
});
afterAll(async () => gate.close());

describe('with objects of his own', () => {
  it('editor-01: an approval by himself, also in the name of an entry that is listed, is refused', async () => {
    const task = await editor.asked('own-approval');
    await editor.expectRefused('notListed', ownAnswer(task), 'own-plain');
    await editor.expectRefused('notListed', ownAnswer(task, { approver: 'alice' }), 'own-as-alice');
    await editor.expectRefused('notListed', ownAnswer(task, { assurance: 'login' }), 'own-with-assurance');
    await editor.expectOpen(task);
  });

  it('editor-02: a copy of a sealed answer, under its own name or another, is refused by the API server', async () => {
    const first = await editor.asked('sealed');
    const browser = new FormClient();
    await browser.answer(await browser.open(await gate.mailedLink(ann, first)), 'approve');
    const [sealed] = (await gate.all<ApprovalDecision & KubeObject>(approvalDecisions)).filter(
      ({ spec }) => spec.taskRef.uid === first.metadata.uid,
    );
    expect(sealed?.spec.seal).toBeDefined();
    const second = await editor.asked('sealed-again');
    for (const [name, taskOfCopy] of [
      ['copy', second],
      ['same', first],
    ] as const) {
      const copy = { ...sealed?.spec, taskRef: taskRef(taskOfCopy) };
      await expect(write(dave, editor.place(name), copy)).rejects.toThrow('[P1-channel]');
    }
    await editor.expectOpen(second);
  });

  it('editor-03: an answer to the request of an earlier run of the same name is refused', async () => {
    const task = await editor.asked('namesake');
    await editor.expectRefused(
      'wrongTask',
      ownAnswer(task, { taskRef: { ...taskRef(task), uid: 'of-before' } }),
      'namesake-old',
    );
    await editor.expectOpen(task);
  });

  it('editor-04: an answer with fields of a megabyte is refused by its schema, in a sentence', async () => {
    const task = await editor.asked('huge-answer');
    const megabyte = 'x'.repeat(2 ** 20);
    for (const [field, more] of Object.entries({
      'spec.comment': { comment: megabyte },
      'spec.actor.username': { actor: { kind: 'kubernetes', username: megabyte } },
      'spec.actor.groups': {
        actor: { kind: 'kubernetes', username: 'dave', groups: Array(5_000).fill('g') },
      },
      'spec.approver': { approver: megabyte },
    }))
      await expect(write(dave, editor.place('huge'), ownAnswer(task, more))).rejects.toThrow(
        new RegExp(`${field}.*(Too long|Too many)`, 'u'),
      );
    await editor.expectOpen(task);
  });

  it('editor-05: a task of his own making, in the place of one to come, cannot be made at all', async () => {
    const object = {
      apiVersion,
      kind: approvalTaskKind,
      metadata: editor.place('squat-approve'),
      spec: { approvers: ['dave'] },
    };
    await expect(dave.create(approvalTasks, object)).rejects.toThrow('forbidden');
  });

  it('editor-06: a task with the mark and the notes of another, made by an administrator, is not adopted', async () => {
    const model = await editor.asked('model');
    const { annotations = {} } = model.metadata;
    const metadata = { name: 'marked-approve', annotations };
    await gate.create(approvalTasks, {
      apiVersion,
      kind: approvalTaskKind,
      metadata,
      spec: { ...model.spec, approvers: ['dave'] },
    });
    await gate.create(pipelines, pipeline({ name: 'marked', params: people('alice') }));
    await gate.create(pipelineRuns, pipelineRun('marked', 'marked'));
    expect(endOf(await gate.customRun('marked-approve'))).toBe('False NameTaken');
    await editor.expectOpen(model);
  });

  it('editor-07: a run of his own in the place of a step is refused; with nobody to refuse it, it ends without an approval', async () => {
    const planted = {
      apiVersion: 'tekton.dev/v1beta1',
      kind: 'CustomRun',
      metadata: editor.place('planted-approve'),
      spec: { customRef: { apiVersion, kind: approvalTaskKind }, params: people('dave') },
    };
    await expect(dave.create(customRuns, planted)).rejects.toThrow('[P4-create]');
    await gate.admin.create(customRuns, planted);
    expect(endOf(await gate.customRun('planted-approve'))).toBe('False UnownedRun');
  });
});

describe('by sheer number', () => {
  it('editor-14: a flood of his answers holds up neither the answer that counts nor another request', async () => {
    const task = await editor.asked('flooded');
    const other = await editor.asked('beside');
    const { namespace } = gate;
    const one = async (number: number): Promise<unknown> =>
      dave.create(approvalDecisions, {
        apiVersion,
        kind: approvalDecisionKind,
        metadata: { namespace, name: `flood-${String(number)}` },
        spec: ownAnswer(task),
      });
    for (let number = 0; number < floodOf; number += 50)
      await Promise.all(Array.from({ length: 50 }, async (_, at) => one(number + at)));
    const browser = new FormClient();
    const form = await browser.open(await gate.mailedLink(ann, task));
    await browser.answer(form, 'approve');
    await gate.task(task.metadata.name, ({ status }) => status?.outcome === 'approved');
    await editor.expectOpen(other);
    await until('each of them is told', async () => {
      const all = await gate.all<ApprovalDecision & KubeObject>(approvalDecisions);
      return all.every(({ status }) => status?.verdict !== undefined);
    });
  });
});
