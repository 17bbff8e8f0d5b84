import type { Logger } from 'pino';
import type { ApprovalDecision } from '../api/approvaldecision.ts';
import type { ApprovalTask } from '../api/approvaltask.ts';
import type { ObjectMeta } from '../api/object.ts';
import { labels } from '../api/names.ts';
import { referenceOf } from '../api/parameters.ts';
import { isDone } from '../api/runstatus.ts';
import type { CustomRun, PipelineRun } from '../api/tekton.ts';
import type { KubeClient } from '../kube/client.ts';
import { keyOf, type Key, type KubeObject } from '../kube/object.ts';
import { Reflector } from '../kube/reflector.ts';
import { approvalDecisions, approvalTasks, customRuns, namespaces, pipelineRuns } from './resources.ts';

/** Of a namespace only what decides whether runs without a PipelineRun are served, and whether it is ending. */
export interface Namespace {
  metadata: ObjectMeta;
}

/** Live copies of everything that is watched. Absence in one of them proves nothing: they are fed separately. */
export interface Caches {
  readonly customRuns: Reflector<CustomRun>;
  readonly pipelineRuns: Reflector<PipelineRun>;
  readonly tasks: Reflector<ApprovalTask>;
  readonly decisions: Reflector<ApprovalDecision>;
  readonly namespaces: Reflector<Namespace>;
}

/** Names of the caches' indexes. */
export const indexes = {
  /** CustomRuns by the uid of the PipelineRun that owns them. */
  owner: 'owner',
  /** ApprovalDecisions by the key of the task that they answer. */
  task: 'task',
  /** ApprovalTasks by the key of their PipelineRun. */
  pipelineRun: 'pipelineRun',
} as const;

export interface CacheOptions {
  readonly client: KubeClient;
  readonly log: Logger;
  /** Namespaces to serve; absent: all. */
  readonly namespaces?: string[];
}

/** Makes the caches; nothing is read before `startCaches`. */
export function createCaches(options: CacheOptions): Caches {
  return {
    customRuns: new Reflector<CustomRun>({
      ...options,
      type: customRuns,
      keep: keepCustomRun,
      indexes: { [indexes.owner]: (run) => ownerUids(run.metadata) },
    }),
    pipelineRuns: new Reflector<PipelineRun>({ ...options, type: pipelineRuns, keep: keepPipelineRun }),
    tasks: new Reflector<ApprovalTask>({
      ...options,
      type: approvalTasks,
      keep: keepWhole,
      indexes: { [indexes.pipelineRun]: pipelineRunKey },
    }),
    decisions: new Reflector<ApprovalDecision>({
      ...options,
      type: approvalDecisions,
      keep: keepWhole,
      indexes: { [indexes.task]: (decision) => [taskKeyOf(decision)] },
    }),
    namespaces: new Reflector<Namespace>({
      client: options.client,
      log: options.log,
      type: namespaces,
      keep: keepNamespace,
    }),
  };
}

const all = (caches: Caches): Reflector<KubeObject>[] => Object.values(caches) as Reflector<KubeObject>[];

export function startCaches(caches: Caches): void {
  for (const cache of all(caches)) cache.start();
}

export async function stopCaches(caches: Caches): Promise<void> {
  await Promise.all(all(caches).map(async (cache) => cache.stop()));
}

/** True once every cache has seen a whole list. */
export function synced(caches: Caches): boolean {
  return all(caches).every((cache) => cache.synced);
}

/** Key of the task that a decision answers: always one of its own namespace. */
export function taskKeyOf(decision: ApprovalDecision): Key {
  return keyOf({ namespace: decision.metadata.namespace ?? '', name: decision.spec.taskRef.name });
}

function pipelineRunKey(task: ApprovalTask): Key[] {
  const run = task.spec.pipelineRun;
  return run === undefined ? [] : [keyOf({ namespace: task.metadata.namespace ?? '', name: run.name })];
}

function ownerUids(metadata: ObjectMeta): string[] {
  return (metadata.ownerReferences ?? []).map((owner) => owner.uid);
}

/** managedFields are two thirds of a small object and are never read. */
function trimmedMeta(raw: KubeObject): ObjectMeta {
  const { managedFields: _dropped, ...metadata } = raw.metadata;
  return metadata as ObjectMeta;
}

function keepWhole<T extends KubeObject>(raw: KubeObject): T {
  return { ...raw, metadata: trimmedMeta(raw) } as T;
}

/** Other people's CustomRuns are dropped; of ended ones nothing is kept that only a waiting one needs. */
function keepCustomRun(raw: KubeObject): CustomRun | undefined {
  const run = keepWhole<CustomRun & KubeObject>(raw);
  if (referenceOf(run).kind === 'foreign') return undefined;
  if (!isDone(run)) return run;
  const { params: _params, ...spec } = run.spec;
  const { results: _results, retriesStatus: _retries, ...status } = run.status ?? {};
  return { ...run, spec, status };
}

function keepPipelineRun(raw: KubeObject): PipelineRun {
  const run = raw as PipelineRun & KubeObject;
  const { labels: _labels, annotations: _annotations, ...metadata } = trimmedMeta(raw);
  const pipelineSpec = run.status?.pipelineSpec;
  const described = (
    tasks: { name: string; description?: string }[] | undefined,
  ): { name: string; description?: string }[] =>
    (tasks ?? [])
      .filter((task) => task.description !== undefined)
      .map(({ name, description }) => ({ name, ...(description !== undefined && { description }) }));
  return {
    metadata,
    spec: {
      ...(run.spec?.pipelineRef?.name !== undefined && { pipelineRef: { name: run.spec.pipelineRef.name } }),
      ...(run.spec?.timeouts !== undefined && { timeouts: run.spec.timeouts }),
    },
    status: {
      ...(run.status?.startTime !== undefined && { startTime: run.status.startTime }),
      conditions: (run.status?.conditions ?? []).map(({ type, status }) => ({ type, status })),
      ...(pipelineSpec !== undefined && {
        pipelineSpec: { tasks: described(pipelineSpec.tasks), finally: described(pipelineSpec.finally) },
      }),
    },
  };
}

function keepNamespace(raw: KubeObject): Namespace {
  const { labels: all, annotations: _annotations, ...metadata } = trimmedMeta(raw);
  const standalone = all?.[labels.standalone];
  return {
    metadata: {
      ...metadata,
      ...(standalone !== undefined && { labels: { [labels.standalone]: standalone } }),
    },
  };
}
