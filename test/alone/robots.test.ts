import path from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { ApprovalTask } from '../../src/api/approvaltask.ts';
import { identityPolicy, policyName } from '../../src/api/policy/identity.ts';
import { shippedValues } from '../../src/api/policy/values.ts';
import { admissionPolicies, secrets } from '../../src/api/resources.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { KubeError } from '../../src/kube/error.ts';
import type { ResourceType } from '../../src/kube/object.ts';
import { roleBindings } from '../control-plane/operator-home.ts';
import { kubeconfigForServiceAccount } from '../control-plane/service-account.ts';
import { ask, people, taskRef, write } from '../integration/asking.ts';
import { openGate, type Gate } from '../integration/gate.ts';
import { until, untilNextSecond } from '../integration/until.ts';
import { scratchFolder } from '../scratch.ts';

/** A service account that the identity policy takes for a person: what the operator thinks of that is a setting of its own. */

const serviceAccounts: ResourceType = { ...secrets, plural: 'serviceaccounts', kind: 'ServiceAccount' };

let gate: Gate;
let robot: string;
let client: KubeClient;
beforeAll(async () => {
  gate = await openGate();
  robot = `system:serviceaccount:${gate.namespace}:robot`;
  await gate.create(serviceAccounts, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'robot' },
  });
  await gate.create(roleBindings, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'robot' },
    roleRef: {
      apiGroup: 'rbac.authorization.k8s.io',
      kind: 'ClusterRole',
      name: 'tekton-approvals-approver',
    },
    subjects: [{ kind: 'ServiceAccount', name: 'robot', namespace: gate.namespace }],
  });
  const file = path.join(scratchFolder('robot-'), 'kubeconfig');
  const account = { namespace: gate.namespace, name: 'robot' };
  client = KubeClient.load(
    await kubeconfigForServiceAccount(inject('controlPlane').kubeconfig, account, file),
  );
  await letThrough([robot]);
  await untilNextSecond();
});
afterAll(async () => {
  await letThrough([]);
  await client.close();
  await gate.close();
});

async function letThrough(robots: string[]): Promise<void> {
  const [policy] = identityPolicy({ ...shippedValues, robots }) as { spec: object }[];
  await gate.admin.patch(admissionPolicies, policyName, { spec: policy?.spec }, { type: 'merge' });
}

/** Answers as the robot; the API server needs a moment to follow the policy. */
async function answer(task: ApprovalTask): Promise<unknown> {
  const { name } = task.metadata;
  const actor = { kind: 'kubernetes', username: robot };
  const spec = { taskRef: taskRef(task), decision: 'approve', via: 'kubernetes', actor };
  await until('the API server to let it through', async () =>
    write(client, { namespace: gate.namespace, name }, spec).catch((error: unknown) => {
      if (error instanceof KubeError && error.message.includes('[P1-person]')) return false;
      throw error;
    }),
  );
  return (await gate.verdict(name)).status;
}

it('an answer of a service account that the policy lets through counts only where a setting names it, and never in FOUR_EYES', async () => {
  const stranger = await ask(gate, 'stranger', { params: people(robot) });
  expect(await answer(stranger)).toMatchObject({ verdict: 'refused', code: 'notAPerson' });
  expect((await gate.task(stranger.metadata.name)).status).toMatchObject({
    status: 'pending',
    responses: [],
  });
  await gate.stopOperator();
  gate.settings['ROBOTS'] = robot;
  await gate.startOperator();
  const strategy = { name: 'strategy', value: 'FOUR_EYES' };
  const eyes = await ask(gate, 'eyes', { params: [...people(robot, 'alice'), strategy] });
  expect(await answer(eyes)).toMatchObject({ verdict: 'refused', code: 'notAPerson' });
  const known = await ask(gate, 'known', { params: people(robot) });
  expect(await answer(known)).toMatchObject({ verdict: 'counted' });
});
