import { reasons } from '../api/names.ts';
import { isDone, taskUidOf } from '../api/runstatus.ts';
import type { CustomRun, CustomRunStatus } from '../api/tekton.ts';
import type { RecordedEvent } from '../kube/recorder.ts';
import type { ControllerContext } from './context.ts';
import { pipelineRunOwner } from './owner.ts';

/**
 * Tells by Events of a turn that a run has just taken: people are asked, are asked anew, or it has ended. One is about
 * the run and one about its PipelineRun, which is where people look: Tekton emits none for a CustomRun (tektoncd/pipeline
 * pkg/reconciler/notifications/customrun). `before` is the run without the status that was written.
 */
export function tellOfRun(
  { recorder }: Pick<ControllerContext, 'recorder'>,
  before: CustomRun,
  written: CustomRunStatus,
): void {
  const action = turnOf(before, written);
  const condition = written.conditions?.[0];
  if (action === undefined || condition === undefined) return;
  const { reason = '', message = '' } = condition;
  const type = action === 'Ask' || reason === reasons.approved ? 'Normal' : 'Warning';
  const run = referenceTo(before);
  recorder.event({ regarding: run, type, reason, action, note: message });
  const owner = pipelineRunOwner(before);
  if (owner === undefined) return;
  const { apiVersion, kind, name, uid } = owner;
  const regarding = { apiVersion, kind, namespace: before.metadata.namespace ?? '', name, uid };
  recorder.event({ regarding, related: run, type, reason, action, note: `${run.name}: ${message}` });
}

/** What is told; undefined for a write that changes nothing for anybody but Tekton. */
function turnOf(before: CustomRun, written: CustomRunStatus): 'Ask' | 'Settle' | undefined {
  if (isDone(before)) return undefined;
  if (isDone({ status: written })) return 'Settle';
  const asked = taskUidOf(before) === undefined && taskUidOf({ ...before, status: written }) !== undefined;
  const attempts = (status: CustomRunStatus = {}): number => status.retriesStatus?.length ?? 0;
  return asked || attempts(written) > attempts(before.status) ? 'Ask' : undefined;
}

function referenceTo({ apiVersion, metadata }: CustomRun): RecordedEvent['regarding'] {
  const { namespace = '', name, uid } = metadata;
  return { apiVersion: apiVersion ?? 'tekton.dev/v1beta1', kind: 'CustomRun', namespace, name, uid };
}
