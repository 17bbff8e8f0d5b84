import type { ApprovalTask } from '../../src/api/approvaltask.ts';
import { approvalTasks } from '../../src/api/resources.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { expect } from 'vitest';
import { roleBindings } from '../control-plane/operator-home.ts';
import { ask, people, taskRef, write } from './asking.ts';
import { openGate, type Gate } from './gate.ts';

export const ann = 'ann@example.com';

/**
 * Dave edits the namespace (all that Tekton's own role for editors allows), may answer requests there, and wants a change
 * of his own approved that alice and ann have to approve.
 */
export class Editor {
  readonly gate: Gate;
  /** The API server as dave. */
  readonly dave: KubeClient;

  private constructor(gate: Gate) {
    this.gate = gate;
    this.dave = gate.as('dave');
  }

  static async open(): Promise<Editor> {
    const gate = await openGate();
    await gate.allow(
      'people',
      ['alice', 'dave'].map((name) => ({ kind: 'User', name })),
    );
    const apiGroup = 'rbac.authorization.k8s.io';
    for (const role of ['tekton-aggregate-edit', 'tekton-approvals-viewer']) {
      await gate.create(roleBindings, {
        apiVersion: `${apiGroup}/v1`,
        kind: 'RoleBinding',
        metadata: { name: `dave-${role}` },
        roleRef: { apiGroup, kind: 'ClusterRole', name: role },
        subjects: [{ kind: 'User', name: 'dave', apiGroup }],
      });
    }
    return new Editor(gate);
  }

  /** Where dave makes an object of that name. */
  place(name: string): { namespace: string; name: string } {
    return { namespace: this.gate.namespace, name };
  }

  /** A request that waits for alice or ann. */
  async asked(name: string): Promise<ApprovalTask> {
    return ask(this.gate, name, { params: people('alice', ann) });
  }

  /** The request is as it was, waits on, and takes the answer of somebody who is asked. */
  async expectOpen(task: ApprovalTask): Promise<void> {
    const before = await this.gate.task(task.metadata.name);
    expect(before.status).toMatchObject({ status: 'pending', responses: [] });
    expect(before.spec).toEqual(task.spec);
    const verdict = await this.gate.answer('alice', task, { decision: 'reject' });
    expect(verdict.status).toMatchObject({ verdict: 'counted' });
  }

  /** An answer of dave's is taken by the API server, and refused with that code. */
  async expectRefused(code: string, spec: object, name: string): Promise<void> {
    await write(this.dave, this.place(name), spec);
    expect((await this.gate.verdict(name)).status).toMatchObject({ verdict: 'refused', code });
  }

  /** Changes the task as dave. */
  async changeTask(name: string, body: object): Promise<unknown> {
    return this.dave.patch(approvalTasks, this.gate.key(name), body, { type: 'merge' });
  }
}

/** Dave's own approval of that request, as `kubectl create` would send it. */
export const ownAnswer = (task: ApprovalTask, more: object = {}): object => ({
  taskRef: taskRef(task),
  decision: 'approve',
  via: 'kubernetes',
  actor: { kind: 'kubernetes', username: 'dave' },
  ...more,
});
