import { labels } from '../../src/api/names.ts';
import { drop, embedded, ownedBy, run, type AttacksOn } from './attack.ts';
import { at, customRun, foreignRef, ourRef, patch, post } from './guarded-scene.ts';

const noted = { lastTransitionTime: '2026-01-01T00:00:00Z' };
const succeeded = { type: 'Succeeded', status: 'True', reason: 'Approved', message: 'x', ...noted };
const approved = { conditions: [succeeded], results: [{ name: 'decision', value: 'true' }] };

/** What somebody tries with the run of a step. */
export const attacksOnRuns: AttacksOn<'P4'> = {
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
    {
      title: 'another approver is asked, in a request that is embedded',
      sent: () => patch(embedded, { spec: { customSpec: { spec: { approvers: ['dave'] } } } }),
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
    {
      title: 'the run of an embedded request is taken from its PipelineRun',
      sent: () => patch(embedded, { metadata: { ownerReferences: [] } }),
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
    {
      title: 'the run of an embedded request is labelled as another step’s',
      sent: () => patch(embedded, { metadata: { labels: { [labels.pipelineTask]: 'harmless' } } }),
    },
  ],
  'P4-status': [
    { title: 'the run is completed', sent: () => patch(`${run}/status`, { status: approved }) },
    {
      title: 'the run is told that another request is its own',
      sent: () => patch(`${run}/status`, { status: { extraFields: { approvalTaskUid: 'x' } } }),
    },
    {
      title: 'the run of an embedded request is completed',
      sent: () => patch(`${embedded}/status`, { status: approved }),
    },
  ],
};

const pending = `${at.pipelineRuns}/unstamped`;
const harmless = { tasks: [{ name: 'wait', taskRef: foreignRef }] };
const stranger = { kind: 'CustomRun', name: 'foreign', pipelineTaskName: 'approve' };
const otherRun = { kind: 'PipelineRun', name: 'release', pipelineTaskName: 'deploy' };

/** What somebody tries with the PipelineRun, to give a step another run or to have none. */
export const attacksOnPipelineRuns: AttacksOn<'P7'> = {
  'P7-status': [
    {
      title: 'a step is given the run of somebody else',
      sent: () => patch(`${at.pipelineRuns}/gated/status`, { status: { childReferences: [stranger] } }),
    },
    {
      title: 'the step that asks is taken out of the pipeline',
      sent: () => patch(`${at.pipelineRuns}/gated/status`, { status: { pipelineSpec: null } }),
    },
    {
      title: 'a step with an embedded request is given the run of somebody else',
      sent: () => patch(`${at.pipelineRuns}/embedding/status`, { status: { childReferences: [stranger] } }),
    },
    {
      title: 'a step that is a pipeline is given the PipelineRun of somebody else',
      sent: () => patch(`${at.pipelineRuns}/nesting/status`, { status: { childReferences: [otherRun] } }),
    },
    {
      title: 'a step whose pipeline is embedded is given the PipelineRun of somebody else',
      sent: () => patch(`${at.pipelineRuns}/containing/status`, { status: { childReferences: [otherRun] } }),
    },
    {
      title: 'a PipelineRun that is still pending is given a pipeline that does not ask',
      sent: () => patch(`${pending}/status`, { status: { pipelineSpec: harmless } }),
    },
    {
      title: 'a step of a PipelineRun that is still pending is given the run of somebody else',
      sent: () => patch(`${pending}/status`, { status: { childReferences: [stranger] } }),
    },
  ],
};
