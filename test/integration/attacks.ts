import { annotations, labels } from '../../src/api/names.ts';
import { waitFor } from '../control-plane/waiting.ts';
import { ownedBy, type AttacksOn } from './attack.ts';
import { attacksOnPipelineRuns, attacksOnRuns } from './attacks-on-runs.ts';
import {
  at,
  controlledBy,
  foreignRef,
  ourRef,
  patch,
  pendingRun,
  post,
  remove,
  type Scene,
} from './guarded-scene.ts';

const { requestedBy } = annotations;
const task = `${at.tasks}/release-approve`;
const answer = `${at.decisions}/answer`;
const release = `${at.pipelineRuns}/release`;

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
const stampedBy = (name: string): object => ({ annotations: { [requestedBy]: name } });
const pipeline = (version: string, metadata: object): object => ({
  apiVersion: `tekton.dev/${version}`,
  kind: 'Pipeline',
  metadata: { name: 'made', ...metadata },
  spec: { tasks: [{ name: 'wait', taskRef: foreignRef }] },
});
const opened = { labels: { [labels.standalone]: 'true' } };
const runOf = (version: string, metadata: object): object => ({
  ...pendingRun(metadata),
  apiVersion: `tekton.dev/${version}`,
});

/** What somebody tries who wants an approval that nobody gave. */
export const attacks: AttacksOn = {
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
  ...attacksOnRuns,
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
    ...['system:node:n1', 'system:anonymous'].map((user) => ({
      title: `${user} stamps itself`,
      sent: () => post(at.pipelineRuns, runOf('v1', stampedBy(user))),
      by: () => ({ as: { user, groups: ['system:masters'] } }),
    })),
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
    {
      title:
        'a child, whose stamp may be of a Pipeline that was fetched, is made a root by deleting its parent with Orphan',
      sent: () => patch(`${at.pipelineRuns}/stamped-child`, { metadata: { ownerReferences: [] } }),
      by: ({ collector }) => collector,
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
      sent: () => patch(at.namespace, { metadata: opened }),
    },
    {
      title: 'the namespace is opened by way of its status',
      sent: () => patch(`${at.namespace}/status`, { metadata: opened }),
    },
    {
      title: 'the namespace is opened by way of its finalizers',
      sent: ({ namespace }) => ({
        method: 'PUT',
        path: `${at.namespace}/finalize`,
        body: {
          apiVersion: 'v1',
          kind: 'Namespace',
          metadata: { name: namespace, ...opened },
          spec: { finalizers: ['kubernetes'] },
        },
      }),
    },
  ],
  'P6-webhook': [
    {
      title: 'Tekton’s checks are taken from the namespace',
      sent: () => patch(at.namespace, { metadata: { labels: { [labels.unchecked]: 'true' } } }),
    },
  ],
  ...attacksOnPipelineRuns,
};

/** Waits until the guards are in force: policies reach the API server a moment after they were written. */
export async function guardsInForce(scene: Scene): Promise<void> {
  const [{ sent }] = attacks['P5-kept'];
  await waitFor(async () => (await scene.send('dave', sent(scene))).status === 403, {
    what: 'the guards to be in force',
  });
}
