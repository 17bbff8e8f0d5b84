import type { KubeClient } from '../../src/kube/client.ts';
import type { ResourceType } from '../../src/kube/object.ts';

const apiGroup = 'rbac.authorization.k8s.io';
export const roleBindings: ResourceType = {
  group: apiGroup,
  version: 'v1',
  plural: 'rolebindings',
  kind: 'RoleBinding',
  namespaced: true,
};
export const roles: ResourceType = { ...roleBindings, plural: 'roles', kind: 'Role' };

/** The shipped ServiceAccount. */
export const operatorAccount = { namespace: 'tekton-approvals', name: 'tekton-approvals' };

/** Lets an operator keep Lease, keys and people directory in a namespace of its own, where the shipped Role does not reach. */
export async function letOperatorLive(admin: KubeClient, namespace: string): Promise<void> {
  const meta = { name: 'tekton-approvals', namespace };
  await admin.create(roles, {
    apiVersion: `${apiGroup}/v1`,
    kind: 'Role',
    metadata: meta,
    rules: [
      {
        apiGroups: ['coordination.k8s.io'],
        resources: ['leases'],
        verbs: ['get', 'create', 'patch'],
      },
      { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'create'] },
      {
        apiGroups: [''],
        resources: ['configmaps'],
        resourceNames: ['tekton-approvals-people'],
        verbs: ['get'],
      },
    ],
  });
  await admin.create(roleBindings, {
    apiVersion: `${apiGroup}/v1`,
    kind: 'RoleBinding',
    metadata: meta,
    roleRef: { apiGroup, kind: 'Role', name: meta.name },
    subjects: [{ kind: 'ServiceAccount', ...operatorAccount }],
  });
}
