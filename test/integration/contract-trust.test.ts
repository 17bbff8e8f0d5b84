import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { ApprovalTask } from '../../src/api/approvaltask.ts';
import { approvalTasks, customRuns, namespaces, pipelineRuns } from '../../src/api/resources.ts';
import { KubeClient } from '../../src/kube/client.ts';
import type { KubeObject, ResourceType } from '../../src/kube/object.ts';
import { approval, consumer, inlineRun } from '../builders/inline-run.ts';
import { Api } from '../control-plane/api.ts';
import { createNamespace } from '../control-plane/namespace.ts';
import { FormClient } from '../fakes/form-client.ts';
import { linkIn } from '../fakes/mailed-link.ts';
import { write } from './asking.ts';
import { Gate, openGate } from './gate.ts';

/** What a name, a namespace and a right are worth: one operator that serves two namespaces with the same names. */

const roleBindings: ResourceType = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  plural: 'rolebindings',
  kind: 'RoleBinding',
  namespaced: true,
};

const roles: ResourceType = { ...roleBindings, plural: 'roles', kind: 'Role' };

let gate: Gate;
let other: Gate;
beforeAll(async () => {
  gate = await openGate();
  const namespace = `gate-${randomBytes(4).toString('hex')}`;
  const api = new Api(inject('controlPlane').kubeconfig);
  await createNamespace(api, namespace).finally(() => api.close());
  other = new Gate({ namespace, admin: gate.admin, mail: gate.mail, settings: gate.settings });
  await gate.stopOperator();
  gate.settings['NAMESPACES'] = `${gate.namespace},${namespace}`;
  await gate.startOperator();
  await Promise.all([gate, other].map(async (one) => one.allow('people', [{ kind: 'User', name: 'alice' }])));
});
afterAll(async () => {
  await gate.admin.delete(namespaces, other.namespace);
  await gate.close();
});

async function askInBoth(name: string, approvers: readonly string[]): Promise<[ApprovalTask, ApprovalTask]> {
  const tasks = [approval('ask', { approvers }), consumer('deploy', {}, { runAfter: ['ask'] })];
  await Promise.all([gate, other].map(async (one) => one.create(pipelineRuns, inlineRun(name, { tasks }))));
  return [await gate.task(`${name}-ask`), await other.task(`${name}-ask`)];
}

const pending = { status: 'pending', responses: [] };

describe.concurrent('two runs of one name in two namespaces', () => {
  it('are two requests: an answer with kubectl in one does nothing in the other', async () => {
    const [here, there] = await askInBoth('kubectl', ['alice']);
    expect(here.metadata.uid).not.toBe(there.metadata.uid);
    await gate.answer('alice', here, { decision: 'approve' });
    expect((await gate.pipelineRun('kubectl')).status?.conditions?.[0]).toMatchObject({ status: 'True' });
    expect((await other.task('kubectl-ask')).status).toMatchObject(pending);
    await other.answer('alice', there, { decision: 'reject' });
    expect((await other.customRun('kubectl-ask')).status?.conditions?.[0]).toMatchObject({
      reason: 'Rejected',
    });
  });

  it('an answer in one namespace to the uid of the request in the other is refused', async () => {
    const [here, there] = await askInBoth('crossed', ['alice']);
    const crossed = { ...here, metadata: { ...here.metadata, uid: there.metadata.uid } };
    const verdict = await gate.answer('alice', crossed, { decision: 'approve' });
    expect(verdict.status).toMatchObject({ verdict: 'refused', code: 'wrongTask' });
    expect((await gate.task('crossed-ask')).status).toMatchObject(pending);
    expect((await other.task('crossed-ask')).status).toMatchObject(pending);
  });

  it('have links of their own, and an answer by one of them does nothing in the other', async () => {
    const address = 'both@example.com';
    await askInBoth('linked', [address]);
    const mailOf = async ({ namespace }: Gate): Promise<string> =>
      linkIn(
        await gate.mail.waitFor(
          ({ to, parsed }) => to.includes(address) && (parsed.text ?? '').includes(namespace),
        ),
      );
    const links = [await mailOf(gate), await mailOf(other)];
    expect(new Set(links).size).toBe(2);
    const browser = new FormClient();
    const page = await browser.open(links[0] ?? '');
    expect(page.body).toContain(gate.namespace);
    expect(page.body).not.toContain(other.namespace);
    expect((await browser.answer(page, 'approve')).status).toBe(200);
    await gate.pipelineRun('linked');
    expect((await other.task('linked-ask')).status).toMatchObject(pending);
  });
});

/** What Tekton adds to the role `edit` (tektoncd/pipeline config/clusterrole-aggregate-edit.yaml). */
const editable = ['tasks', 'taskruns', 'pipelines', 'pipelineruns', 'runs', 'customruns', 'stepactions'];
const editing = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

