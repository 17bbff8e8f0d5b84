import { commentRules, onRejects, strategies } from '../domain/approval.ts';
import type { Directory } from '../domain/directory.ts';
import type { ApprovalTaskSpec } from './approvaltask.ts';
import { cut } from './cut.ts';
import { limits } from './limits.ts';
import { labels } from './names.ts';
import { readContext } from './parameters/context.ts';
import { collectFields, type Fields } from './parameters/fields.ts';
import { readEntries } from './parameters/list.ts';
import { checkAnswers, checkPeople, checkSize } from './parameters/people.ts';
import { isRecord, type Problem, type Report } from './parameters/problem.ts';
import { readChoice, readName, readText } from './parameters/text.ts';
import { readRetries, readTimeout } from './parameters/timing.ts';
import { nestedTooDeeply, runHash } from './reference.ts';
import { digestOfShown, type Shown } from './shown.ts';
import type { CustomRun } from './tekton.ts';

export { fieldNames } from './parameters/fields.ts';
export { renderProblems } from './parameters/problem.ts';
export { referenceOf } from './reference.ts';

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
  /** Who is who. */
  readonly directory: Directory;
}

export type Parameters =
  | {
      readonly ok: true;
      readonly spec: ApprovalTaskSpec;
      /** Sentences for the run's message, such as collapsed duplicates. */
      readonly notes: readonly string[];
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Reads a run's parameters or embedded spec into the frozen spec of its task. Everything that is wrong is reported at
 * once; nothing is guessed. `digestOf` is sha256 in hex. Never throws, whatever the run holds.
 *
 * Ignored on purpose: `workspaces` and `serviceAccountName`, which Tekton fills in by itself
 * (tektoncd/pipeline pkg/reconciler/pipelinerun/pipelinerun.go), and `customRef.name`.
 */
export function readParameters(
  run: CustomRun,
  surroundings: Surroundings,
  digestOf: (text: string) => string,
): Parameters {
  const tooDeep = nestedTooDeeply(run);
  if (tooDeep !== undefined) return { ok: false, problems: [{ field: 'this task', problem: tooDeep }] };
  const problems: Problem[] = [];
  const report: Report = (field, problem) => problems.push({ field, problem });
  const spec: Record<string, unknown> = isRecord(run.spec) ? run.spec : {};

  checkReference(spec, report);
  const fields = collectFields(spec, report);
  const { people, notes } = readPeople(fields, surroundings, report);
  const channel = { max: limits.channelName, report };
  const channels = {
    notifyOnSlack: readName(fields, 'notifyOnSlack', channel),
    notifyOnTeams: readName(fields, 'notifyOnTeams', channel),
  };
  const shown: Shown = {
    ...placeOf(run, surroundings),
    pipeline:
      readText(fields, 'pipeline', { max: limits.pipeline, report }) || defaultPipeline(run, surroundings),
    description:
      readText(fields, 'description', { max: limits.description, report }) ||
      defaultDescription(run, surroundings),
    context: readContext(fields.get('context'), report),
    ...people,
    onReject: readChoice(fields, 'onReject', { allowed: onRejects, report }),
    commentRequired: readChoice(fields, 'commentRequired', { allowed: commentRules, report }),
    timeout: readTimeout(spec['timeout'], fields.get('timeout'), report),
    retries: readRetries(spec['retries'], report),
  };
  checkAnswers(shown, report);
  if (problems.length === 0) checkSize(shown, report);
  if (problems.length > 0) return { ok: false, problems };

  const customRunRef = { name: run.metadata.name, uid: run.metadata.uid, hash: runHash(run, digestOf) };
  const digest = digestOfShown(shown, digestOf);
  return { ok: true, notes, spec: { customRunRef, ...shown, ...channels, digest } };
}

/** Tekton's admission refuses most of this; it may not be installed. */
function checkReference(spec: Record<string, unknown>, report: Report): void {
  const { customRef, customSpec } = spec;
  if (!isRecord(customRef)) return;
  if (isRecord(customSpec)) report('taskSpec', 'cannot be given beside taskRef; keep one of the two');
  for (const name of ['resolver', 'bundle'] as const) {
    const value = customRef[name];
    if (value !== undefined && value !== null && value !== '') {
      report(`taskRef.${name}`, 'is not supported: an approval is not fetched from anywhere; leave it out');
    }
  }
  const { params } = customRef;
  if (Array.isArray(params) && params.length > 0) {
    report('taskRef.params', "is for resolvers; write the parameters under the task's own params");
  }
}

type People = Pick<ApprovalTaskSpec, 'strategy' | 'approvers' | 'groups'>;

/** Who is asked is judged only where each list was read without a problem. */
function readPeople(
  fields: Fields,
  { loginConfigured, directory }: Surroundings,
  report: Report,
): { people: People; notes: readonly string[] } {
  let sound = !(['approvers', 'groups'] as const).some(
    (name) => fields.has(name) && fields.get(name) === undefined,
  );
  const reportPeople: Report = (field, problem) => {
    sound = false;
    report(field, problem);
  };
  const strategy = readChoice(fields, 'strategy', { allowed: strategies, report: reportPeople });
  const approvers = readEntries('approvers', fields.get('approvers'), reportPeople);
  const groups = readEntries('groups', fields.get('groups'), reportPeople);
  const notes = sound ? checkPeople({ strategy, approvers, groups, loginConfigured, directory }, report) : [];
  return { people: { strategy, approvers: [...approvers.entries], groups: [...groups.entries] }, notes };
}

/** Where the run belongs, read from the cluster and not from its author. */
function placeOf(
  run: CustomRun,
  { pipelineRun, requester }: Surroundings,
): Pick<ApprovalTaskSpec, 'pipelineRun' | 'pipelineTask' | 'requester'> {
  const owner =
    pipelineRun === undefined ? {} : { pipelineRun: { name: pipelineRun.name, uid: pipelineRun.uid } };
  return { ...owner, pipelineTask: pipelineTaskOf(run), requester };
}

function pipelineTaskOf(run: CustomRun): string {
  return run.metadata.labels?.[labels.pipelineTask] ?? '';
}

function defaultPipeline(run: CustomRun, { pipeline, pipelineRun }: Surroundings): string {
  return cut(pipeline ?? pipelineRun?.name ?? run.metadata.name, limits.pipeline);
}

function defaultDescription(run: CustomRun, { taskDescription, pipelineRun }: Surroundings): string {
  const ofTask = taskDescription?.trim() ?? '';
  if (ofTask !== '') return cut(ofTask, limits.description);
  if (pipelineRun === undefined) return `The run ${run.metadata.name} asks for an approval.`;
  const task = pipelineTaskOf(run);
  const step = task === '' ? '' : `, at its step ${task}`;
  return `The pipeline run ${pipelineRun.name} asks for an approval before it goes on${step}.`;
}
