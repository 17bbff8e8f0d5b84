/** Builders for the tests of this folder. A test says only what it is about. */
import type { ApprovalDecision } from '../api/approvaldecision.ts';
import { approvalTaskSpec, type ApprovalTask, type ApprovalTaskStatus } from '../api/approvaltask.ts';
import { apiVersion, approvalTaskKind, pipelineRunPending } from '../api/names.ts';
import type { CustomRun, PipelineRun } from '../api/tekton.ts';
import { timestamp } from '../api/time.ts';
import { start } from '../domain/fixture.ts';
import { someRing } from '../identity/fixture.ts';
import type { KeyRing } from '../identity/keyring.ts';
import type { Key, KubeObject } from '../kube/object.ts';

export const namespace = 'shop';
export const name = 'release-7-approve';
export const key: Key = `${namespace}/${name}`;
export const ring: KeyRing = someRing('k1');

const metadata = (uid: string, more: object = {}): KubeObject['metadata'] => ({
  name,
  namespace,
  uid,
  resourceVersion: '1',
  generation: 1,
  creationTimestamp: timestamp(start),
  ...more,
});

/** A run of the live PipelineRun release-7 that asks alice. */
export function someRun(spec: object = {}, more: { meta?: object; status?: object } = {}): CustomRun {
  const owner = { apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', name: 'release-7', uid: 'pr-uid' };
  const run = {
    apiVersion: 'tekton.dev/v1beta1',
    kind: 'CustomRun',
    metadata: metadata('run-uid', { ownerReferences: [{ ...owner, controller: true }], ...more.meta }),
    spec: {
      customRef: { apiVersion, kind: approvalTaskKind },
      params: [
        { name: 'approvers', value: ['alice'] },
        { name: 'description', value: 'Deploy?' },
      ],
      ...spec,
    },
  };
  return more.status === undefined ? run : { ...run, status: more.status };
}

export function somePipelineRun(more: { meta?: object; status?: object } = {}): PipelineRun & KubeObject {
  return {
    metadata: { ...metadata('pr-uid', more.meta), name: 'release-7' },
    status: { pipelineSpec: { tasks: [] }, ...more.status },
  };
}

/** Another one, pending, for one of whose steps the run could be taken by its name. */
export function someAdopter(): PipelineRun & KubeObject {
  const parent = name.slice(0, name.indexOf('-'));
  return { metadata: { ...metadata('other-uid'), name: parent }, spec: { status: pipelineRunPending } };
}

/** A task for that run, without a mark. */
export function someTask(
  spec: Partial<ApprovalTask['spec']> = {},
  more: { meta?: object; status?: ApprovalTaskStatus } = {},
): ApprovalTask {
  const task = {
    metadata: metadata('task-uid', more.meta),
    spec: approvalTaskSpec.parse({
      customRunRef: { name, uid: 'run-uid' },
      approvers: ['alice'],
      ...spec,
    }),
  };
  return more.status === undefined ? task : { ...task, status: more.status };
}

/** An approval by a Kubernetes user. */
export function someAnswer(
  spec: Partial<ApprovalDecision['spec']> = {},
  meta: Partial<KubeObject['metadata']> = {},
): ApprovalDecision {
  return {
    metadata: { ...metadata('answer-uid'), name: 'answer', resourceVersion: '7', ...meta },
    spec: {
      taskRef: { name, uid: 'task-uid' },
      decision: 'approve',
      comment: '',
      via: 'kubernetes',
      actor: { kind: 'kubernetes', issuer: '', username: 'alice', groups: [] },
      ...spec,
    },
  };
}

export const shop = { metadata: { ...metadata('ns-uid'), name: namespace, namespace: '' } };
