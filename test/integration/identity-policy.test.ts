import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { policyBindingName, policyName, ruleCodes } from '../../src/api/policy/identity.ts';
import { operatorAccount } from '../../src/api/policy/values.ts';
import { policyProofTask } from '../../src/api/names.ts';
import { waitFor } from '../control-plane/waiting.ts';
import { send, type RawAnswer, type RawRequest } from './request.ts';

const { kubeconfig, users } = inject('controlPlane');
const namespace = `identity-${randomBytes(4).toString('hex')}`;
const decisions = `/apis/tekton.automatiko.io/v1beta1/namespaces/${namespace}/approvaldecisions`;
const task = 'deploy-approve';

/** Who sends a request: a kubeconfig, with a token or impersonation on top. */
type Sender = { kubeconfig: string } & Pick<RawRequest, 'as' | 'token'>;

const person = (name: keyof typeof users): Sender => ({ kubeconfig: users[name] });
const impersonated = (user: string, ...groups: string[]): Sender => ({ kubeconfig, as: { user, groups } });

interface Answer {
  readonly username: string;
  readonly groups?: string[];
  readonly kind?: string;
  readonly via?: string;
  readonly seal?: object;
  readonly task?: string;
}

const seal = { linkGeneration: 1, browser: 'b', mac: 'kid.mac' };

function answer(sender: Sender, said: Answer, dryRun = false): Promise<RawAnswer> {
  const { username, groups, kind = 'kubernetes', via = 'kubernetes' } = said;
  const { kubeconfig: file, ...how } = sender;
  return send(file, {
    ...how,
    method: 'POST',
    path: dryRun ? `${decisions}?dryRun=All` : decisions,
    body: {
      apiVersion: 'tekton.automatiko.io/v1beta1',
      kind: 'ApprovalDecision',
      metadata: { generateName: 'answer-' },
      spec: {
        taskRef: { name: said.task ?? task, uid: 'task-uid' },
        decision: 'approve',
        via,
        actor: { kind, username, ...(groups && { groups }) },
        ...(said.seal && { seal: said.seal }),
      },
    },
  });
}

const refusedBy = (rule: keyof typeof ruleCodes) => ({
  status: 422,
  message: expect.stringContaining(ruleCodes[rule]),
});
const accepted = { status: 201 };

async function admin(path: string, body: object): Promise<void> {
  const created = await send(kubeconfig, { method: 'POST', path, body });
  expect(created, created.message).toMatchObject({ status: 201 });
}

const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
const user = (name: string) => ({ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name });

const bind = (name: string, role: object, subjects: object[]) =>
  admin(`${rbac}/rolebindings`, {
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', ...role },
    subjects,
  });

async function tokenOf(account: { namespace: string; name: string }): Promise<string> {
  const { body } = await send(kubeconfig, {
    method: 'POST',
    path: `/api/v1/namespaces/${account.namespace}/serviceaccounts/${account.name}/token`,
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } },
  });
  return body.status.token;
}

let operator: Sender;
let pipeline: Sender;

