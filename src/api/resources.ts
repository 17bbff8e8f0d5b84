import { approvalDecisionKind, approvalTaskKind, group, version } from './names.ts';

/** How the API server names a kind: the shape that src/kube asks for, which knows nothing of ours. */
interface Resource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** Every kind of object that the operator, or a command of the tool, reads or writes. */
export const customRuns: Resource = {
  group: 'tekton.dev',
  version: 'v1beta1',
  plural: 'customruns',
  kind: 'CustomRun',
  namespaced: true,
};
export const pipelineRuns: Resource = {
  group: 'tekton.dev',
  version: 'v1',
  plural: 'pipelineruns',
  kind: 'PipelineRun',
  namespaced: true,
};
export const approvalTasks: Resource = {
  group,
  version,
  plural: 'approvaltasks',
  kind: approvalTaskKind,
  namespaced: true,
};
export const approvalDecisions: Resource = {
  group,
  version,
  plural: 'approvaldecisions',
  kind: approvalDecisionKind,
  namespaced: true,
};
export const namespaces: Resource = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
};
export const configMaps: Resource = {
  group: '',
  version: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
};
export const secrets: Resource = {
  group: '',
  version: 'v1',
  plural: 'secrets',
  kind: 'Secret',
  namespaced: true,
};
export const admissionPolicies: Resource = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  plural: 'validatingadmissionpolicies',
  kind: 'ValidatingAdmissionPolicy',
  namespaced: false,
};
export const admissionPolicyBindings: Resource = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  plural: 'validatingadmissionpolicybindings',
  kind: 'ValidatingAdmissionPolicyBinding',
  namespaced: false,
};
