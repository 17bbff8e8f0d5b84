import type { ApprovalTask } from './approvaltask.ts';
import type { CustomRun } from './tekton.ts';

/** A PipelineRun as far as it publishes results of its own. */
export interface PublishingRun {
  readonly metadata?: { readonly uid?: string };
  readonly status?: {
    readonly results?: readonly NamedValue[];
    /** Says which result of the run is which of a step's. */
    readonly pipelineSpec?: { readonly results?: readonly NamedValue[] };
  };
}

interface NamedValue {
  readonly name: string;
  readonly value: unknown;
}

/** Where heads of the chain were published, and which. */
export interface Published {
  readonly on: 'CustomRun' | 'PipelineRun';
  /** More than one where the step was a matrix; the request's own is among them. */
  readonly heads: readonly string[];
}

interface Publishers {
  readonly task: ApprovalTask;
  readonly run?: CustomRun;
  readonly pipelineRun?: PublishingRun;
}

/** The heads that were handed out for this request. A run that ended without it handed out none. */
export function publishedHeads({ task, run, pipelineRun }: Publishers): readonly Published[] {
  const all: Published[] = [
    { on: 'CustomRun', heads: run === undefined ? [] : headsOfRun(task, run) },
    { on: 'PipelineRun', heads: pipelineRun === undefined ? [] : headsOfPipelineRun(task, pipelineRun) },
  ];
  return all.filter(({ heads }) => heads.length > 0);
}

function headsOfRun({ spec }: ApprovalTask, { metadata, status }: CustomRun): readonly string[] {
  if (spec.customRunRef !== undefined && spec.customRunRef.uid !== metadata.uid) return [];
  return textsIn(status?.results?.find(({ name }) => name === 'auditDigest')?.value);
}

function headsOfPipelineRun({ spec }: ApprovalTask, run: PublishingRun): readonly string[] {
  const uid = run.metadata?.uid;
  if (uid !== undefined && spec.pipelineRun?.uid !== uid) return [];
  const { results = [], pipelineSpec = {} } = run.status ?? {};
  const ours = (pipelineSpec.results ?? []).filter(({ value }) => refersTo(spec.pipelineTask, value));
  const names = new Set(ours.map(({ name }) => name));
  return results.filter(({ name }) => names.has(name)).flatMap(({ value }) => textsIn(value));
}

/** Whether a pipeline's result is exactly the digest of that step, in any of the spellings that Tekton takes. */
function refersTo(step: string, value: unknown): boolean {
  if (typeof value !== 'string') return false;
  const [, , named, result] =
    /^\$\((tasks|finally)\.([^.]+)\.results(?:\.|\[['"])(\w+)(?:['"]\])?(?:\[\*\])?\)$/u.exec(value.trim()) ??
    [];
  return named === step && result === 'auditDigest';
}

function textsIn(value: unknown): readonly string[] {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.filter((one): one is string => typeof one === 'string' && one !== '');
}
