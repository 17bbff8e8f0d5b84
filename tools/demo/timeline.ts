import { setTimeout as pause } from 'node:timers/promises';
import type { ApprovalTask } from '../../src/api/approvaltask.ts';
import { isDone } from '../../src/api/runstatus.ts';
import type { CustomRun } from '../../src/api/tekton.ts';
import { approvalTasks, customRuns, pipelineRuns } from '../../src/api/resources.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import type { KubeObject } from '../../src/kube/object.ts';

/** A PipelineRun as the demo reads it. */
export interface FinishedRun extends KubeObject {
  status?: {
    conditions?: { type: string; status: string; reason: string; message: string }[];
    skippedTasks?: { name: string }[];
    childReferences?: { kind: string; pipelineTaskName: string }[];
  };
}

/** One thing that was seen to happen, in milliseconds after the start. */
export interface Moment {
  readonly atMs: number;
  readonly what: string;
}

const lookEveryMs = 50;

/** What is looked for, in no order: each line is noted when it is first seen to be true. */
interface Seen {
  readonly run: FinishedRun | undefined;
  readonly custom: CustomRun | undefined;
  readonly task: ApprovalTask | undefined;
}
const landmarks: readonly [string, (seen: Seen) => boolean][] = [
  ['Tekton made the CustomRun of the approval step', ({ custom }) => custom !== undefined],
  ['ApprovalTask is pending: it can be decided', ({ task }) => task?.status?.status === 'pending'],
  [
    'mail server took the mail',
    ({ task }) =>
      task?.status?.notifications?.some(({ channel, state }) => channel === 'mail' && state === 'sent') ===
      true,
  ],
  ['answer counted: ApprovalTask is settled', ({ task }) => task?.status?.outcome !== undefined],
  ['CustomRun carries the results', ({ custom }) => custom !== undefined && isDone(custom)],
  ['PipelineRun has ended', ({ run }) => run !== undefined && isDone(run)],
];

export interface Watched {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly run: string;
  readonly signal: AbortSignal;
}

/**
 * Watches one PipelineRun until it ends, noting when each landmark was first seen. Times are as seen from here, every
 * 50 ms; `done` resolves to the ended run.
 */
export function startTimeline(watched: Watched): {
  readonly moments: Moment[];
  note(what: string): void;
  readonly done: Promise<FinishedRun>;
} {
  const start = performance.now();
  const moments: Moment[] = [];
  const note = (what: string): void => void moments.push({ atMs: performance.now() - start, what });
  const done = follow(watched, moments, note);
  // Whoever awaits it is told. Until then what else went wrong is to be told first.
  done.catch(() => undefined);
  return { moments, note, done };
}

async function follow(
  watched: Watched,
  moments: Moment[],
  note: (what: string) => void,
): Promise<FinishedRun> {
  for (;;) {
    watched.signal.throwIfAborted();
    const seen = await look(watched);
    const noted = new Set(moments.map(({ what }) => what));
    for (const [what, happened] of landmarks) if (!noted.has(what) && happened(seen)) note(what);
    if (seen.run !== undefined && isDone(seen.run)) return seen.run;
    await pause(lookEveryMs);
  }
}

async function look({ client, namespace, run }: Watched): Promise<Seen> {
  const labelSelector = `tekton.dev/pipelineRun=${run}`;
  const [runs, customs, tasks] = await Promise.all([
    client.list<FinishedRun>(pipelineRuns, { namespace, fieldSelector: `metadata.name=${run}` }),
    client.list<CustomRun & KubeObject>(customRuns, { namespace, labelSelector }),
    client.list<ApprovalTask & KubeObject>(approvalTasks, { namespace, labelSelector }),
  ]);
  return { run: runs.items[0], custom: customs.items[0], task: tasks.items[0] };
}
