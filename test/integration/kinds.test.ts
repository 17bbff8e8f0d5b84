import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { applyPatch, jsonPatch, mergePatch, send, type RawAnswer } from './request.ts';

const { kubeconfig } = inject('controlPlane');
const namespace = `kinds-${randomBytes(4).toString('hex')}`;
const group = '/apis/tekton.automatiko.io/v1beta1';
const tasks = `${group}/namespaces/${namespace}/approvaltasks`;
const decisions = `${group}/namespaces/${namespace}/approvaldecisions`;

const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';

const post = (path: string, body: unknown) => send(kubeconfig, { method: 'POST', path, body });
const get = (path: string, accept?: string) => send(kubeconfig, { path, ...(accept && { accept }) });
const patch = (path: string, body: unknown, contentType = mergePatch) =>
  send(kubeconfig, { method: 'PATCH', path, body, contentType });
const apply = (path: string, status: unknown, { manager, rest = {} }: { manager: string; rest?: object }) =>
  patch(
    `${path}/status?fieldManager=${manager}`,
    { apiVersion: 'tekton.automatiko.io/v1beta1', kind: 'ApprovalTask', status, ...rest },
    applyPatch,
  );

const task = (name: string, spec: object = {}) => ({
  apiVersion: 'tekton.automatiko.io/v1beta1',
  kind: 'ApprovalTask',
  metadata: { name, labels: { decision: 'pending', responses: '0_of_1' } },
  spec: { approvers: ['alice'], pipeline: 'deploy', ...spec },
});
const decision = (name: string, spec: object = {}) => ({
  apiVersion: 'tekton.automatiko.io/v1beta1',
  kind: 'ApprovalDecision',
  metadata: { name },
  spec: {
    taskRef: { name: 'deploy', uid: 'u' },
    decision: 'approve',
    via: 'kubernetes',
    actor: { kind: 'kubernetes', username: 'admin' },
    ...spec,
  },
});

function created(answer: RawAnswer) {
  expect(answer).toMatchObject({ status: 201 });
  return answer.body;
}

const many = (count: number) => Array.from({ length: count }, (_, index) => `u${index}`);
const columnsOf = (answer: RawAnswer) => answer.body.columnDefinitions.map(({ name }) => name);
const names = async (path: string) => (await get(path)).body.items.map(({ metadata }) => metadata.name);
const condition = (type: string, status: string) => ({
  type,
  status,
  reason: 'Because',
  message: '',
  lastTransitionTime: '2026-11-20T10:00:00Z',
});
const notice = (id: string) => ({
  id,
  kind: 'requested',
  channel: 'mail',
  attempt: 1,
  state: 'sent',
  attempts: 1,
});

beforeAll(async () => {
  created(await post('/api/v1/namespaces', { metadata: { name: namespace } }));
});
afterAll(async () => {
  await send(kubeconfig, { method: 'DELETE', path: `/api/v1/namespaces/${namespace}` });
});

describe('a spec is frozen', () => {
  const frozen = /spec is frozen|spec: Required value/;

  test.each<[string, unknown, string]>([
    ['changing a text', { spec: { description: 'other' } }, mergePatch],
    ['adding an approver', { spec: { approvers: ['alice', 'mallory'] } }, mergePatch],
    ['giving a field that was absent', { spec: { pipelineRun: { name: 'a', uid: 'b' } } }, mergePatch],
    ['taking a field away', { spec: { approvers: null } }, mergePatch],
    ['removing the whole spec', { spec: null }, mergePatch],
    ['replacing the whole spec', [{ op: 'replace', path: '/spec', value: {} }], jsonPatch],
    ['removing the whole spec by JSON patch', [{ op: 'remove', path: '/spec' }], jsonPatch],
  ])('of a task: %s is refused', async (what, body, contentType) => {
    const name = `frozen-${randomBytes(3).toString('hex')}`;
    const before = created(await post(tasks, task(name)));
    const answer = await patch(`${tasks}/${name}`, body, contentType);
    expect(answer.status, what).toBe(422);
    expect(answer.message).toMatch(frozen);
    expect((await get(`${tasks}/${name}`)).body.spec).toEqual(before.spec);
  });

  test('of a task: server-side apply with force is refused, too', async () => {
    created(await post(tasks, task('forced')));
    const body = { ...task('forced', { strategy: 'MULTI' }) };
    const answer = await patch(`${tasks}/forced?fieldManager=mallory&force=true`, body, applyPatch);
    expect(answer).toMatchObject({ status: 422, message: expect.stringMatching(frozen) });
  });

  test.each<[string, unknown]>([
    ['the decision', { spec: { decision: 'reject' } }],
    ['the comment', { spec: { comment: 'I never said that' } }],
    ['the task it answers', { spec: { taskRef: { name: 'other' } } }],
    ['everything', { spec: null }],
  ])('H42: of an answer: changing %s is refused', async (_, body) => {
    const { metadata } = created(
      await post(decisions, { ...decision(''), metadata: { generateName: 'frozen-' } }),
    );
    const answer = await patch(`${decisions}/${metadata.name}`, body);
    expect(answer).toMatchObject({ status: 422, message: expect.stringMatching(frozen) });
  });

  test('labels and annotations of a task may change', async () => {
    created(await post(tasks, task('labelled')));
    const answer = await patch(`${tasks}/labelled`, { metadata: { labels: { responses: '1_of_1' } } });
    expect(answer.body.metadata.labels.responses).toBe('1_of_1');
  });
});

