import { pipelineRunPending } from '../api/names.ts';
import { isDone } from '../api/runstatus.ts';
import type { CustomRun, PipelineRun } from '../api/tekton.ts';
import { keyOf } from '../kube/object.ts';
import type { Caches } from './caches.ts';

/** Another PipelineRun that would take a run. */
export interface Adopter {
  readonly pipelineRun: PipelineRun;
  /** False where Tekton has not noted yet which steps it has: it does so when it begins. */
  readonly isCertain: boolean;
}

/**
 * Who, other than its owner, would take this run for a step of its own; undefined where nobody would. Tekton finds the run
 * of a step by its name alone: the PipelineRun's, a hyphen and the step's (tektoncd/pipeline
 * pkg/reconciler/pipelinerun/resources/pipelinerunresolution.go, getCustomRunName). An approval of this one would open the
 * other's gate. Names that are too long are cut at different places, and so are not taken for one another.
 */
export function adopterOf(
  { pipelineRuns }: Pick<Caches, 'pipelineRuns'>,
  { metadata: { namespace = '', name } }: Pick<CustomRun, 'metadata'>,
  ownerUid: string,
): Adopter | undefined {
  let possible: Adopter | undefined;
  for (let hyphen = name.indexOf('-'); hyphen > 0; hyphen = name.indexOf('-', hyphen + 1)) {
    const found = pipelineRuns.get(keyOf({ namespace, name: name.slice(0, hyphen) }));
    if (found === undefined || found.metadata.uid === ownerUid) continue;
    const takes = mayTake(found, name.slice(hyphen + 1));
    if (takes === 'yes') return { pipelineRun: found, isCertain: true };
    if (takes === 'notKnown') possible = { pipelineRun: found, isCertain: false };
  }
  return possible;
}

function mayTake(pipelineRun: PipelineRun, step: string): 'yes' | 'no' | 'notKnown' {
  if (isDone(pipelineRun) || pipelineRun.metadata.deletionTimestamp !== undefined) return 'no';
  const spec = pipelineRun.status?.pipelineSpec;
  // A pending one can wait for as long as it takes, and then turn out to have any step.
  if (spec === undefined) return pipelineRun.spec?.status === pipelineRunPending ? 'yes' : 'notKnown';
  return hasStep(spec, step) ? 'yes' : 'no';
}

type PipelineSpec = NonNullable<NonNullable<PipelineRun['status']>['pipelineSpec']>;

/** One of a matrix has its number behind the name. */
function hasStep({ tasks = [], finally: last = [] }: PipelineSpec, step: string): boolean {
  const steps = [...tasks, ...last].map(({ name }) => name);
  return steps.includes(step) || steps.includes(step.replace(/-\d+$/u, ''));
}

/** Why a run that another PipelineRun would take must not be approved. */
export function adoptedMessage({ pipelineRun }: Adopter): string {
  return `PipelineRun ${pipelineRun.metadata.name} would take this run for a step of its own, because Tekton finds runs by name alone. Start this PipelineRun under another name, best by generateName.`;
}
