import { isOneOf, namesOurs, type Guard } from './guard.ts';

const tasksOf = (field: string): string => `oldObject.?status.?pipelineSpec.?${field}.orValue([])`;

/**
 * P7: a PipelineRun's status says which run belongs to which step, and which steps there are (tektoncd/pipeline
 * pkg/reconciler/pipelinerun/resources/pipelinerunresolution.go, getCustomRunName). Whoever writes it can give a step
 * another run. Only PipelineRuns that ask for an approval are judged, so that a wrong account stops no others.
 */
export const pipelineRunGuard = {
  name: 'tekton-approvals-pipelineruns',
  prefix: 'P7',
  judges: { group: 'tekton.dev', resources: ['pipelineruns/status'], operations: ['UPDATE'] },
  values: ['tekton', 'system', 'breakGlass'],
  variables: {
    privileged: isOneOf('tekton', 'system', 'breakGlass'),
    asks: `(${tasksOf('tasks')} + ${tasksOf('finally')}).exists(task, ${namesOurs('task.?taskRef.?apiVersion', 'task.?taskSpec.?apiVersion')})`,
  },
  rules: {
    status: {
      expression: 'variables.privileged || !variables.asks',
      text: 'Only Tekton writes the status of a PipelineRun that asks for an approval. To end it, set its spec.status to Cancelled.',
    },
  },
} as const satisfies Guard;