describe('status is a write of its own', () => {
  test('a status write carries neither labels nor spec, another write no status', async () => {
    const before = created(await post(tasks, { ...task('apart'), status: { outcome: 'approved' } }));
    expect(before.status).toBeUndefined();
    await patch(`${tasks}/apart`, { status: { outcome: 'approved' } });
    const { body } = await patch(`${tasks}/apart/status`, {
      metadata: { labels: { decision: 'approved' } },
      spec: { description: 'other' },
      status: { status: 'pending', message: 'Waiting.' },
    });
    expect(body.status).toEqual({ status: 'pending', message: 'Waiting.' });
    expect(body.metadata.labels.decision).toBe('pending');
    expect(body.spec).toEqual(before.spec);
  });

  test('two field managers each keep their own conditions and notifications', async () => {
    created(await post(tasks, task('shared')));
    const one = { conditions: [condition('Succeeded', 'Unknown')], outcome: 'approved' };
    const other = {
      conditions: [condition('NotificationsDelivered', 'True')],
      notifications: [notice('a'), notice('b')],
    };
    await apply(`${tasks}/shared`, one, { manager: 'one' });
    await apply(`${tasks}/shared`, other, { manager: 'other' });
    const { body } = await apply(`${tasks}/shared`, { ...one, outcome: 'rejected' }, { manager: 'one' });
    expect(body.status.outcome).toBe('rejected');
    expect(body.status.conditions.map(({ type }) => type).toSorted()).toEqual([
      'NotificationsDelivered',
      'Succeeded',
    ]);
    expect(body.status.notifications).toHaveLength(2);
    const fewer = await apply(`${tasks}/shared`, { notifications: [notice('b')] }, { manager: 'other' });
    expect(fewer.body.status.notifications).toEqual([notice('b')]);
    expect(fewer.body.status.conditions).toHaveLength(1);
  });

  test('a write by an old resourceVersion is a conflict', async () => {
    const { metadata } = created(await post(tasks, task('stale')));
    await patch(`${tasks}/stale/status`, { status: { message: 'newer' } });
    const rest = { metadata: { resourceVersion: metadata.resourceVersion } };
    expect((await patch(`${tasks}/stale/status`, { ...rest, status: { message: 'older' } })).status).toBe(
      409,
    );
    expect((await apply(`${tasks}/stale`, { message: 'older' }, { manager: 'one', rest })).status).toBe(409);
  });
});