describe.concurrent('somebody who may edit the pipelines of a namespace', () => {
  beforeAll(async () => {
    const apiGroup = 'rbac.authorization.k8s.io';
    const metadata = { name: 'editors' };
    await gate.create(roles, {
      apiVersion: `${apiGroup}/v1`,
      kind: 'Role',
      metadata,
      rules: [{ apiGroups: ['tekton.dev'], resources: editable, verbs: editing }],
    });
    await gate.create(roleBindings, {
      apiVersion: `${apiGroup}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup, kind: 'Role', name: 'editors' },
      subjects: [{ apiGroup, kind: 'User', name: 'erin' }],
    });
  });

  it('may not change a waiting run; unguarded it gains nothing: it ends as drifted, and not as approved', async () => {
    const [task] = await askInBoth('edited', ['alice']);
    const spec = { params: [{ name: 'approvers', value: ['erin'] }] };
    const edit = gate.as('erin').patch(customRuns, gate.key('edited-ask'), { spec }, { type: 'merge' });
    await expect(edit).rejects.toThrow('[P4-spec]');
    await gate.admin.patch(customRuns, gate.key('edited-ask'), { spec }, { type: 'merge' });
    const run = await gate.customRun('edited-ask');
    expect(run.status?.conditions?.[0]).toMatchObject({ status: 'False', reason: 'SpecDrift' });
    expect(run.status?.results).toContainEqual({ name: 'decision', value: 'false' });
    expect((await gate.task(task.metadata.name)).spec.approvers).toEqual(['alice']);
  });

  it('may not write the outcome: neither on the run, nor on the request, nor as an answer', async () => {
    const [{ metadata }] = await askInBoth('forged', ['erin']);
    const erin = gate.as('erin');
    const options = { type: 'merge', subresource: 'status' } as const;
    const key = gate.key('forged-ask');
    const conditions = [{ type: 'Succeeded', status: 'True', reason: 'Approved', message: 'mine' }];
    const spec = {
      taskRef: { name: metadata.name, uid: metadata.uid },
      decision: 'approve',
      via: 'kubernetes',
      actor: { kind: 'kubernetes', username: 'erin' },
    };
    const attempts = await Promise.allSettled([
      erin.patch(customRuns, key, { status: { conditions } }, options),
      erin.patch(approvalTasks, key, { status: { outcome: 'approved' } }, options),
      write(erin, { namespace: gate.namespace, name: 'forged' }, spec),
    ]);
    const reason = expect.objectContaining({ message: expect.stringContaining('forbidden') });
    expect(attempts).toEqual(attempts.map(() => ({ status: 'rejected', reason })));
    expect((await gate.task('forged-ask')).status).toMatchObject(pending);
  });
});

describe.concurrent('a run whose status says that another task is its own', () => {
  it('ends without a decision, whoever wrote it', async () => {
    const [task] = await askInBoth('claimed', ['alice']);
    const status = { extraFields: { approvalTaskUid: '00000000-0000-4000-8000-000000000000' } };
    const options = { type: 'merge', subresource: 'status' } as const;
    await gate.admin.patch(customRuns, gate.key('claimed-ask'), { status }, options);
    const run = await gate.customRun('claimed-ask');
    expect(run.status?.conditions?.[0]).toMatchObject({ status: 'False' });
    expect(run.status?.results).toContainEqual({ name: 'decision', value: 'false' });
    expect((await gate.task(task.metadata.name)).status?.responses).toEqual([]);
  });
});

describe('the operator’s own rights', () => {
  let operator: KubeClient;
  beforeAll(() => {
    operator = KubeClient.load(gate.settings['KUBECONFIG']);
  });
  afterAll(async () => operator.close());

  async function may(verb: string, path: string): Promise<boolean> {
    const [resource, subresource = ''] = path.split('/');
    const attributes = { namespace: gate.namespace, verb, group: 'tekton.dev', resource, subresource };
    const { object } = await operator.post('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: attributes },
    });
    return (object as KubeObject & { status: { allowed: boolean } }).status.allowed;
  }

  it.each([
    ['get', 'customruns'],
    ['list', 'customruns'],
    ['watch', 'customruns'],
    ['patch', 'customruns/status'],
    ['get', 'pipelineruns'],
    ['list', 'pipelineruns'],
    ['watch', 'pipelineruns'],
  ])('allow to %s %s', async (verb, path) => {
    expect(await may(verb, path)).toBe(true);
  });

  it.each([
    ['create', 'customruns'],
    ['update', 'customruns'],
    ['patch', 'customruns'],
    ['delete', 'customruns'],
    ['patch', 'pipelineruns'],
    ['patch', 'pipelineruns/status'],
    ['create', 'pipelineruns'],
    ['create', 'taskruns'],
  ])('do not allow to %s %s', async (verb, path) => {
    expect(await may(verb, path)).toBe(false);
  });
});
