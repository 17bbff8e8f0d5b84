import type { Condition, ObjectMeta } from './object.ts';

/**
 * Tekton's CustomRun (tekton.dev/v1beta1) as far as it is read or written here. Nothing of it can be trusted to be
 * well formed where Tekton's admission webhook is not installed.
 */
export interface CustomRun {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: {
    customRef?: {
      apiVersion?: string;
      kind?: string;
      name?: string;
      resolver?: string;
      params?: unknown;
      bundle?: string;
    };
    customSpec?: { apiVersion?: string; kind?: string; metadata?: unknown; spec?: unknown };
    params?: Param[];
    retries?: number;
    timeout?: string;
    status?: string;
    statusMessage?: string;
    workspaces?: unknown[];
  };
  status?: CustomRunStatus;
}

/** Values arrive as a string, an array of strings or an object of strings. */
export interface Param {
  name: string;
  value: unknown;
}

export interface CustomRunStatus {
  conditions?: Condition[];
  startTime?: string;
  completionTime?: string;
  observedGeneration?: number;
  results?: { name: string; value: string }[];
  retriesStatus?: CustomRunStatus[];
  extraFields?: Record<string, unknown>;
}

/** Of a PipelineRun only what a gate needs is kept: whether it is pending or done, when it ends, and its custom tasks. */
export interface PipelineRun {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec?: {
    pipelineRef?: { name?: string };
    status?: string;
    timeouts?: { pipeline?: string; tasks?: string; finally?: string };
  };
  status?: {
    startTime?: string;
    conditions?: Condition[];
    pipelineSpec?: { tasks?: PipelineTask[]; finally?: PipelineTask[] };
  };
}

export interface PipelineTask {
  name: string;
  description?: string;
  taskRef?: { apiVersion?: string };
  taskSpec?: { apiVersion?: string };
}
