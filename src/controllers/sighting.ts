import type { CustomRun } from '../api/tekton.ts';
import type { Directory } from '../domain/directory.ts';
import { adopterOf } from './adopter.ts';
import type { ControllerContext } from './context.ts';
import type { Sighting } from './firstsight.ts';
import { gatherOwner } from './owner.ts';
import { gatherRequester } from './requester.ts';

/** Gathers what bears on a run that has no task yet. */
export async function gatherSighting(
  context: ControllerContext,
  run: CustomRun,
  directory: Directory,
): Promise<Sighting> {
  const now = context.client.serverNow();
  const owner = await gatherOwner(context, run);
  const requester = await gatherRequester(context, owner);
  const { loginConfigured, rules } = context.settings;
  const { requesterMayNotApprove } = rules;
  const adopter =
    owner.kind === 'live' ? adopterOf(context.caches, run, owner.pipelineRun.metadata.uid) : undefined;
  return { run, owner, adopter, requester, loginConfigured, requesterMayNotApprove, directory, now };
}
