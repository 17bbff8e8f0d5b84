import { annotations, labels } from '../../src/api/names.ts';
import type { RuleCode } from '../../src/api/policy/guards.ts';
import {
  at,
  controlledBy,
  customRun,
  foreignRef,
  ourRef,
  patch,
  pendingRun,
  post,
  remove,
  type Scene,
  type Sender,
  type Sent,
} from './guarded-scene.ts';
import { jsonPatch } from './request.ts';

/** A request that one rule of the guards refuses, and no other. */
export interface Attack {
  readonly title: string;
  readonly sent: (scene: Scene) => Sent;
  /** dave where it is not said: he holds every right in the namespace. */
  readonly by?: (scene: Scene) => Sender;
  /** Tried where runs and requests may be made by hand. */
  readonly standalone?: true;
}

const { requestedBy } = annotations;
const run = `${at.customRuns}/release-approve`;
const task = `${at.tasks}/release-approve`;
const answer = `${at.decisions}/answer`;
const release = `${at.pipelineRuns}/release`;

const drop = (path: string, field: string): Sent => ({
  method: 'PATCH',
  path,
  body: [{ op: 'remove', path: field }],
  contentType: jsonPatch,
});

const noted = { lastTransitionTime: '2026-01-01T00:00:00Z' };
const succeeded = { type: 'Succeeded', status: 'True', reason: 'Approved', message: 'x', ...noted };
const approved = { conditions: [succeeded], results: [{ name: 'decision', value: 'true' }] };

const request = (metadata: object, spec: object): object => ({
  ...ourRef,
  metadata: { name: 'made', ...metadata },
  spec: { approvers: ['dave'], ...spec },
});
const ofRun = (scene: Scene): object => ({
  customRunRef: { name: 'made', uid: scene.uid('customruns/release-approve') },
});
const ownedByRun = (scene: Scene): object =>
  controlledBy('tekton.dev/v1beta1', 'CustomRun', {
    name: 'release-approve',
    uid: scene.uid('customruns/release-approve'),
  });
const ownedBy = (scene: Scene, name: string): object =>
  controlledBy('tekton.dev/v1', 'PipelineRun', { name, uid: scene.uid(`pipelineruns/${name}`) });
const stampedBy = (name: string): object => ({ annotations: { [requestedBy]: name } });
const pipeline = (version: string, metadata: object): object => ({
  apiVersion: `tekton.dev/${version}`,
  kind: 'Pipeline',
  metadata: { name: 'made', ...metadata },
  spec: { tasks: [{ name: 'wait', taskRef: foreignRef }] },
});
const runOf = (version: string, metadata: object): object => ({
  ...pendingRun(metadata),
  apiVersion: `tekton.dev/${version}`,
});

