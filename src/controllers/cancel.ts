import { runCancelled } from '../api/names.ts';
import type { CustomRun } from '../api/tekton.ts';

/**
 * Why a run was asked to end, in the words of whoever asked (Tekton names a pipeline's timeout so); undefined where
 * nobody did. Where Tekton's admission is not installed the message may be anything.
 */
export function cancelOf(run: CustomRun): string | undefined {
  if (run.spec.status !== runCancelled) return undefined;
  const message: unknown = run.spec.statusMessage;
  return typeof message === 'string' && message.trim() !== '' ? message : 'The run was cancelled.';
}
