import { runCancelled } from '../api/names.ts';
import type { CustomRun } from '../api/tekton.ts';

/**
 * Why a run was asked to end, in the words of whoever asked (Tekton names a pipeline's timeout so); undefined where
 * nobody did. Where Tekton's admission is not installed the message may be anything. A run that is being deleted may
 * linger, where somebody else's finalizer holds it, and must not wait on.
 */
export function cancelOf(run: CustomRun): string | undefined {
  if (run.spec.status !== runCancelled)
    return run.metadata.deletionTimestamp && 'The run of this request is being deleted.';
  const message: unknown = run.spec.statusMessage;
  return typeof message === 'string' && message.trim() !== '' ? message : 'The run was cancelled.';
}
