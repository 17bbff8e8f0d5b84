import { apiVersion, approvalDecisionKind, approvalTaskKind, group, version } from '../api/names.ts';
import type { ResourceType } from '../kube/object.ts';

/** Every kind of object that the operator reads or writes. */
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
export const namespaces: ResourceType = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
};
export const configMaps: ResourceType = {
  group: '',
  version: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
};
export const secrets: ResourceType = {
  group: '',
  version: 'v1',
  plural: 'secrets',
  kind: 'Secret',
  namespaced: true,
};
export const admissionPolicies: ResourceType = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  plural: 'validatingadmissionpolicies',
  kind: 'ValidatingAdmissionPolicy',
  namespaced: false,
};
export const admissionPolicyBindings: ResourceType = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  plural: 'validatingadmissionpolicybindings',
  kind: 'ValidatingAdmissionPolicyBinding',
  namespaced: false,
};

/** The apiVersion that objects of our own kinds carry. */
export { apiVersion };
