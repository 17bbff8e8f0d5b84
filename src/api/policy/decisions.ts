import { group } from '../names.ts';
import { approvalDecision } from '../schema/kinds.ts';
import { isOneOf, onlyReleases, subresource, type Guard } from './guard.ts';

const { plural } = approvalDecision;

/** P2: an answer stays as it was given. That its spec is frozen is the kind's own rule, which holds for everybody. */
export const decisionGuard = {
  name: 'tekton-approvals-decisions',
  prefix: 'P2',
  judges: { group, resources: [plural, `${plural}/*`], operations: ['UPDATE', 'DELETE'] },
  values: ['operator', 'system', 'breakGlass'],
  variables: {
    subresource,
    privileged: isOneOf('system', 'breakGlass'),
  },
  rules: {
    status: {
      expression: `variables.subresource == '' || ${isOneOf('operator')} || variables.privileged`,
      text: 'Only the operator says whether an answer counts. To answer, create an ApprovalDecision of your own.',
    },
    change: {
      expression: `request.operation != 'UPDATE' || variables.subresource != '' || variables.privileged || (${onlyReleases})`,
      text: 'An answer stays as it was given. Create another ApprovalDecision instead.',
    },
    delete: {
      expression: `request.operation != 'DELETE' || ${isOneOf('operator')} || variables.privileged`,
      text: 'An answer stays until its request is gone; the operator removes it then. To object to what you approved, create a rejection while the request is open.',
    },
  },
} as const satisfies Guard;
