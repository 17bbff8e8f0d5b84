import type { ApprovalDecision } from '../../src/api/approvaldecision.ts';
import type { ApprovalTask } from '../../src/api/approvaltask.ts';
import type { CustomRun } from '../../src/api/tekton.ts';
import type { Address } from './plain-client.ts';

/** The objects of one real approval as they were while it waited. */
export interface Waiting {
  readonly run: CustomRun;
  readonly task: ApprovalTask;
}

/** The same after it was answered. */
export interface Settled extends Waiting {
  readonly decision: ApprovalDecision;
}

/** What the floor writes: the contents of a real approval, so that its writes are as large as ours. */
export interface Template {
  readonly kind: { readonly apiVersion: string | undefined; readonly kind: string | undefined };
  readonly metadata: object;
  readonly owner: object;
  readonly spec: object;
  readonly waiting: { readonly run: object; readonly task: object };
  readonly settled: {
    readonly run: object;
    readonly task: object;
    readonly labels: object;
    readonly verdict: object;
  };
}

/** The file that the floor is started with. */
export interface FloorInput {
  readonly address: Address;
  readonly namespace: string;
  readonly template: Template;
}

export function templateOf(waiting: Waiting, settled: Settled): Template {
  const { apiVersion, kind, metadata, spec } = waiting.task;
  const { labels, annotations, ownerReferences } = metadata;
  return {
    kind: { apiVersion, kind },
    metadata: { labels, annotations },
    owner: ownerReferences?.[0] ?? {},
    spec,
    waiting: { run: waiting.run.status ?? {}, task: waiting.task.status ?? {} },
    settled: {
      run: settled.run.status ?? {},
      task: settled.task.status ?? {},
      labels: settled.task.metadata.labels ?? {},
      verdict: settled.decision.status ?? {},
    },
  };
}
