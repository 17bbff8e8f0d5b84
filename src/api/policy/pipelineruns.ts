import { isOneOf, namesOurs, type Guard } from './guard.ts';

const tasksOf = (field: string): string => `oldObject.?status.?pipelineSpec.?${field}.orValue([])`;

/** A pipeline within the pipeline may: what it asks is not written here. */
const mayAsk = `task.?pipelineRef.hasValue() || task.?pipelineSpec.hasValue() || ${namesOurs('task.?taskRef.?apiVersion', 'task.?taskSpec.?apiVersion')}`;

/**
 * P7: a PipelineRun's status says which run belongs to which step, and which steps there are (tektoncd/pipeline
 * pkg/reconciler/pipelinerun/resources: pipelinerunresolution.go, getNamesOfCustomRuns; pipelineref.go, GetPipelineFunc).
 * Tekton believes what stands there, also where it stood before the run began, as in one that is pending. So others than
 * Tekton write it only once Tekton has noted a pipeline that does not ask.
 */
export const pipelineRunGuard = {
  name: 'tekton-approvals-pipelineruns',
  prefix: 'P7',
  judges: { group: 'tekton.dev', resources: ['pipelineruns/status'], operations: ['UPDATE'] },
  values: ['tekton', 'breakGlass'],
  variables: {
    privileged: isOneOf('tekton', 'breakGlass'),
    noted: 'oldObject.?status.?pipelineSpec.hasValue()',
    asks: `(${tasksOf('tasks')} + ${tasksOf('finally')}).exists(task, ${mayAsk})`,
  },
  rules: {
    status: {
      expression: 'variables.privileged || (variables.noted && !variables.asks)',
      text: 'Only Tekton writes the status of a PipelineRun that asks for an approval, that runs other pipelines, or that has not begun. To end it, set its spec.status to Cancelled.',
    },
  },
} as const satisfies Guard;
