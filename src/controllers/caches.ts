import type { Logger } from 'pino';
import type { ApprovalDecision } from '../api/approvaldecision.ts';
import type { ApprovalTask } from '../api/approvaltask.ts';
import { limits } from '../api/limits.ts';
import type { ObjectMeta } from '../api/object.ts';
import { annotations, labels } from '../api/names.ts';
import { referenceOf } from '../api/parameters.ts';
import { isDone, taskUidOf } from '../api/runstatus.ts';
import type { CustomRun, PipelineRun, PipelineTask } from '../api/tekton.ts';
import { defined } from '../domain/defined.ts';
import type { KubeClient } from '../kube/client.ts';
import { keyOf, type Key, type KubeObject, type ResourceType } from '../kube/object.ts';
import { Reflector } from '../kube/reflector.ts';
import { approvalDecisions, approvalTasks, customRuns, namespaces, pipelineRuns } from '../api/resources.ts';

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
  /** Told each time that the watch of a kind ended and begins anew, as the reflector tells it. */
  readonly onRestart?: (kind: string, why: string) => void;
}

/** A gate whose reconcile was missed, or whose timer slept with its machine, is looked at again within twice this. */
const resyncMs = 600_000;

/** Makes the caches; nothing is read before `startCaches`. */
export function createCaches({ onRestart, ...options }: CacheOptions): Caches {
  const watched = (type: ResourceType): { type: ResourceType; onRestart: (why: string) => void } => ({
    type,
    onRestart: (why) => onRestart?.(type.kind, why),
  });
  return {
    customRuns: new Reflector<CustomRun>({
      ...options,
      ...watched(customRuns),
      keep: keepCustomRun,
      resyncMs,
      indexes: { [indexes.owner]: (run) => ownerUids(run.metadata) },
    }),
    pipelineRuns: new Reflector<PipelineRun>({
      ...options,
      ...watched(pipelineRuns),
      keep: keepPipelineRun,
    }),
    tasks: new Reflector<ApprovalTask>({
      ...options,
      ...watched(approvalTasks),
      keep: keepTask,
      resyncMs,
      indexes: { [indexes.pipelineRun]: pipelineRunKey },
    }),
    decisions: new Reflector<ApprovalDecision>({
      ...options,
      ...watched(approvalDecisions),
      keep: keepDecision,
      indexes: { [indexes.task]: (decision) => [taskKeyOf(decision)] },
    }),
    namespaces: new Reflector<Namespace>({
      client: options.client,
      log: options.log,
      ...watched(namespaces),
      keep: keepNamespace,
    }),
  };
}

type AnyCache = Pick<Reflector<KubeObject>, 'start' | 'stop' | 'synced' | 'whenSynced'>;

const every = (caches: Caches): AnyCache[] => Object.values(caches);

export function startCaches(caches: Caches): void {
  for (const cache of every(caches)) cache.start();
}

export async function stopCaches(caches: Caches): Promise<void> {
  await Promise.all(every(caches).map(async (cache) => cache.stop()));
}

/** True once every cache has seen a whole list. */
export function synced(caches: Caches): boolean {
  return every(caches).every((cache) => cache.synced);
}

/** Resolves once every cache has seen a whole list, however long the API server is away. */
export async function whenSynced(caches: Caches): Promise<void> {
  await Promise.all(every(caches).map(async (cache) => cache.whenSynced()));
}

/** Key of the task that a decision answers: always one of its own namespace. */
export function taskKeyOf(decision: ApprovalDecision): Key {
  return keyOf({ namespace: decision.metadata.namespace ?? '', name: decision.spec.taskRef.name });
}

/** Key of the PipelineRun that a task was made for. */
export function pipelineRunKey(task: ApprovalTask): Key[] {
  const run = task.spec.pipelineRun;
  return run === undefined ? [] : [keyOf({ namespace: task.metadata.namespace ?? '', name: run.name })];
}

