import type { ApprovalTaskSpec } from '../api/approvaltask.ts';
import { cut } from '../api/cut.ts';
import { limits } from '../api/limits.ts';
import { annotations } from '../api/names.ts';
import type { PipelineRun } from '../api/tekton.ts';
import { isBlank, withoutControls } from '../domain/text.ts';
import { keyOf } from '../kube/object.ts';
import type { ControllerContext } from './context.ts';
import { find, pipelineRunOwner, type Owner } from './owner.ts';
import { pipelineRuns } from './resources.ts';

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
  const root = await rootOf(context, owner.pipelineRun);
  return root === undefined ? unknown : asserted(root);
}

/** The PipelineRun that no other PipelineRun controls; undefined where one on the way is gone, or there are too many. */
async function rootOf(context: ControllerContext, from: PipelineRun): Promise<PipelineRun | undefined> {
  let at: PipelineRun | undefined = from;
  for (let level = 0; at !== undefined && level < levelsAllowed; level += 1) {
    const parent = pipelineRunOwner(at);
    if (parent === undefined) return at;
    const key = keyOf({ namespace: at.metadata.namespace ?? '', name: parent.name });
    const cached = context.caches.pipelineRuns.get(key);
    at = await find<PipelineRun>(context, { cached, type: pipelineRuns, key, uid: parent.uid });
  }
  return undefined;
}

function asserted({ metadata }: PipelineRun): Requester {
  const { requestedBy, requestedFor } = annotations;
  const given = [metadata.annotations?.[requestedBy], metadata.annotations?.[requestedFor]]
    .map((name) => cleaned(name ?? ''))
    .find((name) => !isBlank(name));
  return given === undefined ? unknown : { name: given, certainty: 'asserted' };
}

/** On one line, and no longer than any other name. */
function cleaned(name: string): string {
  return cut(withoutControls(name).replaceAll(/\s+/gu, ' ').trim(), limits.entry);
}
