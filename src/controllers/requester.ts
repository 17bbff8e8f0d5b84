import type { ApprovalTaskSpec } from '../api/approvaltask.ts';
import { cut } from '../api/cut.ts';
import { limits } from '../api/limits.ts';
import { annotations } from '../api/names.ts';
import type { PipelineRun } from '../api/tekton.ts';
import { isBlank, withoutControls } from '../domain/text.ts';
import { keyOf } from '../kube/object.ts';
import type { ControllerContext } from './context.ts';
import { find, pipelineRunOwner, type Owner } from './owner.ts';
import { isStampVouchedFor } from './requesterproof.ts';
import { pipelineRuns } from '../api/resources.ts';

type Requester = ApprovalTaskSpec['requester'];

const unknown: Requester = { name: '', certainty: 'unknown' };

/** More pipelines in pipelines than anybody builds. */
const levelsAllowed = 10;

/**
 * Who asked for a run, and how certain that is. It is read from the PipelineRun at the root alone: Tekton copies
 * annotations downwards, and whoever edits the namespace may write them on a CustomRun.
 */
export async function gatherRequester(context: ControllerContext, owner: Owner): Promise<Requester> {
  if (owner.kind !== 'live') return unknown;
  const chain = await chainOf(context, owner.pipelineRun);
  const carried = chain.at(-1)?.metadata.annotations;
  const [stamp, claim] = [carried?.[annotations.requestedBy], carried?.[annotations.requestedFor]];
  if (stamp === undefined || isBlank(stamp)) return asserted(claim);
  return (await isStampVouchedFor(context, chain)) ? stamped(stamp) : asserted(stamp);
}

/**
 * A PipelineRun and those that control it, the root last. Empty where one of them is gone or there are too many: then
 * there is no telling where it began.
 */
async function chainOf(context: ControllerContext, from: PipelineRun): Promise<readonly PipelineRun[]> {
  const chain: PipelineRun[] = [];
  let at: PipelineRun | undefined = from;
  while (at !== undefined && chain.length < levelsAllowed) {
    chain.push(at);
    const parent = pipelineRunOwner(at);
    if (parent === undefined) return chain;
    const key = keyOf({ namespace: at.metadata.namespace ?? '', name: parent.name });
    const cached = context.caches.pipelineRuns.get(key);
    at = await find<PipelineRun>(context, { cached, type: pipelineRuns, key, uid: parent.uid });
  }
  return [];
}

/** Exactly the user name, or nothing: a changed one would be somebody else. */
function stamped(name: string): Requester {
  return cleaned(name) === name ? { name, certainty: 'stamped' } : unknown;
}

function asserted(claim: string | undefined): Requester {
  const name = cleaned(claim ?? '');
  return isBlank(name) ? unknown : { name, certainty: 'asserted' };
}

/** On one line, and no longer than any other name. */
function cleaned(name: string): string {
  return cut(withoutControls(name).replaceAll(/\s+/gu, ' ').trim(), limits.entry);
}
