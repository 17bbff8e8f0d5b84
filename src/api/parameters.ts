import type { ApprovalTaskSpec } from './approvaltask.ts';
import type { CustomRun } from './tekton.ts';

/** What a run's surroundings say, from which defaults come. Gathered by the customrun controller. */
export interface Surroundings {
  /** The owning PipelineRun; absent for a standalone run. */
  readonly pipelineRun?: { readonly name: string; readonly uid: string };
  /** The pipeline's own name, where the PipelineRun refers to one. */
  readonly pipeline?: string;
  /** The pipeline task's description. */
  readonly taskDescription?: string;
  readonly requester: ApprovalTaskSpec['requester'];
  /** True where a login is configured, so that a group's members can be told apart. */
  readonly loginConfigured: boolean;
}

/** A parameter that cannot be accepted: which, what was wrong, what is allowed. */
export interface Problem {
  readonly field: string;
  readonly problem: string;
}

export type Parameters =
  | {
      readonly ok: true;
      readonly spec: ApprovalTaskSpec;
      /** Sentences for the run's message, such as collapsed duplicates. */ readonly notes: readonly string[];
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Reads a run's parameters or embedded spec into the frozen spec of its task. Everything that is wrong is reported at
 * once; nothing is guessed. `digestOf` is sha256 in hex.
 */
export function readParameters(
  run: CustomRun,
  surroundings: Surroundings,
  digestOf: (text: string) => string,
): Parameters {
  void run;
  void surroundings;
  void digestOf;
  return { ok: false, problems: [] };
}

/** Whether a CustomRun is ours to serve: its reference or embedded spec names our kind exactly. */
export type Reference =
  | { readonly kind: 'ours' }
  | { readonly kind: 'foreign' }
  | { readonly kind: 'unsupported'; readonly message: string };

export function referenceOf(run: CustomRun): Reference {
  void run;
  return { kind: 'foreign' };
}
