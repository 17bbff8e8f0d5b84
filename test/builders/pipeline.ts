/** A param of an approval step as a pipeline author writes it. */
export interface ParamInput {
  readonly name: string;
  readonly value: unknown;
}

export interface PipelineInput {
  readonly name: string;
  readonly params: readonly ParamInput[];
  /** Beside taskRef and params: timeout, retries, description, onError. */
  readonly step?: Record<string, unknown>;
  readonly apiVersion?: 'tekton.dev/v1' | 'tekton.dev/v1beta1';
  readonly ref?: Record<string, unknown>;
}

const script = (name: string, text: string): object => ({ name, image: 'busybox', script: text });

/** A task that runs only for one decision, and receives the answer as params. */
function branch(name: string, decision: string): object {
  return {
    name,
    when: [{ input: '$(tasks.approve.results.decision)', operator: 'in', values: [decision] }],
    params: [
      { name: 'comment', value: '$(tasks.approve.results.comment)' },
      { name: 'approvedBy', value: '$(tasks.approve.results.approvedBy)' },
      { name: 'rejectedBy', value: '$(tasks.approve.results.rejectedBy)' },
    ],
    taskSpec: {
      params: [{ name: 'comment' }, { name: 'approvedBy' }, { name: 'rejectedBy' }],
      steps: [script('say', '#!/bin/sh\necho "$0"\n')],
    },
  };
}

/** A pipeline with one approval step `approve`, and the branches `deploy` and `stop` that depend on its decision. */
export function pipeline({ name, params, step, apiVersion = 'tekton.dev/v1', ref }: PipelineInput): {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
  spec: object;
} {
  return {
    apiVersion,
    kind: 'Pipeline',
    metadata: { name },
    spec: {
      tasks: [
        {
          name: 'approve',
          taskRef: { apiVersion: 'tekton.automatiko.io/v1beta1', kind: 'ApprovalTask', name: 'any', ...ref },
          params,
          ...step,
        },
        branch('deploy', 'true'),
        branch('stop', 'false'),
      ],
    },
  };
}

/** A run of that pipeline. */
export function pipelineRun(
  name: string,
  pipelineName: string,
  spec: Record<string, unknown> = {},
): {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
  spec: object;
} {
  return {
    apiVersion: 'tekton.dev/v1',
    kind: 'PipelineRun',
    metadata: { name },
    spec: { pipelineRef: { name: pipelineName }, ...spec },
  };
}
