import { group } from '../api/names.ts';
import type { KubeClient } from '../kube/client.ts';
import type { StoredTask } from './request.ts';
import { approvalDecisions, approvalTasks } from '../api/resources.ts';

/** What RBAC lets us do about a request. */
export interface Rights {
  /** The verb `approve` on the ApprovalTask: it stands for either answer. */
  readonly approve: boolean;
  /** To create ApprovalDecisions in its namespace. */
  readonly create: boolean;
}

/** Asks the API server (SelfSubjectAccessReview). */
export async function rightsOn(client: KubeClient, { metadata }: StoredTask): Promise<Rights> {
  const { namespace = '', name } = metadata;
  const [approve, create] = await Promise.all([
    isAllowed(client, { verb: 'approve', group, resource: approvalTasks.plural, namespace, name }),
    isAllowed(client, { verb: 'create', group, resource: approvalDecisions.plural, namespace }),
  ]);
  return { approve, create };
}

async function isAllowed(client: KubeClient, resourceAttributes: object): Promise<boolean> {
  const apiVersion = 'authorization.k8s.io/v1';
  const review = { apiVersion, kind: 'SelfSubjectAccessReview', spec: { resourceAttributes } };
  const { object } = await client.post(`/apis/${apiVersion}/selfsubjectaccessreviews`, review);
  return (object as { status?: { allowed?: boolean } }).status?.allowed === true;
}
