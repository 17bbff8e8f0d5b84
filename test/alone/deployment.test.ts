import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { ApprovalTask } from '../../src/api/approvaltask.ts';
import { annotations, apiVersion } from '../../src/api/names.ts';
import { requesterGuard } from '../../src/api/policy/requester.ts';
import * as resources from '../../src/api/resources.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { isNotFound } from '../../src/kube/error.ts';
import { leaseType } from '../../src/kube/lease.ts';
import type { KubeObject, ResourceType } from '../../src/kube/object.ts';
import { pipeline, pipelineRun } from '../builders/pipeline.ts';
import { pipelines } from '../builders/resources.ts';
import { Api } from '../control-plane/api.ts';
import { userOf } from '../control-plane/installation.ts';
import { createNamespace } from '../control-plane/namespace.ts';
import { kubeconfigForServiceAccount } from '../control-plane/service-account.ts';
import { FormClient } from '../fakes/form-client.ts';
import { linkIn } from '../fakes/mailed-link.ts';
import { startMailbox, type Mail, type Mailbox } from '../fakes/smtp-server.ts';
import { until } from '../integration/until.ts';
import { manifest, OperatorProcess, probeUrl, shippedContainer } from './operator-process.ts';
import { scratchFolder } from '../scratch.ts';

/** The bundle exactly as the Deployment starts it, under a token of its ServiceAccount. */

const rbac = { group: 'rbac.authorization.k8s.io', version: 'v1' };
const clusterRoles: ResourceType = {
  ...rbac,
  plural: 'clusterroles',
  kind: 'ClusterRole',
  namespaced: false,
};
const roles: ResourceType = { ...rbac, plural: 'roles', kind: 'Role', namespaced: true };
const roleBindings: ResourceType = { ...rbac, plural: 'rolebindings', kind: 'RoleBinding', namespaced: true };
const operatorName = 'tekton-approvals';
const roleName = 'tekton-approvals-operator';

interface Role extends KubeObject {
  rules: { apiGroups: string[]; resources: string[]; resourceNames?: string[]; verbs: string[] }[];
}

const container = shippedContainer();
let admin: KubeClient;
let mail: Mailbox;
let kubeconfig: string;
/** Who makes the PipelineRuns, and says so. */
let requester: string;

beforeAll(async () => {
  const shared = inject('controlPlane');
  admin = KubeClient.load(shared.kubeconfig);
  requester = await userOf(shared.kubeconfig);
  mail = await startMailbox();
  const file = join(scratchFolder('deployment-'), 'kubeconfig');
  kubeconfig = await kubeconfigForServiceAccount(
    shared.kubeconfig,
    { namespace: operatorName, name: operatorName },
    file,
  );
});
afterAll(async () => {
  await mail.close();
  await admin.close();
});

/** Beside the Deployment's own environment: where the cluster and the mail server are, and loopback only. */
function start(): OperatorProcess {
  return new OperatorProcess(container, {
    TEKTON_APPROVALS_KUBECONFIG: kubeconfig,
    TEKTON_APPROVALS_MAIL_HOST: '127.0.0.1',
    TEKTON_APPROVALS_MAIL_PORT: String(mail.port),
    TEKTON_APPROVALS_MAIL_TLS: 'off',
    TEKTON_APPROVALS_MAIL_FROM: 'approvals@example.com',
    TEKTON_APPROVALS_WEB_HOST: '127.0.0.1',
    TEKTON_APPROVALS_PROBES_HOST: '127.0.0.1',
    TEKTON_APPROVALS_METRICS_HOST: '127.0.0.1',
    TEKTON_APPROVALS_LEASE_LEASE_MS: '3000',
    TEKTON_APPROVALS_LEASE_RENEW_DEADLINE_MS: '2000',
    TEKTON_APPROVALS_LEASE_RETRY_MS: '300',
  });
}

async function ready(): Promise<boolean> {
  return (await fetch(probeUrl(container, container.readinessProbe)).catch(() => undefined))?.status === 200;
}

