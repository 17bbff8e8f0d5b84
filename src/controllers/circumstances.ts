import type { ApprovalTask } from '../api/approvaltask.ts';
import type { NewCondition } from '../api/condition.ts';
import { conditionTypes } from '../api/names.ts';
import type { ControllerContext } from './context.ts';
import type { PolicyProof, ProofState } from './policyproof.ts';

/**
 * Conditions of a task that do not come from its answers but bear on them. Each is there only where there is, or was,
 * something to say: an untroubled request has none.
 */
export function circumstances(
  context: Pick<ControllerContext, 'directory' | 'directoryFault'> & {
    readonly proof: Pick<PolicyProof, 'known'>;
  },
  task: ApprovalTask,
  policy: ProofState | undefined,
): readonly NewCondition[] {
  return [
    policy === undefined
      ? policyMeanwhile(task, context.proof.known(task.metadata.namespace ?? ''))
      : policyEnforced(policy),
    peopleDirectoryValid(context, task),
  ].flatMap((condition) => condition ?? []);
}

function stored(task: ApprovalTask, type: string): NewCondition | undefined {
  const before = task.status?.conditions?.find((condition) => condition.type === type);
  return before && { type, status: before.status, reason: before.reason, message: before.message };
}

/**
 * Whether a request that waits would say something else of the policy, now that this was found out while no answer to it
 * rests on that.
 */
export function isNews(task: ApprovalTask, found: ProofState): boolean {
  const { policyEnforced: type } = conditionTypes;
  return (
    task.status?.status === 'pending' && policyMeanwhile(task, found)?.status !== stored(task, type)?.status
  );
}

/** Nobody waits for what could not be found out: what was said before stays. */
function policyMeanwhile(task: ApprovalTask, found: ProofState | undefined): NewCondition | undefined {
  const before = stored(task, conditionTypes.policyEnforced);
  if (found === undefined || found.kind === 'unknown') return before;
  return found.kind === 'holds' && before === undefined ? undefined : policyEnforced(found);
}

function policyEnforced(policy: ProofState): NewCondition {
  const type = conditionTypes.policyEnforced;
  switch (policy.kind) {
    case 'holds':
      return {
        type,
        status: 'True',
        reason: 'Proven',
        message: 'The identity policy refuses forged answers.',
      };
    case 'broken':
      return {
        type,
        status: 'False',
        reason: 'ForgeryAccepted',
        message: `The API server accepted a forged answer (${policy.forgery}); answers through Kubernetes do not count.`,
      };
    case 'unknown':
      return {
        type,
        status: 'Unknown',
        reason: 'NotProvenYet',
        message: `Whether the identity policy holds is not known yet: ${policy.because}`,
      };
  }
}

/** Where the directory has a mistake: whoever wonders why a new approver is not known reads it here. */
function peopleDirectoryValid(
  { directory, directoryFault }: Pick<ControllerContext, 'directory' | 'directoryFault'>,
  task: ApprovalTask,
): NewCondition | undefined {
  const type = conditionTypes.peopleDirectoryValid;
  const fault = directoryFault();
  if (fault !== undefined) {
    const meanwhile =
      directory() === undefined
        ? 'Nobody is mailed and no answer is judged until it is mended.'
        : 'What it said before stays in force.';
    return {
      type,
      status: 'False',
      reason: 'Invalid',
      message: `The people directory has a mistake. ${meanwhile} ${fault}`,
    };
  }
  if (stored(task, type) === undefined) return undefined;
  return { type, status: 'True', reason: 'Valid', message: 'The people directory is in force as it stands.' };
}
