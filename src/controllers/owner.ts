import { labels } from '../api/names.ts';
import type { OwnerReference } from '../api/object.ts';
import { isDone } from '../api/runstatus.ts';
import type { CustomRun, PipelineRun } from '../api/tekton.ts';
import type { KubeClient } from '../kube/client.ts';
import { isNotFound } from '../kube/error.ts';
import { keyOf, type Key, type KubeObject, type ResourceType } from '../kube/object.ts';
import type { ControllerContext } from './context.ts';
import { customRuns, namespaces, pipelineRuns } from '../api/resources.ts';
import type { Namespace } from './caches.ts';

/** Who stands behind a run. */
export type Owner =
  | { readonly kind: 'live'; readonly pipelineRun: PipelineRun }
  /** The PipelineRun ended, is being deleted or is gone: nobody waits for an answer. */
  | { readonly kind: 'ended'; readonly because: string }
  /** No PipelineRun, in a namespace that opted in. */
  | { readonly kind: 'standalone' }
  | { readonly kind: 'none' };

/** The controller of a run, if it is a PipelineRun (tektoncd/pipeline pkg/reconciler/pipelinerun/pipelinerun.go sets it as controller). */
export function pipelineRunOwner(run: Pick<CustomRun, 'metadata'>): OwnerReference | undefined {
  return run.metadata.ownerReferences?.find(
    (owner) =>
      owner.controller === true && owner.kind === 'PipelineRun' && owner.apiVersion.startsWith('tekton.dev/'),
  );
}

/**
 * Finds out who owns a run. That somebody is there may come from the cache; that nobody is there comes only from a
 * live read, because the caches are fed separately.
 */
export async function gatherOwner(context: ControllerContext, run: CustomRun): Promise<Owner> {
  const reference = pipelineRunOwner(run);
  if (reference === undefined)
    return (await isOptedIn(context, run.metadata.namespace ?? ''))
      ? { kind: 'standalone' }
      : { kind: 'none' };
  return gatherPipelineRun(context, run.metadata.namespace ?? '', reference);
}

/** Whether that PipelineRun still waits for its tasks. */
export async function gatherPipelineRun(
  context: ControllerContext,
  namespace: string,
  { name, uid }: Pick<OwnerReference, 'name' | 'uid'>,
): Promise<Exclude<Owner, { kind: 'standalone' }>> {
  const key = keyOf({ namespace, name });
  const cached = context.caches.pipelineRuns.get(key);
  const pipelineRun = await find<PipelineRun>(context, { cached, type: pipelineRuns, key, uid });
  if (pipelineRun === undefined) return { kind: 'none' };
  const because = whyEnded(pipelineRun);
  return because === undefined ? { kind: 'live', pipelineRun } : { kind: 'ended', because };
}

/** Why a PipelineRun no longer waits for its tasks; undefined while it does. */
function whyEnded(pipelineRun: PipelineRun): string | undefined {
  const { name, deletionTimestamp } = pipelineRun.metadata;
  if (deletionTimestamp !== undefined) return `PipelineRun ${name} is being deleted.`;
  return isDone(pipelineRun) ? `PipelineRun ${name} has ended.` : undefined;
}

interface Sought<T> {
  readonly cached: T | undefined;
  readonly type: ResourceType;
  readonly key: Key;
  readonly uid: string;
}

/** The object of that uid, from the cache or else live; undefined only where a live read says so. */
export async function find<T extends KubeObject>(
  context: ControllerContext,
  sought: Sought<T>,
): Promise<T | undefined> {
  if (sought.cached?.metadata.uid === sought.uid) return sought.cached;
  const live = await readLive<T>(context, sought.type, sought.key);
  return live?.metadata.uid === sought.uid ? live : undefined;
}

/** A live read; undefined where the API server answers 404. */
export async function readLive<T extends KubeObject>(
  context: { readonly client: Pick<KubeClient, 'get'> },
  type: ResourceType,
  key: Key,
): Promise<T | undefined> {
  try {
    return (await context.client.get<T>(type, key)).object;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** The run of that uid, or undefined once a live read says that it is gone. */
export async function findRun(
  context: ControllerContext,
  key: Key,
  uid: string,
): Promise<CustomRun | undefined> {
  return find<CustomRun>(context, { cached: context.caches.customRuns.get(key), type: customRuns, key, uid });
}

/** Whether a namespace serves runs and tasks that no PipelineRun owns. */
export async function isOptedIn(context: ControllerContext, namespace: string): Promise<boolean> {
  const found =
    context.caches.namespaces.get(namespace) ?? (await readLive<Namespace>(context, namespaces, namespace));
  return found?.metadata.labels?.[labels.standalone] === 'true';
}
