import type { ApprovalTask } from './approvaltask.ts';
import type { CustomRun } from './tekton.ts';

/** The objects that tell of one request. What is not at hand is not compared. */
export interface Audited {
  readonly task: ApprovalTask;
  readonly run?: CustomRun;
  readonly pipelineRun?: PublishingRun;
}

/** A PipelineRun as far as it publishes results of its own. */
export interface PublishingRun {
  readonly status?: { readonly results?: readonly { readonly name: string; readonly value: unknown }[] };
}

/** Where the record of a request does not fit. Records count from 1. */
export type Misfit =
  /** What was asked is not what `spec.digest` says. */
  | { readonly kind: 'spec' }
  | { readonly kind: 'record'; readonly record: number; readonly decisionUid: string }
  /** All records fit one another, but not `status.auditDigest`: one is missing at the end, or none has a digest of its own. */
  | { readonly kind: 'head' }
  /** The chain fits in itself, but another head was handed to the pipeline: it was computed again as a whole. */
  | { readonly kind: 'published'; readonly on: 'CustomRun' | 'PipelineRun' };

export type AuditReport =
  | {
      readonly ok: true;
      readonly records: number;
      readonly head: string;
      /** The objects that publish the same head, such as `CustomRun`. */
      readonly published: readonly string[];
    }
  | { readonly ok: false; readonly at: Misfit; readonly sentence: string };
