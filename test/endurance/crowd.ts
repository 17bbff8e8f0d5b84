import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import type { ApprovalTask } from '../../src/api/approvaltask.ts';
import { apiVersion, approvalDecisionKind } from '../../src/api/names.ts';
import type { CustomRun } from '../../src/api/tekton.ts';
import { approvalDecisions, approvalTasks, customRuns, namespaces } from '../../src/api/resources.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { isNotFound } from '../../src/kube/error.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { Api } from '../control-plane/api.ts';
import { createNamespace } from '../control-plane/namespace.ts';
import type { Gate } from '../integration/gate.ts';

/** Clients that work at the same time. */
const clients = 8;

/** Does it for each item, eight at a time. */
async function forAll<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const left = items.values();
  const worker = async (): Promise<void> => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: clients }, worker));
}

/** Many gates without pipelines in one namespace, which is one of its own beside the gate's or the gate's itself. */
export class Crowd {
  readonly namespace: string;
  readonly #admin: KubeClient;

  constructor(admin: KubeClient, namespace: string) {
    this.#admin = admin;
    this.namespace = namespace;
  }

  /** Makes a namespace beside the gate's, which replicas that start from now on serve as well. */
  static async beside(gate: Gate): Promise<Crowd> {
    const namespace = `crowd-${randomBytes(4).toString('hex')}`;
    const api = new Api(inject('controlPlane').kubeconfig);
    await createNamespace(api, namespace, { 'tekton-approvals/standalone': 'true' }).finally(() =>
      api.close(),
    );
    gate.settings['NAMESPACES'] = `${gate.settings['NAMESPACES'] ?? ''},${namespace}`;
    return new Crowd(gate.admin, namespace);
  }

  /** Makes a run for each name, which asks these people. */
  async ask(names: readonly string[], approvers: readonly string[]): Promise<void> {
    await forAll(names, (name) =>
      this.#admin.create(customRuns, {
        apiVersion: 'tekton.dev/v1beta1',
        kind: 'CustomRun',
        metadata: { name, namespace: this.namespace },
        spec: {
          customRef: { apiVersion, kind: 'ApprovalTask', name: 'any' },
          params: [{ name: 'approvers', value: approvers }],
        },
      }),
    );
  }

  async tasks(): Promise<ApprovalTask[]> {
    const list = await this.#admin.listAll<ApprovalTask & KubeObject>(approvalTasks, {
      namespace: this.namespace,
    });
    return list.items;
  }

  async runs(): Promise<CustomRun[]> {
    const list = await this.#admin.listAll<CustomRun & KubeObject>(customRuns, { namespace: this.namespace });
    return list.items;
  }

  /** Approves as the user that this client is, so many answers a second; without a rate as fast as it goes. */
  async approve(
    client: KubeClient,
    tasks: readonly ApprovalTask[],
    { username, perSecond }: { username: string; perSecond?: number },
  ): Promise<void> {
    const start = performance.now();
    let begun = 0;
    await forAll(tasks, async (task) => {
      const due = perSecond === undefined ? 0 : (begun++ * 1_000) / perSecond;
      const early = due - (performance.now() - start);
      if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
      await client.create(approvalDecisions, {
        apiVersion,
        kind: approvalDecisionKind,
        metadata: { name: `${task.metadata.name}-answer`, namespace: this.namespace },
        spec: {
          taskRef: { name: task.metadata.name, uid: task.metadata.uid },
          decision: 'approve',
          comment: '',
          via: 'kubernetes',
          actor: { kind: 'kubernetes', username, groups: [] },
        },
      });
    });
  }

  /** Deletes these runs; what belongs to them follows by garbage collection. */
  async remove(names: readonly string[]): Promise<void> {
    await forAll(names, async (name) => {
      try {
        await this.#admin.delete(customRuns, `${this.namespace}/${name}`, { propagation: 'Background' });
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    });
  }

  async close(): Promise<void> {
    await this.#admin.delete(namespaces, this.namespace);
  }
}

/** `count` names that sort as they were made. */
export function namesOf(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${String(index).padStart(5, '0')}`);
}
