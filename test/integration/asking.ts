import type { ApprovalDecision } from '../../src/api/approvaldecision.ts';
import type { ApprovalTask } from '../../src/api/approvaltask.ts';
import { apiVersion, approvalDecisionKind } from '../../src/api/names.ts';
import { approvalDecisions, pipelineRuns } from '../../src/api/resources.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { pipeline, pipelineRun, type PipelineInput } from '../builders/pipeline.ts';
import { pipelines } from '../builders/resources.ts';
import type { Gate } from './gate.ts';

/** What a pipeline with one approval step is made of, beside its name. `run` are fields of the PipelineRun's spec. */
export interface Question extends Omit<PipelineInput, 'name'> {
  readonly run?: Record<string, unknown>;
}

/** Starts a pipeline with one approval step and waits until it asks. Returns its ApprovalTask. */
export async function ask(gate: Gate, name: string, { run, ...input }: Question): Promise<ApprovalTask> {
  await gate.create(pipelines, pipeline({ name, ...input }));
  await gate.create(pipelineRuns, pipelineRun(name, name, run));
  return gate.task(`${name}-approve`);
}

/** The params of a step that asks these people. */
export const people = (...approvers: string[]): { name: string; value: unknown }[] => [
  { name: 'approvers', value: approvers },
];

/** The params of a step that asks anyone in these groups. */
export const groups = (...names: string[]): { name: string; value: unknown }[] => [
  { name: 'groups', value: names },
];

/** Writes a decision as that client, with whatever it claims. */
export async function write(
  client: KubeClient,
  key: { namespace: string; name: string },
  spec: object,
): Promise<ApprovalDecision> {
  const object = { apiVersion, kind: approvalDecisionKind, metadata: key, spec };
  return (await client.create<ApprovalDecision & KubeObject>(approvalDecisions, object)).object;
}

/** How the tool names a request in its sentences. */
export const titleOf = ({ metadata }: ApprovalTask): string => `${metadata.namespace}/${metadata.name}`;

export const taskRef = ({ metadata }: ApprovalTask): { name: string; uid: string } => ({
  name: metadata.name,
  uid: metadata.uid,
});

/** An approval as the form would write it, with a seal that nobody's key made. */
export const forgedByLink = (task: ApprovalTask, entry: string): object => ({
  taskRef: taskRef(task),
  decision: 'approve',
  via: 'link',
  actor: { kind: 'link', username: entry },
  approver: entry,
  attempt: 1,
  assurance: 'link',
  seal: { linkGeneration: 0, browser: 'b', mac: 'k1.AAAA' },
});
