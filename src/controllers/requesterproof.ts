import { requesterGuard } from '../api/policy/requester.ts';
import { isInForce } from '../api/policy/inforce.ts';
import type { PipelineRun } from '../api/tekton.ts';
import { isForbidden } from '../kube/error.ts';
import type { KubeObject } from '../kube/object.ts';
import type { ControllerContext } from './context.ts';
import { readLive } from './owner.ts';
import { changeOf, isAfter, newestOf, type PolicyChange } from './policychange.ts';
import { admissionPolicies, admissionPolicyBindings } from '../api/resources.ts';

/** How long the API server's replicas may take to follow a changed policy. */
const followedWithinMs = 5_000;

/**
 * Whether the API server held whoever made these PipelineRuns to the own name: the policy is in force as shipped, and
 * all of them were made when it already was. What cannot be read does not vouch for anything.
 */
export async function isStampVouchedFor(
  context: ControllerContext,
  chain: readonly PipelineRun[],
): Promise<boolean> {
  const changed = await newestChange(context);
  if (changed === undefined) return false;
  const since = { ...changed, at: changed.at + followedWithinMs };
  return chain.every((pipelineRun) => isAfter(pipelineRun, since));
}

/** The newest change of the requester policy and its binding; undefined where they are not in force as shipped. */
async function newestChange(context: ControllerContext): Promise<PolicyChange | undefined> {
  const { name } = requesterGuard;
  try {
    const [policy, binding] = await Promise.all([
      readLive<KubeObject>(context, admissionPolicies, name),
      readLive<KubeObject>(context, admissionPolicyBindings, name),
    ]);
    if (policy === undefined || binding === undefined) return undefined;
    if (!isInForce(requesterGuard, { policy, binding })) return undefined;
    return newestOf(changeOf(policy), changeOf(binding));
  } catch (error) {
    if (!isForbidden(error)) throw error;
    context.log.warn({ policy: name }, 'may not read the requester policy: requesters are not confirmed');
    return undefined;
  }
}