/** What somebody tries who wants an approval that nobody gave. A rule without an attack does not compile. */
export const attacks: Readonly<Record<RuleCode, readonly [Attack, ...Attack[]]>> = {
  'P2-status': [
    {
      title: 'an answer is said to count',
      sent: () => patch(`${answer}/status`, { status: { verdict: 'counted' } }),
    },
  ],
  'P2-change': [
    { title: 'an answer is given a label', sent: () => patch(answer, { metadata: { labels: { a: 'b' } } }) },
    {
      title: 'an answer is held by a finalizer',
      sent: () => patch(answer, { metadata: { finalizers: ['example.com/held'] } }),
    },
    {
      title: 'an answer is given to an owner, to go with it',
      sent: (scene) => patch(answer, { metadata: ownedBy(scene, 'unstamped') }),
    },
  ],
  'P2-delete': [
    { title: 'an answer is deleted', sent: () => remove(answer) },
    { title: 'all answers are deleted', sent: () => remove(at.decisions) },
  ],
  'P3-create': [
    {
      title: 'a request is made in the place of one to come',
      sent: (scene) => post(at.tasks, request({}, ofRun(scene))),
    },
    { title: 'a request is made for nobody’s run', sent: () => post(at.tasks, request({}, {})) },
    {
      title: 'a request is made for a run, where requests may be made by hand',
      sent: (scene) => post(at.tasks, request({}, ofRun(scene))),
      standalone: true,
    },
    {
      title: 'a request is made with an owner, where requests may be made by hand',
      sent: (scene) => post(at.tasks, request(ownedByRun(scene), {})),
      standalone: true,
    },
  ],
  'P3-change': [
    {
      title: 'a request is labelled approved',
      sent: () => patch(task, { metadata: { labels: { decision: 'approved' } } }),
    },
    {
      title: 'a request is annotated',
      sent: () => patch(task, { metadata: { annotations: { [annotations.notes]: 'approved' } } }),
    },
    {
      title: 'a request is taken from its run',
      sent: () => patch(task, { metadata: { ownerReferences: [] } }),
    },
    {
      title: 'a request is held by a finalizer',
      sent: () => patch(task, { metadata: { finalizers: ['example.com/held'] } }),
    },
  ],
  'P3-status': [
    {
      title: 'a request is said to be approved',
      sent: () => patch(`${task}/status`, { status: { status: 'completed', outcome: 'approved' } }),
    },
    {
      title: 'older links are revived',
      sent: () => patch(`${task}/status`, { status: { linkGeneration: 0 } }),
    },
  ],
  'P3-delete': [
    { title: 'a request is deleted', sent: () => remove(task) },
    { title: 'all requests are deleted', sent: () => remove(at.tasks) },
  ],
  'P4-create': [
    {
      title: 'a run of our kind is made in the place of a step',
      sent: () => post(at.customRuns, customRun({ name: 'unstamped-approve' })),
    },
    {
      title: 'a run of another kind is made in the place of a step, to be completed by its own controller',
      sent: () => post(at.customRuns, customRun({ name: 'unstamped-approve' }, { customRef: foreignRef })),
    },
    {
      title: 'a run is made that looks like Tekton’s',
      sent: (scene) =>
        post(
          at.customRuns,
          customRun({ labels: { [labels.pipelineRun]: 'release' }, ...ownedBy(scene, 'release') }),
        ),
    },
  ],
  'P4-spec': [
    {
      title: 'another approver is asked',
      sent: () => patch(run, { spec: { params: [{ name: 'approvers', value: ['dave'] }] } }),
    },
    {
      title: 'the run is given to another kind, to be completed by its controller',
      sent: () => patch(run, { spec: { customRef: foreignRef } }),
    },
    {
      title: 'the run of another kind is made ours',
      sent: () => patch(`${at.customRuns}/foreign`, { spec: { customRef: ourRef } }),
    },
    {
      title: 'the run is given more time',
      sent: () => patch(run, { spec: { timeout: '100h0m0s' } }),
    },
    { title: 'the run’s time is taken away', sent: () => drop(run, '/spec/timeout') },
    {
      title: 'the run is given more attempts',
      sent: () => patch(run, { spec: { retries: 5 } }),
    },
  ],
  'P4-owner': [
    {
      title: 'the run is given to another PipelineRun',
      sent: (scene) => patch(run, { metadata: ownedBy(scene, 'unstamped') }),
    },
    {
      title: 'the run is taken from its PipelineRun',
      sent: () => patch(run, { metadata: { ownerReferences: [] } }),
    },
  ],
  'P4-labels': [
    {
      title: 'the run is labelled as another step’s',
      sent: () => patch(run, { metadata: { labels: { [labels.pipelineTask]: 'harmless' } } }),
    },
    {
      title: 'a label of Tekton’s is added',
      sent: () => patch(run, { metadata: { labels: { [labels.pipeline]: 'other' } } }),
    },
    {
      title: 'a label of Tekton’s is removed',
      sent: () => patch(run, { metadata: { labels: { [labels.pipelineRun]: null } } }),
    },
  ],
  'P4-status': [
    { title: 'the run is completed', sent: () => patch(`${run}/status`, { status: approved }) },
    {
      title: 'the run is told that another request is its own',
      sent: () => patch(`${run}/status`, { status: { extraFields: { approvalTaskUid: 'x' } } }),
    },
  ],
  'P5-name': [
    {
      title: 'a PipelineRun is stamped with the name of somebody else',
      sent: () => post(at.pipelineRuns, runOf('v1', stampedBy('alice'))),
    },
    {
      title: 'a PipelineRun of v1beta1 is stamped with the name of somebody else',
      sent: () => post(at.pipelineRunsV1beta1, runOf('v1beta1', stampedBy('alice'))),
    },
    {
      title: 'a PipelineRun is stamped with nothing',
      sent: () => post(at.pipelineRuns, runOf('v1', stampedBy(''))),
    },
  ],
  'P5-person': [
    {
      title: 'a trigger stamps itself',
      sent: ({ namespace }) =>
        post(at.pipelineRuns, runOf('v1', stampedBy(`system:serviceaccount:${namespace}:trigger`))),
      by: ({ trigger }) => trigger,
    },
  ],
  'P5-parent': [
    {
      title: 'a PipelineRun is made below the one of somebody else',
      sent: (scene) => post(at.pipelineRuns, runOf('v1', ownedBy(scene, 'release'))),
    },
    {
      title: 'a PipelineRun is put below the one of somebody else later',
      sent: (scene) => patch(`${at.pipelineRuns}/unstamped`, { metadata: ownedBy(scene, 'release') }),
    },
  ],
  'P5-kept': [
    {
      title: 'a stamp is changed',
      sent: () => patch(release, { metadata: stampedBy('erin') }),
    },
    {
      title: 'a stamp is removed',
      sent: () => patch(release, { metadata: { annotations: { [requestedBy]: null } } }),
    },
    {
      title: 'a stamp is added later',
      sent: () => patch(`${at.pipelineRuns}/unstamped`, { metadata: stampedBy('dave') }),
    },
  ],
  'P5-pipeline': [
    {
      title: 'a Pipeline carries a stamp',
      sent: () => post(at.pipelines, pipeline('v1', stampedBy('dave'))),
    },
    {
      title: 'a Pipeline of v1beta1 carries a stamp',
      sent: () => post(at.pipelinesV1beta1, pipeline('v1beta1', stampedBy('dave'))),
    },
    {
      title: 'a Pipeline is given a stamp',
      sent: () => patch(`${at.pipelines}/deploy`, { metadata: stampedBy('dave') }),
    },
  ],
  'P6-label': [
    {
      title: 'the namespace is opened to runs made by hand',
      sent: () => patch(at.namespace, { metadata: { labels: { [labels.standalone]: 'true' } } }),
    },
  ],
  'P7-status': [
    {
      title: 'a step is given the run of somebody else',
      sent: () =>
        patch(`${at.pipelineRuns}/gated/status`, {
          status: { childReferences: [{ kind: 'CustomRun', name: 'foreign', pipelineTaskName: 'approve' }] },
        }),
    },
    {
      title: 'the step that asks is taken out of the pipeline',
      sent: () => patch(`${at.pipelineRuns}/gated/status`, { status: { pipelineSpec: null } }),
    },
  ],
};