beforeAll(async () => {
  await admin('/api/v1/namespaces', { metadata: { name: namespace } });
  await admin(`/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name: 'pipeline' } });
  const write = { apiGroups: ['tekton.automatiko.io'], resources: ['approvaldecisions'], verbs: ['create'] };
  const approve = { apiGroups: ['tekton.automatiko.io'], resources: ['approvaltasks'], verbs: ['approve'] };
  await admin(`${rbac}/roles`, { metadata: { name: 'writer' }, rules: [write] });
  await admin(`${rbac}/roles`, {
    metadata: { name: 'one-task' },
    rules: [write, { ...approve, resourceNames: [task] }],
  });
  const account = { kind: 'ServiceAccount', name: 'pipeline', namespace };
  const approver = { kind: 'ClusterRole', name: 'tekton-approvals-approver' };
  await bind('approvers', approver, [user('alice'), user('system:node:n1'), account]);
  await bind('writers', { kind: 'Role', name: 'writer' }, [user('bob')]);
  await bind('one-task', { kind: 'Role', name: 'one-task' }, [user('carol')]);
  await bind('editors', { kind: 'ClusterRole', name: 'edit' }, [user('erin')]);
  operator = {
    kubeconfig,
    token: await tokenOf({ namespace: 'tekton-approvals', name: 'tekton-approvals' }),
  };
  pipeline = { kubeconfig, token: await tokenOf(account) };
  // Policies and roles reach the API server's caches a moment after they were written.
  await waitFor(async () => (await answer(person('alice'), { username: 'eve' }, true)).status === 422, {
    what: 'the identity policy to be in force',
  });
  await waitFor(async () => (await answer(person('carol'), { username: 'carol' }, true)).status === 201, {
    what: 'the roles of this test to be in force',
  });
});

afterAll(async () => {
  await send(kubeconfig, { method: 'DELETE', path: `/api/v1/namespaces/${namespace}` });
});

describe('the identity policy', () => {
  test('lets a person answer under the own name, with no, some or all of the own groups', async () => {
    const alice = person('alice');
    expect(await answer(alice, { username: 'alice' })).toMatchObject(accepted);
    expect(await answer(alice, { username: 'alice', groups: [] })).toMatchObject(accepted);
    const groups = ['team-a', 'system:authenticated'];
    expect(await answer(alice, { username: 'alice', groups })).toMatchObject(accepted);
  });

  test('H38: refuses an answer under the name of a colleague', async () => {
    expect(await answer(person('alice'), { username: 'bob' })).toMatchObject(refusedBy('username'));
  });

  test('refuses an answer that claims another kind of identity', async () => {
    const said = { username: 'alice', kind: 'login' };
    expect(await answer(person('alice'), said)).toMatchObject(refusedBy('username'));
  });

  test('refuses an answer that claims a group of others', async () => {
    const said = { username: 'alice', groups: ['team-a', 'release-managers'] };
    expect(await answer(person('alice'), said)).toMatchObject(refusedBy('groups'));
  });

  test('H40: refuses the service account of a pipeline, even with the approver role', async () => {
    const username = `system:serviceaccount:${namespace}:pipeline`;
    expect(await answer(pipeline, { username })).toMatchObject(refusedBy('person'));
  });

  test('H40: refuses a node, even with the approver role', async () => {
    const node = impersonated('system:node:n1', 'system:nodes', 'system:authenticated');
    expect(await answer(node, { username: 'system:node:n1' })).toMatchObject(refusedBy('person'));
  });

  test('H40: refuses whoever did not say who they are, even with every right', async () => {
    const nobody = impersonated('system:anonymous', 'system:masters');
    expect(await answer(nobody, { username: 'system:anonymous' })).toMatchObject(refusedBy('person'));
  });

  test('H41: refuses who may create answers but does not hold the verb approve', async () => {
    expect(await answer(person('bob'), { username: 'bob' })).toMatchObject(refusedBy('approve'));
  });

  test('H41: holds who may approve one task to that task', async () => {
    const carol = person('carol');
    expect(await answer(carol, { username: 'carol' })).toMatchObject(accepted);
    expect(await answer(carol, { username: 'carol', task: 'other' })).toMatchObject(refusedBy('approve'));
  });

  test.each(['link', 'web', 'slack', 'api'])(
    'refuses a person who claims via: %s, seal or not',
    async (via) => {
      const said = { username: 'alice', via };
      expect(await answer(person('alice'), said)).toMatchObject(refusedBy('channel'));
      expect(await answer(person('alice'), { ...said, seal })).toMatchObject(refusedBy('channel'));
    },
  );

  test('H39: refuses a cluster administrator who claims via: web', async () => {
    const said = { username: 'alice', via: 'web', seal };
    expect(await answer({ kubeconfig }, said)).toMatchObject(refusedBy('channel'));
  });

  test('lets the operator record a sealed answer of a form under any name', async () => {
    const said = { username: 'jane@example.com', kind: 'link', via: 'web', seal };
    expect(await answer(operator, said)).toMatchObject(accepted);
  });

  test('lets system:admin answer as itself', async () => {
    const root = impersonated('system:admin', 'system:masters', 'system:authenticated');
    expect(await answer(root, { username: 'system:admin' })).toMatchObject(accepted);
  });

  test('H48: treats an impersonated user as that user', async () => {
    const asAlice = impersonated('alice', 'team-a', 'system:authenticated');
    expect(await answer(asAlice, { username: 'alice', groups: ['team-a'] })).toMatchObject(accepted);
    expect(await answer(asAlice, { username: 'admin' })).toMatchObject(refusedBy('username'));
  });
});

describe('roles', () => {
  test.each(['dave', 'erin'] as const)(
    '%s, without a role or with edit, may not even create answers',
    async (name) => {
      const refused = await answer(person(name), { username: name });
      expect(refused.status).toBe(403);
      expect(refused.message).toContain('cannot create resource');
    },
  );

  test.each(['PATCH', 'DELETE'])('an approver may not %s an answer', async (method) => {
    const { body } = await answer(person('alice'), { username: 'alice' });
    const path = `${decisions}/${body.metadata.name}`;
    const contentType = 'application/merge-patch+json';
    expect(await send(users.alice, { method, path, body: {}, contentType })).toMatchObject({ status: 403 });
  });

  test('an approver may not write tasks', async () => {
    const path = `/apis/tekton.automatiko.io/v1beta1/namespaces/${namespace}/approvaltasks`;
    const spec = { approvers: ['alice'] };
    const refused = await send(users.alice, {
      method: 'POST',
      path,
      body: { metadata: { name: 'x' }, spec },
    });
    expect(refused.status).toBe(403);
  });
});

describe("the operator's forgeries, each refused by its own rule", () => {
  test.each<[keyof typeof ruleCodes, Answer]>([
    ['channel', { username: operatorAccount, via: 'web', task: policyProofTask }],
    ['username', { username: 'forged', task: policyProofTask }],
    ['groups', { username: operatorAccount, groups: ['forged'], task: policyProofTask }],
    ['approve', { username: operatorAccount, task: 'forged' }],
    ['person', { username: operatorAccount, task: policyProofTask }],
  ])('%s', async (rule, said) => {
    expect(await answer(operator, said, true)).toMatchObject(refusedBy(rule));
  });

  test('the operator can read since when policy and binding hold', async () => {
    const base = '/apis/admissionregistration.k8s.io/v1';
    const { kubeconfig: file, ...how } = operator;
    for (const path of [
      `${base}/validatingadmissionpolicies/${policyName}`,
      `${base}/validatingadmissionpolicybindings/${policyBindingName}`,
    ]) {
      expect(await send(file, { ...how, path })).toMatchObject({ status: 200 });
    }
  });
});
