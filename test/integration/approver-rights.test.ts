import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { ApprovalTask } from '../../src/api/approvaltask.ts';
import { ruleCodes } from '../../src/api/policy/identity.ts';
import type { ResourceType } from '../../src/kube/object.ts';
import { clusterRoleBindings } from '../builders/resources.ts';
import { roleBindings } from '../control-plane/operator-home.ts';
import type { Person } from '../control-plane/people.ts';
import { ask, people, taskRef } from './asking.ts';
import { openGate, type Gate } from './gate.ts';
import { send, type RawAnswer, type RawRequest } from './request.ts';
import { until } from './until.ts';

/**
 * Who may answer through Kubernetes takes two things: a right that the platform binds, and a place on the list that the
 * pipeline's author writes. Real users with real tokens and groups, on a real operator.
 */

const { kubeconfig, users } = inject('controlPlane');
const rbacGroup = 'rbac.authorization.k8s.io';
const roles: ResourceType = { ...roleBindings, plural: 'roles', kind: 'Role' };
const clusterRoles: ResourceType = {
  ...roles,
  plural: 'clusterroles',
  kind: 'ClusterRole',
  namespaced: false,
};
const impersonators = `test-impersonators-${randomBytes(4).toString('hex')}`;

let gate: Gate;
/** Asks alice, dave, frank's group and a service account; of the people dave has no right here. */
let task: ApprovalTask;
let robot: string;

const ours = (resource: string, verb: string, resourceNames?: string[]): object => ({
  apiGroups: ['tekton.automatiko.io'],
  resources: [resource],
  verbs: [verb],
  ...(resourceNames && { resourceNames }),
});

async function bind(name: string, role: { kind: string; name: string }, subjects: object[]): Promise<void> {
  await gate.create(roleBindings, {
    apiVersion: `${rbacGroup}/v1`,
    kind: 'RoleBinding',
    metadata: { name },
    roleRef: { apiGroup: rbacGroup, ...role },
    subjects,
  });
}

const user = (name: string): object => ({ kind: 'User', apiGroup: rbacGroup, name });
const group = (name: string): object => ({ kind: 'Group', apiGroup: rbacGroup, name });
const approver = { kind: 'ClusterRole', name: 'tekton-approvals-approver' };

/** dave may act as the user temp and as members of one group, and nothing else. */
async function letDaveImpersonate(): Promise<void> {
  const rules = [
    { apiGroups: [''], resources: ['users'], verbs: ['impersonate'], resourceNames: ['temp'] },
    {
      apiGroups: [''],
      resources: ['groups'],
      verbs: ['impersonate'],
      resourceNames: ['release-managers', 'system:authenticated'],
    },
  ];
  const metadata = { name: impersonators };
  const apiVersion = `${rbacGroup}/v1`;
  await gate.admin.create(clusterRoles, { apiVersion, kind: 'ClusterRole', metadata, rules });
  await gate.admin.create(clusterRoleBindings, {
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata,
    roleRef: { apiGroup: rbacGroup, kind: 'ClusterRole', name: impersonators },
    subjects: [user('dave')],
  });
}

async function tokenOfRobot(): Promise<string> {
  const accounts = `/api/v1/namespaces/${gate.namespace}/serviceaccounts`;
  await send(kubeconfig, { method: 'POST', path: accounts, body: { metadata: { name: 'robot' } } });
  const spec = { expirationSeconds: 3_600 };
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec };
  return (await send(kubeconfig, { method: 'POST', path: `${accounts}/robot/token`, body })).body.status
    .token;
}

beforeAll(async () => {
  gate = await openGate();
  robot = `system:serviceaccount:${gate.namespace}:robot`;
  const token = await tokenOfRobot();
  senders.robot = { kubeconfig, token };
  const write = ours('approvaldecisions', 'create');
  const metadata = { name: 'one-task' };
  const rules = [write, ours('approvaltasks', 'approve', ['of-carol-approve'])];
  await gate.create(roles, { apiVersion: `${rbacGroup}/v1`, kind: 'Role', metadata, rules });
  const account = { kind: 'ServiceAccount', name: 'robot', namespace: gate.namespace };
  await bind('approvers', approver, [user('alice'), user('bob'), group('release-managers'), account]);
  await bind('one-task', { kind: 'Role', name: 'one-task' }, [user('carol')]);
  await letDaveImpersonate();
  task = await ask(gate, 'table', {
    params: [...people('alice', 'carol', 'dave', robot), { name: 'strategy', value: 'MULTI' }],
  });
  await until('the roles to be in force', async () => {
    const tried = await answer({ as: 'carol' }, { uid: 'x', name: 'of-carol-approve', dryRun: true });
    return tried.status === 201;
  });
});
afterAll(async () => {
  await gate.admin.delete(clusterRoleBindings, impersonators);
  await gate.admin.delete(clusterRoles, impersonators);
  await gate.close();
});

type Sender = Pick<RawRequest, 'token' | 'as'> & { kubeconfig: string };
const senders: Record<'robot', Sender> = { robot: { kubeconfig } };

/** Who sends an answer, and in whose name: in the sender's own, where that is not said. */
interface Who {
  readonly as: Person | 'robot';
  /** `kubectl --as` and `--as-group`. */
  readonly acting?: { readonly user: string; readonly groups: readonly string[] };
  readonly username?: string;
  readonly groups?: readonly string[];
}

interface To {
  readonly name: string;
  readonly uid: string;
  readonly dryRun?: boolean;
}

