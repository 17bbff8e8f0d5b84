import type { OwnerReference } from '../api/object.ts';
import { isDone } from '../api/runstatus.ts';
import type { PipelineRun } from '../api/tekton.ts';
import { keyOf } from '../kube/object.ts';
import type { Caches } from './caches.ts';

/** A run, and the PipelineRun that it was made for. */
export interface Adoptable {
  readonly namespace: string;
  readonly name: string;
  readonly owner: Pick<OwnerReference, 'uid'>;
}

/**
 * Another PipelineRun that would take this run for a step of its own, or undefined. Tekton finds the run of a step by
 * its name alone: the PipelineRun's, a hyphen and the step's (tektoncd/pipeline
 * pkg/reconciler/pipelinerun/resources/pipelinerunresolution.go, getCustomRunName). An approval of this one would open the
 * other's gate. Names that are too long are cut at different places, and so are not taken for one another.
 */
export function adopterOf(
  { pipelineRuns }: Pick<Caches, 'pipelineRuns'>,
  { namespace, name, owner }: Adoptable,
): PipelineRun | undefined {
  for (let hyphen = name.indexOf('-'); hyphen > 0; hyphen = name.indexOf('-', hyphen + 1)) {
    const found = pipelineRuns.get(keyOf({ namespace, name: name.slice(0, hyphen) }));
    if (found !== undefined && found.metadata.uid !== owner.uid && takes(found, name.slice(hyphen + 1)))
      return found;
  }
  return undefined;
}

/** Before Tekton has noted its steps a PipelineRun may turn out to have any. */
function takes(pipelineRun: PipelineRun, step: string): boolean {
  if (isDone(pipelineRun) || pipelineRun.metadata.deletionTimestamp !== undefined) return false;
  const spec = pipelineRun.status?.pipelineSpec;
  if (spec === undefined) return true;
  const steps = [...(spec.tasks ?? []), ...(spec.finally ?? [])].map(({ name }) => name);
  // One of a matrix has its number behind the name.
  return steps.includes(step) || steps.includes(step.replace(/-\d+$/u, ''));
}

/** Why a run that another PipelineRun would take must not be approved. */
export function adoptedMessage({ metadata }: PipelineRun): string {
  return `PipelineRun ${metadata.name} would take this run for a step of its own, because Tekton finds runs by name alone. Start this PipelineRun under another name, best by generateName.`;
}
