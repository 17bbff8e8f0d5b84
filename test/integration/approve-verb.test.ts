import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { policyProofTask } from '../../src/api/names.ts';
import type { KubeObject, ResourceType } from '../../src/kube/object.ts';
import { roleBindings } from '../control-plane/operator-home.ts';
import { openGate, type Gate } from './gate.ts';
import { send } from './request.ts';
import { until } from './until.ts';

/** Who holds the verb that answering takes: nobody by a role that they have for something else. */

const { kubeconfig } = inject('controlPlane');
const apiGroup = 'rbac.authorization.k8s.io';
const clusterRoles: ResourceType = {
  ...roleBindings,
  plural: 'clusterroles',
  kind: 'ClusterRole',
  namespaced: false,
};
const ours = 'tekton.automatiko.io';

let gate: Gate;
beforeAll(async () => {
  gate = await openGate({ operator: 'elsewhere' });
});
afterAll(async () => gate.close());

interface Attributes {
  readonly group: string;
  readonly resource: string;
  readonly verb: string;
}

/** What the API server says that a user, a member of no group of ours, may do in the gate's namespace. */
async function may(name: string, attributes: Attributes): Promise<boolean> {
  const { body } = await send(kubeconfig, {
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { user: name, resourceAttributes: { namespace: gate.namespace, ...attributes } },
    },
  });
  return (body.status as { allowed?: boolean }).allowed === true;
}

const editing = { group: '', resource: 'configmaps', verb: 'create' };

interface Rule {
  readonly resources?: string[];
  readonly resourceNames?: string[];
  readonly verbs: string[];
}

interface ClusterRole extends KubeObject {
  aggregationRule?: { clusterRoleSelectors: { matchLabels?: Record<string, string> }[] };
  rules?: Rule[] | null;
}

/** Whether a role is aggregated into another one. */
function isPartOf({ metadata: { labels = {} } }: ClusterRole, { aggregationRule }: ClusterRole): boolean {
  const selectors = aggregationRule?.clusterRoleSelectors ?? [];
  return selectors.some(({ matchLabels = {} }) =>
    Object.entries(matchLabels).every(([label, value]) => labels[label] === value),
  );
}

/** All that is aggregated into a role, also by way of others. */
function partsOf(whole: ClusterRole, all: readonly ClusterRole[]): ClusterRole[] {
  return all
    .filter((role) => isPartOf(role, whole))
    .flatMap((role) => (role.aggregationRule === undefined ? [role] : partsOf(role, all)));
}

describe('the right to approve', () => {
  let all: ClusterRole[];
  const named = (name: string): ClusterRole => {
    const found = all.find(({ metadata }) => metadata.name === name);
    if (found === undefined) throw new Error(`no ClusterRole ${name}`);
    return found;
  };
  beforeAll(async () => {
    all = (await gate.admin.listAll<ClusterRole>(clusterRoles)).items;
  });

  // Bound are the parts: the controller that fills the whole with their rules does not run everywhere.
  it.each(['view', 'edit', 'admin'])('does not come with the built-in role %s', async (name) => {
    const parts = partsOf(named(name), all).map(({ metadata }) => metadata.name);
    const holder = `only-${name}`;
    for (const part of new Set(parts))
      await gate.create(roleBindings, {
        apiVersion: `${apiGroup}/v1`,
        kind: 'RoleBinding',
        metadata: { name: `${holder}-${part.replaceAll(':', '-')}` },
        roleRef: { apiGroup, kind: 'ClusterRole', name: part },
        subjects: [{ apiGroup, kind: 'User', name: holder }],
      });
    const sees = { group: ours, resource: 'approvaltasks', verb: 'get' };
    await until('the roles to be in force', async () => may(holder, name === 'view' ? sees : editing));
    expect(await may(holder, { group: ours, resource: 'approvaldecisions', verb: 'create' })).toBe(false);
    expect(await may(holder, { group: ours, resource: 'approvaltasks', verb: 'approve' })).toBe(false);
  });

  it('is aggregated into no role, shipped or built in', () => {
    const approver = named('tekton-approvals-approver');
    expect(all.filter((role) => isPartOf(approver, role)).map(({ metadata }) => metadata.name)).toEqual([]);
    expect(isPartOf(named('tekton-approvals-viewer'), named('view'))).toBe(true);
  });

  it('is held by the approver role, and by the operator on the name of the proof alone', () => {
    const holds = ({ resources = [], verbs }: Rule): boolean =>
      resources.includes('approvaltasks') && verbs.includes('approve');
    const held = ['tekton-approvals-approver', 'tekton-approvals-operator'].map((name) =>
      named(name)
        .rules?.filter(holds)
        .map(({ resourceNames }) => resourceNames),
    );
    expect(held).toEqual([[undefined], [[policyProofTask]]]);
    const shipped = all.filter(({ metadata }) => metadata.name.startsWith('tekton-'));
    expect(shipped.filter(({ rules }) => rules?.some(holds))).toHaveLength(2);
  });
});
