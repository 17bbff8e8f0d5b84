import { randomBytes } from 'node:crypto';
import type { ApprovalDecision, ApprovalDecisionSpec } from '../../src/api/approvaldecision.ts';
import { apiVersion, approvalDecisionKind, approvalTaskKind } from '../../src/api/names.ts';
import { approvalDecisions, customRuns } from '../../src/api/resources.ts';
import type { KeyRing } from '../../src/identity/keyring.ts';
import { sealDecision } from '../../src/identity/seal.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import type { Watcher } from './watcher.ts';

/** A namespace in which approvals are made, seen from outside. */
export interface Place {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly watcher: Watcher;
  readonly keys: KeyRing;
  /** Of the operator's own account: only it may record what came through the form. */
  readonly form: KubeClient;
}

/** How one approval is asked for and answered. */
export interface Manner {
  readonly approver: string;
  readonly isMailed: boolean;
  readonly answer: (place: Place, name: string, approver: string) => Promise<unknown>;
}

/** Milliseconds from before the first request was sent until a client saw the end of it. */
export interface Timing {
  readonly toDecidable: number;
  readonly toDone: number;
}

export const freshName = (): string => `run-${randomBytes(6).toString('hex')}`;

/** Makes a run without a pipeline, as the namespace has opted in to. */
export async function createRun(
  { client, namespace }: Pick<Place, 'client' | 'namespace'>,
  name: string,
  approver: string,
): Promise<void> {
  await client.create(customRuns, {
    apiVersion: 'tekton.dev/v1beta1',
    kind: 'CustomRun',
    metadata: { name, namespace },
    spec: {
      customRef: { apiVersion, kind: approvalTaskKind, name: 'approve' },
      params: [
        { name: 'pipeline', value: 'release' },
        {
          name: 'description',
          value: 'Deploy release 7 to production? Release notes: https://example.com/7',
        },
        { name: 'approvers', value: [approver] },
      ],
    },
  });
}

/** Answers as the form does: by a decision that the operator's own key sealed. */
export async function answerByLink(place: Place, name: string, approver: string): Promise<ApprovalDecision> {
  const { form, namespace, keys, watcher } = place;
  const metadata = { namespace, name: `form-${randomBytes(20).toString('hex')}` };
  const spec: ApprovalDecisionSpec = {
    taskRef: { name, uid: watcher.task(name)?.metadata.uid ?? '' },
    attempt: 1,
    decision: 'approve',
    comment: 'Release notes read, tests are green.',
    via: 'link',
    actor: { kind: 'link', issuer: '', username: approver, groups: [] },
    approver,
    assurance: 'link',
  };
  const provenance = { linkGeneration: watcher.task(name)?.status?.linkGeneration ?? 0, browser: 'bench' };
  const seal = sealDecision(keys, { ...metadata, spec }, provenance);
  return createDecision(form, { metadata, spec: { ...spec, seal } });
}

/** Answers as that person does with kubectl. */
export function answerAs(person: KubeClient, username: string): Manner['answer'] {
  return async ({ namespace, watcher }, name) =>
    createDecision(person, {
      metadata: { namespace, name: `answer-${randomBytes(8).toString('hex')}` },
      spec: {
        taskRef: { name, uid: watcher.task(name)?.metadata.uid ?? '' },
        decision: 'approve',
        comment: 'Release notes read, tests are green.',
        via: 'kubernetes',
        actor: { kind: 'kubernetes', issuer: '', username, groups: [] },
      },
    });
}

async function createDecision(
  client: KubeClient,
  { metadata, spec }: { metadata: { namespace: string; name: string }; spec: ApprovalDecisionSpec },
): Promise<ApprovalDecision> {
  const object = { apiVersion, kind: approvalDecisionKind, metadata, spec };
  return (await client.create<ApprovalDecision & KubeObject>(approvalDecisions, object)).object;
}

/** One approval from its run to its end. */
export async function approve(place: Place, { approver, isMailed, answer }: Manner): Promise<Timing> {
  const name = freshName();
  const asked = performance.now();
  await createRun(place, name, approver);
  const decidable = await place.watcher.decidable(name);
  if (isMailed) await place.watcher.mailed(name);
  const answered = performance.now();
  await answer(place, name, approver);
  const done = await place.watcher.done(name);
  return { toDecidable: decidable - asked, toDone: done - answered };
}

/** So many runs by so many clients at once. Resolves to their names once each was created. */
export async function createMany(
  place: Pick<Place, 'client' | 'namespace'>,
  { runs, clients, approver }: { runs: number; clients: number; approver: string },
): Promise<string[]> {
  const names = Array.from({ length: runs }, freshName);
  const left = [...names];
  const work = async (): Promise<void> => {
    for (let name = left.pop(); name !== undefined; name = left.pop()) await createRun(place, name, approver);
  };
  await Promise.all(Array.from({ length: clients }, work));
  return names;
}