describe('what is too long or unknown is refused', () => {
  test.each<[string, object]>([
    ['description', { description: 'x'.repeat(4097) }],
    ['approvers', { approvers: many(101) }],
    ['approvers[0]', { approvers: [''] }],
    ['approvers[0]', { approvers: ['x'.repeat(257)] }],
    ['groups', { groups: many(101) }],
    ['context', { context: many(33).map((name) => ({ name, value: '' })) }],
    ['context[0].value', { context: [{ name: 'a', value: 'x'.repeat(1025) }] }],
    ['strategy', { strategy: 'single' }],
    ['onReject', { onReject: 'maybe' }],
    ['retries', { retries: 11 }],
    ['retries', { retries: -1 }],
  ])('in a task: %s', async (field, spec) => {
    const answer = await post(tasks, task('refused', spec));
    expect(answer.status).toBe(422);
    expect(answer.message).toContain(`spec.${field}`);
  });

  test.each<[string, object]>([
    ['comment', { comment: 'x'.repeat(1025) }],
    ['decision', { decision: 'maybe' }],
    ['via', { via: 'carrier pigeon' }],
    ['actor.groups', { actor: { kind: 'kubernetes', username: 'admin', groups: many(201) } }],
    ['taskRef.uid', { taskRef: { name: 'deploy' } }],
  ])('in an answer: %s', async (field, spec) => {
    const answer = await post(decisions, decision('refused', spec));
    expect(answer.status).toBe(422);
    expect(answer.message).toContain(`spec.${field}`);
  });

  test('without a spec nothing is made', async () => {
    const { spec: _, ...bare } = task('bare');
    expect(await post(tasks, bare)).toMatchObject({ status: 422, message: expect.stringContaining('spec') });
  });

  test('everything at its maximum is accepted, counted in characters', async () => {
    const spec = {
      description: '🙂'.repeat(4096),
      approvers: many(100).map((name) => name.padEnd(256, 'é')),
      groups: many(100).map((name) => name.padEnd(256, 'é')),
      context: many(32).map((name) => ({ name: name.padEnd(128, 'x'), value: '🙂'.repeat(1024) })),
      retries: 10,
    };
    created(await post(tasks, task('largest', spec)));
    expect((await patch(`${tasks}/largest/status`, { status: { status: 'pending' } })).status).toBe(200);
  });
});

describe('kubectl', () => {
  test('get approvaltasks shows what is asked and how far it is', async () => {
    created(await post(tasks, task('columns', { strategy: 'MULTI' })));
    const status = { outcome: 'timedOut', deadline: '2036-11-20T10:00:00Z' };
    await patch(`${tasks}/columns/status`, { status });
    const answer = await get(`${tasks}/columns`, table);
    expect(columnsOf(answer)).toEqual([
      'Name',
      'Strategy',
      'Outcome',
      'Responses',
      'Deadline',
      'Pipeline',
      'Age',
    ]);
    expect(answer.body.rows[0]?.cells.slice(0, 6)).toEqual([
      'columns',
      'MULTI',
      'timedOut',
      '0_of_1',
      '2036-11-20T10:00:00Z',
      'deploy',
    ]);
  });

  test('get approvaldecisions shows who answered what, and whether it counted', async () => {
    created(await post(decisions, decision('columns')));
    await patch(`${decisions}/columns/status`, { status: { verdict: 'refused', code: 'late' } });
    const answer = await get(`${decisions}/columns`, table);
    expect(columnsOf(answer)).toEqual(['Name', 'Task', 'Decision', 'By', 'Via', 'Verdict', 'Code', 'Age']);
    expect(answer.body.rows[0]?.cells.slice(0, 7)).toEqual([
      'columns',
      'deploy',
      'approve',
      'admin',
      'kubernetes',
      'refused',
      'late',
    ]);
  });

  test('field selectors find tasks by outcome and answers by their task', async () => {
    created(await post(tasks, task('selected')));
    await patch(`${tasks}/selected/status`, { status: { outcome: 'cancelled' } });
    created(await post(decisions, decision('selected', { taskRef: { name: 'chosen', uid: 'u' } })));
    expect(await names(`${tasks}?fieldSelector=status.outcome%3Dcancelled`)).toEqual(['selected']);
    expect(await names(`${decisions}?fieldSelector=spec.taskRef.name%3Dchosen`)).toEqual(['selected']);
  });

  test('knows the short names and the category tekton', async () => {
    const { body } = await get(group);
    const found = body.resources.filter(({ shortNames }) => shortNames);
    expect(found.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
      expect.objectContaining({ name: 'approvaldecisions', shortNames: ['ad'], categories: ['tekton'] }),
      expect.objectContaining({ name: 'approvaltasks', shortNames: ['at'], categories: ['tekton'] }),
    ]);
  });
});
