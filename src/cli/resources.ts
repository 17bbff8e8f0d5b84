import { approvalDecisionKind, approvalTaskKind, group, version } from '../api/names.ts';
import type { ResourceType } from '../kube/object.ts';

/** The kinds of object that the commands read or write. */
export const approvalTasks: ResourceType = {
  group,
  version,
  plural: 'approvaltasks',
  kind: approvalTaskKind,
  namespaced: true,
};
export const approvalDecisions: ResourceType = {
  group,
  version,
  plural: 'approvaldecisions',
  kind: approvalDecisionKind,
  namespaced: true,
};
export const customRuns: ResourceType = {
  group: 'tekton.dev',
  version: 'v1beta1',
  plural: 'customruns',
  kind: 'CustomRun',
  namespaced: true,
};
export const pipelineRuns: ResourceType = {
  group: 'tekton.dev',
  version: 'v1',
  plural: 'pipelineruns',
  kind: 'PipelineRun',
  namespaced: true,
};
