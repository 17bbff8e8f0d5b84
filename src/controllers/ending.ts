import type { ApprovalTask } from '../api/approvaltask.ts';
import { runHash } from '../api/reference.ts';
import { isDone } from '../api/runstatus.ts';
import type { CustomRun } from '../api/tekton.ts';
import type { Ending } from '../domain/approval.ts';
import { adoptedMessage, adopterOf } from './adopter.ts';
import type { Namespace } from './caches.ts';
import { cancelOf } from './cancel.ts';
import type { ControllerContext } from './context.ts';
import { sha256 } from '../identity/hash.ts';
import { findRun, gatherPipelineRun, readLive } from './owner.ts';
import { namespaces } from '../api/resources.ts';

const cancel = (because: string): Ending => ({ kind: 'cancel', because });

/** Gathers what may end a pending task other than an answer or its deadline; undefined where nothing does. */
export async function gatherRun(context: ControllerContext, task: ApprovalTask): Promise<Ending | undefined> {
  const namespace = task.metadata.namespace ?? '';
  const reference = task.spec.customRunRef;
  if (reference === undefined) return namespaceEnding(context, namespace);
  const run = await findRun(context, `${namespace}/${reference.name}`, reference.uid);
  if (run === undefined) return cancel('The run of this request is gone.');
  return (
    runEnding(run, task) ??
    adoption(context, run, task.spec.pipelineRun) ??
    surroundingsEnding(context, namespace, task.spec.pipelineRun)
  );
}

/** What the run itself says. Drift comes first: a run that was tampered with is not merely cancelled. */
function runEnding(run: CustomRun, task: ApprovalTask): Ending | undefined {
  if (isDone(run)) return cancel('The run was ended by somebody else.');
  if (task.spec.customRunRef?.hash !== runHash(run, sha256)) {
    return {
      kind: 'drift',
      because:
        'The run was changed while it waited: its parameters are no longer those that the approvers were shown.',
    };
  }
  const asked = cancelOf(run);
  return asked === undefined ? undefined : cancel(asked);
}

/** An approval would open the gate of another PipelineRun, too. */
function adoption(
  { caches }: ControllerContext,
  run: CustomRun,
  owner: ApprovalTask['spec']['pipelineRun'],
): Ending | undefined {
  if (owner === undefined) return undefined;
  const adopter = adopterOf(caches, run, owner.uid);
  return adopter?.isCertain === true ? cancel(adoptedMessage(adopter)) : undefined;
}

/**
 * The PipelineRun is the one that the task was made for. What the run says of its owners now is not asked: whoever may
 * edit runs may have pointed it at another, which never ends.
 */
async function surroundingsEnding(
  context: ControllerContext,
  namespace: string,
  owner: ApprovalTask['spec']['pipelineRun'],
): Promise<Ending | undefined> {
  const ending = await namespaceEnding(context, namespace);
  if (ending !== undefined || owner === undefined) return ending;
  const found = await gatherPipelineRun(context, namespace, owner);
  switch (found.kind) {
    case 'ended':
      return cancel(found.because);
    case 'none':
      return cancel('The PipelineRun of this request is gone.');
    case 'live':
      return undefined;
  }
}

async function namespaceEnding(context: ControllerContext, name: string): Promise<Ending | undefined> {
  const found = context.caches.namespaces.get(name) ?? (await readLive<Namespace>(context, namespaces, name));
  const ending = found === undefined || found.metadata.deletionTimestamp !== undefined;
  return ending ? cancel(`Namespace ${name} is being deleted.`) : undefined;
}
