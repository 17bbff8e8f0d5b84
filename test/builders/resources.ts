import type { ResourceType } from '../../src/kube/object.ts';

const tekton = { group: 'tekton.dev', namespaced: true };

/** Tekton's kinds that only tests touch. */
export const pipelines: ResourceType = { ...tekton, version: 'v1', plural: 'pipelines', kind: 'Pipeline' };
export const pipelinesV1beta1: ResourceType = { ...pipelines, version: 'v1beta1' };
export const taskRuns: ResourceType = { ...tekton, version: 'v1', plural: 'taskruns', kind: 'TaskRun' };

/** Kubernetes' own, with which tests give people rights in the whole cluster. */
export const clusterRoleBindings: ResourceType = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  plural: 'clusterrolebindings',
  kind: 'ClusterRoleBinding',
  namespaced: false,
};
