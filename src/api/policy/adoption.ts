import { labels, pipelineRunPending } from '../names.ts';
import { denial } from './denial.ts';

const isPending = (object: string): string =>
  `${object}.?spec.?status.orValue('') == '${pipelineRunPending}'`;

/** Where it may begin to take runs: when it is made, and when it is let go on. */
const starts = `request.operation == 'CREATE' || (${isPending('oldObject')} && !(${isPending('object')}))`;

const controlled =
  'params.metadata.?ownerReferences.orValue([]).exists(owner, owner.uid == object.metadata.uid)';

/** As the name of a step's run begins, or, where that would be too long and is cut, as its label says. */
const wouldBeTaken = `params.metadata.name.startsWith(object.metadata.name + '-') || params.metadata.?labels[?'${labels.pipelineRun}'].orValue('') == object.metadata.name`;

/**
 * P8: Tekton finds the run of a step by its name alone, PipelineRun and step with a hyphen between, whoever it was made
 * for (tektoncd/pipeline pkg/reconciler/pipelinerun/resources/pipelinerunresolution.go; knative.dev/pkg/kmeta ChildName).
 * So a run that was approved for one PipelineRun must not be there when another begins that could take it for its own:
 * one of the same name, or step `x-approve` of `rel` for step `approve` of `rel-x`. Each CustomRun of the namespace is a
 * param of the policy.
 */
export function adoptionPolicy(): [policy: object, binding: object] {
  return denial({
    name: 'tekton-approvals-adoption',
    judges: { group: 'tekton.dev', resources: ['pipelineruns'], operations: ['CREATE', 'UPDATE'] },
    spec: {
      paramKind: { apiVersion: 'tekton.dev/v1beta1', kind: 'CustomRun' },
      // Each run of the namespace is judged. As a condition that costs half of what it costs as a validation.
      matchConditions: [{ name: 'adopts', expression: `(${starts}) && (${wouldBeTaken}) && !${controlled}` }],
      validations: [
        {
          expression: 'false',
          messageExpression: `'[P8-name] CustomRun ' + params.metadata.name + ' is there, which Tekton would take for a step of this PipelineRun. Choose another name, best by generateName, or wait until that run is gone.'`,
          reason: 'Forbidden',
        },
      ],
    },
    bound: { paramRef: { selector: {}, parameterNotFoundAction: 'Allow' } },
  });
}
