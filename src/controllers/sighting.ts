import type { CustomRun } from '../api/tekton.ts';
import type { Directory } from '../domain/directory.ts';
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
  return { run, owner, requester, loginConfigured, requesterMayNotApprove, directory, now };
}
