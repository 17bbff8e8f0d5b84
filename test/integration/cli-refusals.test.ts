import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { ApprovalTask } from '../../src/api/approvaltask.ts';
import { roleBindings, roles } from '../control-plane/operator-home.ts';
import type { Person } from '../control-plane/people.ts';
import { ask, groups, people, titleOf } from './asking.ts';
import { tool, toolAs } from './command.ts';
import type { Ended } from './command.ts';
import { openGate, type Gate } from './gate.ts';

const apiGroup = 'rbac.authorization.k8s.io';
const user = (name: string): object => ({ apiGroup, kind: 'User', name });

let gate: Gate;
beforeAll(async () => {
  gate = await openGate();
  await gate.allow('people', [
    { kind: 'User', name: 'alice' },
    { kind: 'User', name: 'bob' },
  ]);
  const bind = (name: string, roleRef: object, subject: string): Promise<unknown> =>
    gate.create(roleBindings, {
      apiVersion: `${apiGroup}/v1`,
      kind: 'RoleBinding',
      metadata: { name },
      roleRef: { apiGroup, ...roleRef },
      subjects: [user(subject)],
    });
  const viewer = { kind: 'ClusterRole', name: 'tekton-approvals-viewer' };
  await bind('carol-looks', viewer, 'carol');
  await bind('frank-looks', viewer, 'frank');
  const resources = ['approvaldecisions'];
  const rules = [{ apiGroups: ['tekton.automatiko.io'], resources, verbs: ['create'] }];
  await gate.create(roles, {
    apiVersion: `${apiGroup}/v1`,
    kind: 'Role',
    metadata: { name: 'writer' },
    rules,
  });
  await bind('frank-writes', { kind: 'Role', name: 'writer' }, 'frank');
});
afterAll(async () => gate.close());

/** Runs the tool as that person, in the gate's namespace. */
const as = (person: Person, ...args: string[]): Promise<Ended> => toolAs(person, gate.namespace, args);
const named = ({ metadata }: ApprovalTask): string => metadata.name;

describe('somebody who may not', () => {
  it('is told who may, where they are not listed', async () => {
    const task = await ask(gate, 'not-listed', { params: groups('release-managers', 'team-b') });
    expect(await as('alice', 'approve', named(task), '-y')).toEqual({
      code: 3,
      out: '',
      err: `alice is not an approver of ${titleOf(task)}: it waits for anyone in release-managers or anyone in team-b\n`,
    });
  });

  it('is told which role is missing, where they are listed and not bound', async () => {
    const task = await ask(gate, 'not-bound', { params: people('dave') });
    const ended = await as('dave', 'approve', named(task), '-y');
    expect(ended).toMatchObject({ code: 7, out: '' });
    expect(ended.err).toBe(
      `No rights: dave may not read requests in namespace ${gate.namespace}: the ClusterRoles tekton-approvals-approver and tekton-approvals-viewer allow it, bound there\n`,
    );
  });

  it('is told what is missing, where they may look and not answer', async () => {
    const task = await ask(gate, 'viewer', { params: people('carol') });
    const looked = await as('carol', 'describe', named(task));
    expect(looked.out).toContain(
      'You are carol. You may not answer: you lack the verb approve on this ApprovalTask',
    );
    expect(await as('carol', 'approve', named(task), '-y')).toEqual({
      code: 7,
      out: '',
      err: `No rights: carol may not answer requests in namespace ${gate.namespace}: the ClusterRole tekton-approvals-approver allows it, bound there\n`,
    });
  });

  it('is told the API server’s reason, where they may write answers and the verb approve is missing', async () => {
    const task = await ask(gate, 'no-verb', { params: people('frank') });
    const looked = await as('frank', 'describe', named(task));
    expect(looked.out).toContain(
      'You are frank. You may not answer: you lack the verb approve on this ApprovalTask, which',
    );
    const ended = await as('frank', 'approve', named(task), '-y');
    expect(ended).toMatchObject({ code: 3, out: '' });
    expect(ended.err).toMatch(
      new RegExp(
        `^${titleOf(task)}: the API server refused the answer\\. \\[P1-approve\\] You may not answer this request`,
        'u',
      ),
    );
  });

  it('is told so for all namespaces', async () => {
    const { users } = inject('controlPlane');
    const ended = await tool(['list', '-A'], { KUBECONFIG: users.alice });
    expect(ended.code).toBe(7);
    expect(ended.err).toMatch(/^No rights: alice may not list requests in all namespaces: .*\n$/u);
  });

  it('is shown all namespaces, with the name of each, where they may see them', async () => {
    const task = await ask(gate, 'everywhere', { params: people('alice') });
    const ended = await tool(['list', '-A'], { KUBECONFIG: inject('controlPlane').kubeconfig });
    expect(ended).toMatchObject({ code: 0, err: '' });
    const [header, ...rows] = ended.out.split('\n').map((line) => line.split(/ {3,}/u));
    expect(header?.slice(0, 3)).toEqual(['NAMESPACE', 'NAME', 'STATE']);
    expect(rows.map((cells) => cells.slice(0, 4))).toContainEqual([
      gate.namespace,
      named(task),
      'waits',
      'everywhere',
    ]);
  });

  it('is told that there is no such request, and that there is no such command', async () => {
    const missing = `There is no request gone in namespace ${gate.namespace}\n`;
    for (const command of [['describe'], ['verify'], ['approve', '-y'], ['reject', '-y']])
      expect(await as('alice', ...command, 'gone')).toEqual({ code: 5, out: '', err: missing });
    expect(await as('alice', 'describe', 'gone/approve')).toMatchObject({ code: 5, out: '' });
    expect(await as('alice', 'aprove', 'gone')).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringMatching(/^There is no command "aprove": it is one of list, .*\n$/u),
    });
  });

  it('is told the truth where somebody else was faster', async () => {
    const task = await ask(gate, 'race', { params: people('alice', 'bob') });
    const both = await Promise.all([
      as('alice', 'approve', named(task), '-y'),
      as('bob', 'reject', named(task), '-y'),
    ]);
    const { status } = await gate.task(named(task), (one) => one.status?.outcome !== undefined);
    expect(status?.responses).toHaveLength(1);
    const ending = `was ${String(status?.outcome)} by ${String(status?.responses?.[0]?.person)} at `;
    const [counted, refused] = both.toSorted((a, b) => Number(a.code) - Number(b.code));
    expect(counted).toMatchObject({ code: 0, out: expect.stringContaining(`counts. It ${ending}`) });
    expect(refused).toMatchObject({ code: 3, err: expect.stringContaining(`${titleOf(task)} ${ending}`) });
    expect(refused?.err).toMatch(
      /Your (answer was not sent|approval did not count|rejection did not count)\.\n$/u,
    );
  });
});
