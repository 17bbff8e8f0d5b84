import type { ApprovalTask } from '../../src/api/approvaltask.ts';
import type { CustomRun } from '../../src/api/tekton.ts';
import { customRuns, pipelineRuns } from '../../src/api/resources.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { approval, consumer, inlineRun } from '../builders/inline-run.ts';
import { kubeletAnnotations } from '../control-plane/kubelet.ts';
import { asksForAnswer, isAbout, linkIn } from '../fakes/mailed-link.ts';
import type { Gate, PipelineRunObject } from './gate.ts';
import { until } from './until.ts';

/** What the tests of a run's turns do to pipelines of any shape, and read of Tekton's own objects. */

/** A task of a pipeline. */
type Step = Record<string, unknown>;

/** The step that waits for people: for alice, unless `params` say otherwise. The rest is what else its author writes. */
export function gateStep(name: string, { params, ...rest }: GateInput = {}): Step {
  return approval(name, { approvers: ['alice'], ...params }, rest);
}

interface GateInput extends Step {
  readonly params?: Readonly<Record<string, unknown>>;
}

/** A step whose pod is ended at once: well, unless it `fails`. It is handed these values. */
export function job(name: string, { values = {}, fails = false, ...rest }: JobInput = {}): Step {
  const { taskSpec, ...step } = consumer(name, values, rest);
  const annotations = { [kubeletAnnotations.exitCode]: fails ? '1' : '0' };
  return { ...step, taskSpec: Object.assign({ metadata: { annotations } }, taskSpec) };
}

interface JobInput extends Step {
  readonly values?: Readonly<Record<string, string>>;
  readonly fails?: boolean;
}

export interface Turn {
  readonly tasks: readonly Step[];
  readonly finally?: readonly Step[];
  /** Fields of the PipelineRun's spec: timeouts, taskRunSpecs. */
  readonly run?: Step;
}

/** Starts a PipelineRun whose pipeline stands in it. */
export async function start(gate: Gate, name: string, turn: Turn): Promise<void> {
  const { tasks, finally: last = [], run = {} } = turn;
  await gate.create(pipelineRuns, inlineRun(name, { tasks, pipeline: { finally: last }, run }));
}

/** Starts a PipelineRun and waits until its gate `approve` asks. */
export async function startAsking(gate: Gate, name: string, turn: Turn): Promise<ApprovalTask> {
  await start(gate, name, turn);
  return gate.task(`${name}-approve`);
}

/** What a person at the Dashboard or the command line changes about a PipelineRun or a CustomRun that runs. */
export async function endPipelineRun(gate: Gate, name: string, status: string): Promise<void> {
  await gate.admin.patch(pipelineRuns, gate.key(name), { spec: { status } }, { type: 'merge' });
}

export async function changeRun(gate: Gate, name: string, spec: object): Promise<void> {
  await gate.admin.patch(customRuns, gate.key(name), { spec }, { type: 'merge' });
}

interface Conditioned {
  readonly status?: { readonly conditions?: readonly { status: string; reason?: string }[] };
}

/** Status and reason of the condition Succeeded, such as `False CustomRunCancelled`. */
export function endOf({ status }: Conditioned): string {
  const [condition] = status?.conditions ?? [];
  return `${condition?.status ?? ''} ${condition?.reason ?? ''}`;
}

/** The PipelineRun, once its condition has that status and reason. One that ends otherwise is not waited for. */
export async function pipelineRunAt(gate: Gate, name: string, end: string): Promise<PipelineRunObject> {
  const seen = await gate.pipelineRun(
    name,
    (run) => endOf(run) === end || /^(?:True|False)/.test(endOf(run)),
  );
  if (endOf(seen) === end) return seen;
  throw new Error(`${name} is ${endOf(seen)}, not ${end}: ${seen.status?.conditions?.[0]?.message ?? ''}`);
}

/** Names of the pipeline tasks for which Tekton made a TaskRun. */
export function ran({ status }: PipelineRunObject): string[] {
  const jobs = (status?.childReferences ?? []).filter(({ kind }) => kind === 'TaskRun');
  return jobs.map(({ pipelineTaskName }) => pipelineTaskName).toSorted();
}

/** Why Tekton skipped which task. */
export function skipped({ status }: PipelineRunObject): Record<string, string> {
  return Object.fromEntries((status?.skippedTasks ?? []).map(({ name, reason }) => [name, reason]));
}

/** The CustomRuns that Tekton counts as children, by name. */
export function gatesOf({ status }: PipelineRunObject): string[] {
  const gates = (status?.childReferences ?? []).filter(({ kind }) => kind === 'CustomRun');
  return gates.map(({ name }) => name).toSorted();
}

/** What the TaskRun of that name was handed. */
export async function handedTo(gate: Gate, name: string): Promise<Record<string, unknown>> {
  const found = (await gate.taskRuns()).find(({ metadata }) => metadata.name === name);
  return Object.fromEntries((found?.spec.params ?? []).map(({ name: param, value }) => [param, value]));
}

export function resultsOf({ status }: CustomRun): Record<string, unknown> {
  return Object.fromEntries((status?.results ?? []).map(({ name, value }) => [name, value]));
}

/** The latest link that was mailed to that address for that PipelineRun, once it was asked so many times. */
export async function latestLink(
  gate: Gate,
  to: { address: string; run: string; mails: number },
): Promise<string> {
  const mails = await until(`${String(to.mails)} mails to ${to.address} for ${to.run}`, async () => {
    const asking = mailsFor(gate, to.run).filter(asksForAnswer);
    const found = asking.filter((mail) => mail.to.includes(to.address));
    return found.length >= to.mails && found;
  });
  const last = mails.at(-1);
  if (last === undefined) throw new Error('no mail');
  return linkIn(last);
}

/** Mails about that PipelineRun. */
export function mailsFor(gate: Gate, run: string): ReturnType<Gate['mail']['messages']> {
  return gate.mail.messages().filter((mail) => isAbout(mail, run));
}

/** The uid of the CustomRun that has the name now. */
export async function uidOf(gate: Gate, name: string): Promise<string | undefined> {
  return (await gate.read<CustomRun & KubeObject>(customRuns, name))?.metadata.uid;
}