function ownerUids(metadata: ObjectMeta): string[] {
  return (metadata.ownerReferences ?? []).map((owner) => owner.uid);
}

/** managedFields are two thirds of a small object and are never read. */
function withoutManagedFields(raw: KubeObject): KubeObject {
  const { managedFields: _dropped, ...metadata } = raw.metadata;
  return { ...raw, metadata };
}

const keepTask = (raw: KubeObject): ApprovalTask => withoutManagedFields(raw) as ApprovalTask;
const keepDecision = (raw: KubeObject): ApprovalDecision => withoutManagedFields(raw) as ApprovalDecision;

/**
 * Other people's CustomRuns are dropped, but not one of ours whose reference was changed while it waited: it must still
 * be told that it drifted. Of ended ones nothing is kept that only a waiting one needs.
 */
export function keepCustomRun(raw: KubeObject): CustomRun | undefined {
  const run = withoutManagedFields(raw) as CustomRun;
  if (referenceOf(run).kind === 'foreign' && taskUidOf(run) === undefined) return undefined;
  if (!isDone(run)) return run;
  const { params: _params, ...spec } = run.spec;
  const { results: _results, retriesStatus: _retries, ...status } = run.status ?? {};
  return { ...run, spec, status };
}

/**
 * Of a PipelineRun, which may be large: who asked for it, whether it is pending or done, when it ends, and its custom tasks
 * with their descriptions.
 */
export function keepPipelineRun(raw: KubeObject): PipelineRun {
  const { metadata, spec, status } = withoutManagedFields(raw) as PipelineRun;
  const { labels: _labels, annotations: carried, ...kept } = metadata;
  const pipeline = spec?.pipelineRef?.name;
  return {
    metadata: { ...kept, ...keptRequester(carried) },
    spec: defined({
      pipelineRef: pipeline === undefined ? undefined : { name: pipeline },
      status: spec?.status,
      timeouts: spec?.timeouts,
    }),
    status: status === undefined ? {} : keepPipelineRunStatus(status),
  };
}

/** More than any name may have, so that one that is too long is still seen to be. */
const nameUnits = 2 * (limits.entry + 1);

function keptRequester(carried: Record<string, string> = {}): Pick<ObjectMeta, 'annotations'> {
  const kept = [annotations.requestedBy, annotations.requestedFor].flatMap((name) => {
    const value = carried[name];
    return value === undefined ? [] : [[name, value.slice(0, nameUnits)] as const];
  });
  return kept.length === 0 ? {} : { annotations: Object.fromEntries(kept) };
}

type PipelineRunStatus = NonNullable<PipelineRun['status']>;

function keepPipelineRunStatus({
  startTime,
  conditions = [],
  pipelineSpec,
}: PipelineRunStatus): PipelineRunStatus {
  return defined({
    startTime,
    conditions: conditions.map(({ type, status }) => ({ type, status })),
    pipelineSpec: pipelineSpec && {
      tasks: keepTasks(pipelineSpec.tasks),
      finally: keepTasks(pipelineSpec.finally),
    },
  });
}

/** Those that a run of ours may be made for: Tekton makes a CustomRun where the apiVersion is not its own. */
function keepTasks(tasks: readonly PipelineTask[] = []): PipelineTask[] {
  return tasks.flatMap(({ name, description, taskRef, taskSpec }) => {
    const isCustom = taskRef?.apiVersion !== undefined || taskSpec?.apiVersion !== undefined;
    return isCustom ? [defined({ name, description })] : [];
  });
}

function keepNamespace(raw: KubeObject): Namespace {
  const { labels: carried, annotations: _annotations, ...metadata } = withoutManagedFields(raw).metadata;
  const standalone = carried?.[labels.standalone];
  return {
    metadata:
      standalone === undefined ? metadata : { ...metadata, labels: { [labels.standalone]: standalone } },
  };
}
