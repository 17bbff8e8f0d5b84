import { group, labels } from '../names.ts';
import { approvalTask } from '../schema/kinds.ts';
import { isOneOf, onlyReleases, subresource, type Guard } from './guard.ts';

const { plural } = approvalTask;

/** True in namespaces that serve what is made by hand. */
export const optedIn = `namespaceObject.metadata.?labels[?'${labels.standalone}'].orValue('') == 'true'`;

/** P3: requests are the operator's. What is made by hand, where that is allowed, belongs to nobody's run. */
export const taskGuard = {
  name: 'tekton-approvals-tasks',
  prefix: 'P3',
  judges: { group, resources: [plural, `${plural}/*`], operations: ['CREATE', 'UPDATE', 'DELETE'] },
  values: ['operator', 'system', 'breakGlass'],
  variables: {
    subresource,
    privileged: isOneOf('operator', 'system', 'breakGlass'),
    // Whatever is created or deleted.
    task: "request.operation == 'DELETE' ? oldObject : object",
    isOwned: 'variables.task.metadata.?ownerReferences.orValue([]).size() > 0',
    byHand: `${optedIn} && !has(variables.task.spec.customRunRef) && !variables.isOwned`,
    // Settled, and its run was deleted with Orphan: nothing else removes it, and it is in the way of the next of its name.
    isLeft: "variables.task.?status.?status.orValue('') == 'completed' && !variables.isOwned",
  },
  rules: {
    create: {
      expression: `request.operation != 'CREATE' || variables.subresource != '' || variables.privileged || variables.byHand`,
      text: `The operator makes requests, for the steps of pipelines: add a step of kind ApprovalTask to a Pipeline instead. By hand they can be made only in namespaces with the label ${labels.standalone}: "true", without customRunRef and without owner.`,
    },
    change: {
      expression: `request.operation != 'UPDATE' || variables.subresource != '' || variables.privileged || (${onlyReleases})`,
      text: 'A request stays as the operator made it, labels, owners and finalizers included. To ask something else, cancel its run and start the pipeline again.',
    },
    status: {
      expression: `variables.subresource == '' || variables.privileged`,
      text: 'Only the operator writes what became of a request. To answer it, create an ApprovalDecision.',
    },
    delete: {
      expression: `request.operation != 'DELETE' || variables.privileged || variables.byHand || variables.isLeft`,
      text: 'A request goes with its run and cannot be deleted by itself. Cancel or delete its CustomRun or PipelineRun instead.',
    },
  },
} as const satisfies Guard;
