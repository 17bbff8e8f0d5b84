import type { ParamInput } from './pipeline.ts';

/** A task of a pipeline, or any part of one, as an author writes it. */
type Written = Record<string, unknown>;

/** A PipelineRun that carries its pipeline with it. */
export interface InlineRun {
  readonly tasks: readonly Written[];
  /** Beside the tasks in the pipeline: finally, results, params. */
  readonly pipeline?: Written;
  /** Beside the pipeline in the PipelineRun's spec: params, timeouts, taskRunTemplate. */
  readonly run?: Written;
  readonly metadata?: Written;
}

/** The object to be created. */
export function inlineRun(
  name: string,
  { tasks, pipeline, run, metadata }: InlineRun,
): { metadata: { name: string }; [field: string]: unknown } {
  return {
    apiVersion: 'tekton.dev/v1',
    kind: 'PipelineRun',
    metadata: { name, ...metadata },
    spec: { pipelineSpec: { tasks, ...pipeline }, ...run },
  };
}

/** Params by name. */
export const paramsOf = (values: Written): ParamInput[] =>
  Object.entries(values).map(([name, value]) => ({ name, value }));

export const ourReference = { apiVersion: 'tekton.automatiko.io/v1beta1', kind: 'ApprovalTask' };

/** An approval step by reference; `rest` is what else the author writes on it. */
export const approval = (name: string, params: Written, rest: Written = {}): Written => ({
  name,
  taskRef: ourReference,
  params: paramsOf(params),
  ...rest,
});

/** A step that runs a container and is handed these params. */
export const consumer = (name: string, params: Written, rest: Written = {}): Written => ({
  name,
  params: paramsOf(params),
  taskSpec: {
    params: Object.entries(params).map(([param, value]) => ({
      name: param,
      type: Array.isArray(value) ? 'array' : 'string',
    })),
    steps: [{ name: 'say', image: 'busybox', script: '#!/bin/sh\necho "$0"\n' }],
  },
  ...rest,
});

/** A step whose pod leaves these results behind; the PipelineRun's annotation tells the stand-in of the kubelet. */
export const producer = (name: string, results: readonly string[]): Written => ({
  name,
  taskSpec: {
    results: results.map((result) => ({ name: result })),
    steps: [{ name: 'make', image: 'busybox', script: '#!/bin/sh\ntrue\n' }],
  },
});
