import { group, version } from '../names.ts';
import { approvalDecision, approvalTask } from '../schema/kinds.ts';
import { list, literal } from './cel.ts';
import { denial } from './denial.ts';
import { isMachine, user, type Rule } from './guard.ts';
import type { InstallValues } from './values.ts';

/** The identity policy and its binding: the operator reads both to learn since when they hold. */
export const policyName = 'tekton-approvals-identity';
export const policyBindingName = 'tekton-approvals-identity';

/** What each rule's message starts with, in the order of the rules: the live proof knows a rule by it. */
export const ruleCodes = {
  channel: '[P1-channel]',
  username: '[P1-username]',
  groups: '[P1-groups]',
  approve: '[P1-approve]',
  person: '[P1-person]',
} as const;
type IdentityRule = keyof typeof ruleCodes;

/** The order in which the API server tries the rules. */
const order = [
  'channel',
  'username',
  'groups',
  'approve',
  'person',
] as const satisfies readonly IdentityRule[];

const viaKubernetes = "object.spec.via == 'kubernetes'";
const notViaKubernetes = "object.spec.via != 'kubernetes'";

/**
 * The rules of the identity policy. The API server stops at the first that fails, so their order decides which
 * message is seen: every rule must be reachable by a forgery that the operator's own account sends. Hence the seal in
 * the first (an unsealed answer of the operator breaks it), and hence `approve` before `person` (the operator's role
 * holds `approve` on the one name of the proof, so its forgery for that name comes as far as the last rule).
 */
function rules({ operator, robots }: Pick<InstallValues, 'operator' | 'robots'>): Record<IdentityRule, Rule> {
  return {
    channel: {
      expression: `${viaKubernetes} || (${user} == ${literal(operator)} && has(object.spec.seal))`,
      text: 'Only the operator records answers that came through a link or a form. Write via: kubernetes.',
    },
    username: {
      expression: `${notViaKubernetes} || (object.spec.actor.kind == 'kubernetes' && object.spec.actor.username == ${user})`,
      text: 'You can answer only for yourself: actor.kind must be kubernetes and actor.username your own user name.',
    },
    groups: {
      expression: `${notViaKubernetes} || !has(object.spec.actor.groups) || object.spec.actor.groups.all(g, g in request.userInfo.groups)`,
      text: 'actor.groups names a group that you are not in.',
    },
    approve: {
      expression: `${notViaKubernetes} || authorizer.group('${group}').resource('${approvalTask.plural}').namespace(request.namespace).name(object.spec.taskRef.name).check('approve').allowed()`,
      text: `You may not answer this request: it needs the verb approve on ${approvalTask.plural}.`,
    },
    person: {
      expression: `${notViaKubernetes} || !${isMachine} || ${user} in ${list(robots)}`,
      text: 'Service accounts, nodes and anonymous callers are not people. The install value for robots names exceptions.',
    },
  };
}

/**
 * The ValidatingAdmissionPolicy and its binding by which the API server vouches for who wrote a decision. It fails
 * closed. Nothing here can see the task's approvers: who is listed stays the operator's question.
 */
export function identityPolicy(values: Pick<InstallValues, 'operator' | 'robots'>): object[] {
  const ruled = rules(values);
  const validations = order.map((rule) => ({
    expression: ruled[rule].expression,
    message: `${ruleCodes[rule]} ${ruled[rule].text}`,
  }));
  const resources = [approvalDecision.plural];
  return denial({
    name: policyName,
    judges: { group, versions: [version], resources, operations: ['CREATE'] },
    spec: { validations },
  });
}
