import { labels, runCancelled } from '../names.ts';
import { isOneOf, namesOurs, subresource, type Guard } from './guard.ts';
import { optedIn } from './tasks.ts';

/** Tekton ends a run by these two fields of its spec. */
const ofTekton = "['status', 'statusMessage']";

/** What names the kind of a run. */
const ours = `[object, oldObject].exists(run, ${namesOurs('run.?spec.?customRef.?apiVersion', 'run.?spec.?customSpec.?apiVersion')})`;

/**
 * P4: the runs of pipelines are Tekton's. It takes any CustomRun that has the name of a step for that step's run, of
 * whatever kind and whoever made it (tektoncd/pipeline pkg/reconciler/pipelinerun/resources/pipelinerunresolution.go),
 * so creation is guarded for every kind. What happens to the runs of others afterwards is not judged.
 */
export const runGuard = {
  name: 'tekton-approvals-runs',
  prefix: 'P4',
  judges: {
    group: 'tekton.dev',
    resources: ['customruns', 'customruns/*'],
    operations: ['CREATE', 'UPDATE'],
  },
  values: ['operator', 'tekton', 'creators', 'system', 'breakGlass'],
  variables: {
    subresource,
    optedIn,
    privileged: isOneOf('tekton', 'system', 'breakGlass'),
    guarded: `request.operation == 'UPDATE' && variables.subresource == '' && !variables.privileged && ${ours}`,
    labels: "object.metadata.?labels.orValue({}).filter(name, name.startsWith('tekton.dev/'))",
    oldLabels: "oldObject.metadata.?labels.orValue({}).filter(name, name.startsWith('tekton.dev/'))",
  },
  rules: {
    create: {
      expression: `request.operation != 'CREATE' || variables.subresource != '' || variables.optedIn || ${isOneOf('tekton', 'creators', 'breakGlass')}`,
      text: `Only Tekton makes CustomRuns, because it takes one with the right name for a step of its pipeline: start a PipelineRun instead. By hand they can be made only in namespaces with the label ${labels.standalone}: "true".`,
    },
    spec: {
      expression: `!variables.guarded || (object.spec.all(field, field in ${ofTekton} || (field in oldObject.spec && object.spec[field] == oldObject.spec[field])) && oldObject.spec.all(field, field in ${ofTekton} || field in object.spec))`,
      text: `What a run asks cannot be changed. To end it, set spec.status to ${runCancelled}; to ask something else, start the pipeline again.`,
    },
    owner: {
      expression:
        '!variables.guarded || object.metadata.?ownerReferences == oldObject.metadata.?ownerReferences',
      text: 'The owners of a run that asks for an approval stay as Tekton wrote them. To end the run, cancel or delete it or its PipelineRun.',
    },
    labels: {
      expression:
        '!variables.guarded || (variables.labels.size() == variables.oldLabels.size() && variables.labels.all(name, name in variables.oldLabels && object.metadata.labels[name] == oldObject.metadata.labels[name]))',
      text: 'The labels tekton.dev/ of a run that asks for an approval stay as Tekton wrote them. Choose another label.',
    },
    status: {
      expression: `variables.subresource == '' || ${isOneOf('operator', 'breakGlass')} || !${ours}`,
      text: `Only the operator writes the status of a run that asks for an approval. To answer, create an ApprovalDecision; to end the run, set spec.status to ${runCancelled}.`,
    },
  },
} as const satisfies Guard;