/** One approval by mail and one through Kubernetes, and an answer to a request that is gone. */
async function wholeWay(signal: AbortSignal = new AbortController().signal): Promise<void> {
  const namespace = `deployment-${randomBytes(4).toString('hex')}`;
  const api = new Api(inject('controlPlane').kubeconfig);
  await createNamespace(api, namespace).finally(() => api.close());
  try {
    await admin.create(roleBindings, {
      apiVersion: `${rbac.group}/v1`,
      kind: 'RoleBinding',
      metadata: { name: 'alice', namespace },
      roleRef: { apiGroup: rbac.group, kind: 'ClusterRole', name: 'tekton-approvals-approver' },
      subjects: [{ apiGroup: rbac.group, kind: 'User', name: 'alice' }],
    });
    await answerBoth(namespace, signal);
  } finally {
    await admin.delete(resources.namespaces, namespace);
  }
}

async function answerBoth(namespace: string, signal: AbortSignal): Promise<void> {
  const wait = async <T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> =>
    until(what, async () => {
      signal.throwIfAborted();
      return look();
    });
  const inNamespace = <T extends { metadata: { name: string } }>(
    object: T,
  ): T & { metadata: { namespace: string } } => ({
    ...object,
    metadata: { ...object.metadata, namespace },
  });
  for (const [name, approver] of [
    ['by-mail', `${namespace}@example.com`],
    ['by-kubectl', 'alice'],
  ] as const) {
    await admin.create(
      pipelines,
      inNamespace(pipeline({ name, params: [{ name: 'approvers', value: [approver] }] })),
    );
    const run = pipelineRun(name, name);
    const metadata = { ...run.metadata, annotations: { [annotations.requestedBy]: requester } };
    await admin.create(resources.pipelineRuns, inNamespace({ ...run, metadata }));
  }
  const mine = (one: Mail): boolean => one.to.includes(`${namespace}@example.com`);
  const message = await wait('the mail', async () => mail.messages().find(mine));
  const browser = new FormClient();
  await browser.answer(await browser.open(linkIn(message)), 'approve');
  const task = await wait('the task to be answered with kubectl', async () =>
    pendingTask(namespace, 'by-kubectl-approve'),
  );
  await answerAsAlice(namespace, { name: task.metadata.name, uid: task.metadata.uid });
  await answerAsAlice(namespace, { name: 'gone', uid: 'gone' });
  for (const name of ['by-mail', 'by-kubectl'])
    await wait(`${name} to succeed`, async () => succeeded(namespace, name));
  await wait('the answer without a request to be removed', async () => orphanGone(namespace));
}

async function pendingTask(namespace: string, name: string): Promise<ApprovalTask | undefined> {
  const { items } = await admin.list<ApprovalTask & KubeObject>(resources.approvalTasks, { namespace });
  return items.find((task) => task.metadata.name === name && task.status?.status === 'pending');
}

async function answerAsAlice(namespace: string, taskRef: { name: string; uid: string }): Promise<void> {
  const alice = KubeClient.load(inject('controlPlane').users.alice);
  try {
    await alice.create(resources.approvalDecisions, {
      apiVersion,
      kind: 'ApprovalDecision',
      metadata: { name: `alice-${taskRef.name}`, namespace },
      spec: {
        taskRef,
        decision: 'approve',
        via: 'kubernetes',
        actor: { kind: 'kubernetes', username: 'alice' },
      },
    });
  } finally {
    await alice.close();
  }
}

async function succeeded(namespace: string, name: string): Promise<boolean> {
  const { object } = await admin.get<KubeObject & { status?: { conditions?: { status: string }[] } }>(
    resources.pipelineRuns,
    `${namespace}/${name}`,
  );
  return object.status?.conditions?.[0]?.status === 'True';
}

async function orphanGone(namespace: string): Promise<boolean> {
  const { items } = await admin.list<KubeObject>(resources.approvalDecisions, { namespace });
  return items.every(({ metadata }) => metadata.name !== 'alice-gone');
}