async function answer({ as, acting, username, groups }: Who, to: To): Promise<RawAnswer> {
  const sender: Sender = as === 'robot' ? senders.robot : { kubeconfig: users[as] };
  const { kubeconfig: file, ...how } = sender;
  const own = as === 'robot' ? robot : as;
  const decisions = `/apis/tekton.automatiko.io/v1beta1/namespaces/${gate.namespace}/approvaldecisions`;
  return send(file, {
    ...how,
    ...(acting && { as: acting }),
    method: 'POST',
    path: to.dryRun === true ? `${decisions}?dryRun=All` : decisions,
    body: {
      apiVersion: 'tekton.automatiko.io/v1beta1',
      kind: 'ApprovalDecision',
      metadata: { generateName: 'answer-' },
      spec: {
        taskRef: { name: to.name, uid: to.uid },
        decision: 'approve',
        via: 'kubernetes',
        actor: { kind: 'kubernetes', username: username ?? acting?.user ?? own, groups: groups ?? [] },
      },
    },
  });
}

/** What became of an answer: the API server's refusal, or the operator's verdict. */
async function outcomeOf(who: Who, to: To): Promise<string> {
  const { status, message, body } = await answer(who, to);
  const rule = Object.values(ruleCodes).find((code) => message.includes(code));
  if (status !== 201) return `${String(status)} ${rule ?? message}`;
  const verdict = await gate.verdict(body.metadata.name);
  return verdict.status?.code ?? verdict.status?.verdict ?? '';
}

const asked = (asks: ApprovalTask): To => taskRef(asks);

describe('an answer through Kubernetes', () => {
  it.each<{ what: string; who: Who; comesTo: unknown }>([
    { what: 'of somebody listed and bound counts', who: { as: 'alice' }, comesTo: 'counted' },
    {
      what: 'of somebody listed who is not bound is forbidden',
      who: { as: 'dave' },
      comesTo: expect.stringMatching(/^403 .*cannot create resource "approvaldecisions"/u),
    },
    { what: 'of somebody bound who is not listed is refused', who: { as: 'bob' }, comesTo: 'notListed' },
    {
      what: 'of somebody listed who is bound for another task by resourceNames is denied',
      who: { as: 'carol' },
      comesTo: `422 ${ruleCodes.approve}`,
    },
    {
      what: 'of a service account that is listed and bound is denied',
      who: { as: 'robot' },
      comesTo: `422 ${ruleCodes.person}`,
    },
    {
      what: 'of somebody bound in the name of somebody listed is denied',
      who: { as: 'bob', username: 'alice' },
      comesTo: `422 ${ruleCodes.username}`,
    },
    {
      what: 'by impersonation of somebody listed, without the right to, is forbidden',
      who: { as: 'dave', acting: { user: 'alice', groups: [] } },
      comesTo: expect.stringMatching(/^403 .*cannot impersonate resource "users"/u),
    },
  ])('$what', async ({ who, comesTo }) => {
    expect(await outcomeOf(who, asked(task))).toEqual(comesTo);
    const { status } = await gate.task('table-approve');
    expect(status?.responses?.map(({ person }) => person)).toEqual(['alice']);
  });

  it('of somebody bound by resourceNames for this very task counts', async () => {
    const own = await ask(gate, 'of-carol', { params: people('carol') });
    expect(await outcomeOf({ as: 'carol' }, asked(own))).toBe('counted');
  });
});

describe('membership in a group', () => {
  const groups = (...names: string[]): { name: string; value: unknown } => ({ name: 'groups', value: names });
  const member = { user: 'temp', groups: ['release-managers', 'system:authenticated'] };
  const former = { user: 'temp', groups: ['system:authenticated'] };

  it('counts as it is when somebody answers: who has left may not answer, and what they answered before stays', async () => {
    const strategy = { name: 'strategy', value: 'FOUR_EYES' };
    const pool = await ask(gate, 'left', { params: [groups('release-managers'), strategy] });
    const said: Who = { as: 'dave', groups: ['release-managers'] };
    expect(await outcomeOf({ ...said, acting: member }, asked(pool))).toBe('counted');
    // Bound by that group alone, a former member may not even create an answer.
    expect(await outcomeOf({ ...said, acting: former }, asked(pool))).toMatch(/^403 /u);
    await bind('temp', approver, [user('temp')]);
    await until('the role to be in force', async () => {
      const tried = await answer({ as: 'dave', acting: former }, { ...asked(pool), dryRun: true });
      return tried.status === 201;
    });
    expect(await outcomeOf({ ...said, acting: former }, asked(pool))).toBe(`422 ${ruleCodes.groups}`);
    expect(await outcomeOf({ as: 'dave', acting: former }, asked(pool))).toBe('notListed');
    const { status } = await gate.task('left-approve');
    expect(status?.responses?.map(({ person }) => person)).toEqual(['temp']);
    expect(await outcomeOf({ as: 'erin', groups: ['release-managers'] }, asked(pool))).toBe('counted');
    expect((await gate.task('left-approve')).status?.outcome).toBe('approved');
  });

  it('that is not named, or is not the own, does not count', async () => {
    const pool = await ask(gate, 'unnamed', { params: [groups('release-managers')] });
    expect(await outcomeOf({ as: 'erin' }, asked(pool))).toBe('notListed');
    const foreign: Who = { as: 'alice', groups: ['release-managers'] };
    expect(await outcomeOf(foreign, asked(pool))).toBe(`422 ${ruleCodes.groups}`);
  });
});
