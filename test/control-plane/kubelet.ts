import { setTimeout as sleep } from 'node:timers/promises';

import { Api, type KubeObject, patchTypes, type WatchEvent } from './api.ts';

/**
 * How a pod ends: an exit code and the task results its steps wrote, or `hold` to leave it pending.
 */
export type Outcome = { exitCode: number; results: Record<string, string> } | 'hold';

/** Decides how a pod ends. */
export type PodOutcome = (pod: KubeObject) => Outcome;

/**
 * Annotations by which a PipelineRun or TaskRun tells the stand-in how its pods end; Tekton copies annotations
 * of runs to their pods.
 */
export const kubeletAnnotations = {
  /** JSON object of task results: `{"digest": "sha256:..."}`. */
  results: 'kubelet.tekton-approvals.test/results',
  /** Exit code of every step. */
  exitCode: 'kubelet.tekton-approvals.test/exit-code',
  /** `true` leaves the pod pending. */
  hold: 'kubelet.tekton-approvals.test/hold',
} as const;

/** The default: exit code 0 without results, unless an annotation says otherwise. */
export function outcomeByAnnotations(pod: KubeObject): Outcome {
  const annotations = pod.metadata.annotations ?? {};
  if (annotations[kubeletAnnotations.hold] === 'true') return 'hold';
  const results: Record<string, string> = JSON.parse(annotations[kubeletAnnotations.results] ?? '{}');
  return { exitCode: Number(annotations[kubeletAnnotations.exitCode] ?? '0'), results };
}

/**
 * Stands in for the kubelet, which a control plane without nodes lacks: it completes every pending pod of the
 * cluster by one patch of its status, as if all its containers had run. It never gives up; an API server that
 * is away is asked again each half second. `kubeconfig` is an administrator's.
 */
export function startKubelet(
  kubeconfig: string,
  outcome: PodOutcome = outcomeByAnnotations,
): { stop: () => Promise<void> } {
  const api = new Api(kubeconfig);
  const ended = new AbortController();
  const loop = watchPods(api, outcome, ended.signal);
  return {
    stop: async () => {
      ended.abort();
      await loop;
      api.close();
    },
  };
}

async function watchPods(api: Api, outcome: PodOutcome, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      // Without a resourceVersion the watch begins with an ADDED event for each pod that exists.
      for await (const event of api.watch<Pod>('/api/v1/pods?watch=true', signal)) {
        await complete(api, event, outcome);
      }
    } catch {
      // Reset, refused or ended: all the same, the next watch starts from the state as it is.
    }
    await sleep(500, undefined, { signal }).catch(() => {});
  }
}

type Pod = KubeObject & {
  spec: { containers: { name: string }[] };
  status: { phase?: string };
};

async function complete(
  api: Api,
  { type, object: pod }: WatchEvent<Pod>,
  outcome: PodOutcome,
): Promise<void> {
  if (type !== 'ADDED' && type !== 'MODIFIED') return;
  if (pod.status.phase !== 'Pending' || pod.metadata.deletionTimestamp !== undefined) return;
  const end = outcome(pod);
  if (end === 'hold') return;
  const { namespace, name } = pod.metadata;
  const time = new Date().toISOString();
  const terminated = {
    exitCode: end.exitCode,
    reason: end.exitCode === 0 ? 'Completed' : 'Error',
    startedAt: time,
    finishedAt: time,
    message: terminationMessage(end.results),
  };
  await api
    .request('PATCH', `/api/v1/namespaces/${namespace}/pods/${name}/status`, {
      contentType: patchTypes.merge,
      body: {
        status: {
          phase: end.exitCode === 0 ? 'Succeeded' : 'Failed',
          startTime: time,
          containerStatuses: pod.spec.containers.map((container) => ({
            name: container.name,
            image: 'x',
            imageID: 'x',
            ready: false,
            restartCount: 0,
            state: { terminated },
          })),
        },
      },
    })
    .catch(() => {
      // Deleted meanwhile; where it still exists, its next event or the next watch brings it back.
    });
}

/** What Tekton's entrypoint leaves behind: one entry for each result; type 1 is a result of the task. */
function terminationMessage(results: Record<string, string>): string {
  return JSON.stringify(Object.entries(results).map(([key, value]) => ({ key, value, type: 1 })));
}