describe('the bundle as the Deployment starts it', () => {
  it('is plain ASCII, of which Node holds a character in one byte instead of two', () => {
    const bundle = readFileSync(new URL('../../dist/main.mjs', import.meta.url));
    expect(bundle.every((byte) => byte < 0x80)).toBe(true);
  });

  it('becomes ready, takes a pipeline the whole way, and ends with 0 on SIGTERM', async () => {
    const operator = start();
    try {
      await until('the readiness probe', ready);
      expect((await fetch(probeUrl(container, container.livenessProbe))).status).toBe(200);
      await wholeWay();
      expect(operator.lines.filter((line) => /forbidden/.test(line))).toEqual([]);
    } finally {
      expect(await operator.stop()).toBe(0);
    }
  });
});

/** What shows that a right is missing: the API server's own words in the log, or what follows from its no. */
function symptomOf({
  resources: [resource = ''],
  resourceNames = [],
  verbs,
  apiGroups: [group = ''],
}: Role['rules'][number]): RegExp {
  if (verbs.includes('approve')) return /identity policy not proven/;
  if (resourceNames.includes(requesterGuard.name)) return /may not read the requester policy/;
  if (resource === 'customruns/finalizers') return /cannot set blockOwnerDeletion/;
  const listed = group === '' ? `${resource}\\.` : `${resource}.${group}`;
  // The log is JSON, so the quotes in the API server's sentence are escaped.
  return new RegExp(`cannot \\w+ resource \\\\?"${resource}\\\\?"|Not allowed to list ${listed}`);
}

const cases = [...rulesOf(clusterRoles, roleName), ...rulesOf(roles, `${operatorName}/${roleName}`)];

function rulesOf(
  type: ResourceType,
  key: string,
): { title: string; type: ResourceType; key: string; index: number }[] {
  const file = manifest<Role>('20-rbac-operator.yaml').find(({ kind }) => kind === type.kind);
  return (file?.rules ?? []).map(({ verbs, resources: kinds, resourceNames: names = [] }, index) => ({
    title: [`${verbs.join(', ')} on ${kinds.join(', ')}`, ...names].join(' named '),
    type,
    key,
    index,
  }));
}

describe('the operator needs each of its rights', () => {
  it.each(cases)('$title', async ({ type, key, index }) => {
    const { object } = await admin.get<Role>(type, key);
    const rule = object.rules[index];
    if (rule === undefined) throw new Error('the installed role differs from the file');
    await admin.patch(
      type,
      key,
      { rules: object.rules.filter((_, other) => other !== index) },
      { type: 'merge' },
    );
    if (rule.verbs.includes('create')) await forget(rule.resources[0]);
    const operator = start();
    const given = new AbortController();
    const way = wholeWay(given.signal).catch((error: unknown) => error);
    try {
      const missed = await Promise.race([
        until('a sign of the missing right', async () => operator.said(symptomOf(rule))).then(() => true),
        way.then((error) => (error === undefined ? false : operator.said(symptomOf(rule)))),
      ]);
      expect(missed, operator.lines.slice(-5).join('\n')).toBe(true);
    } finally {
      given.abort();
      await way;
      await operator.stop();
      await admin.patch(type, key, { rules: object.rules }, { type: 'merge' });
    }
  });
});

/** Removes what an earlier start has made once for all, so that it has to be made again. */
async function forget(resource: string | undefined): Promise<void> {
  if (resource === 'leases')
    await admin.delete(leaseType, `${operatorName}/${operatorName}`).catch(ignoreNotFound);
  if (resource !== 'secrets') return;
  // New keys are made only while no request waits.
  await until('no request to wait', async () => {
    const { items } = await admin.listAll<ApprovalTask & KubeObject>(resources.approvalTasks);
    return items.every(({ status }) => status?.status !== 'pending');
  });
  await admin.delete(resources.secrets, `${operatorName}/tekton-approvals-keys`).catch(ignoreNotFound);
}

function ignoreNotFound(error: unknown): void {
  if (!isNotFound(error)) throw error;
}
