import { spawn, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { z } from 'zod';
import type { ApprovalDecision } from '../../src/api/approvaldecision.ts';
import type { ApprovalTask } from '../../src/api/approvaltask.ts';
import { identityPolicy, policyName } from '../../src/api/policy/identity.ts';
import { shippedValues } from '../../src/api/policy/values.ts';
import { admissionPolicies, approvalDecisions, secrets } from '../../src/api/resources.ts';
import { nobodyKnown } from '../../src/domain/directory.ts';
import type { KubeObject, ResourceType } from '../../src/kube/object.ts';
import { messageOf } from '../../src/notify/message.ts';
import type { SendResult } from '../../src/notify/provider.ts';
import { webhookProvider } from '../../src/notify/webhook/provider.ts';
import { Api } from '../control-plane/api.ts';
import { clusterOf } from '../control-plane/kubeconfig.ts';
import { roleBindings } from '../control-plane/operator-home.ts';
import { tokenFor } from '../control-plane/service-account.ts';
import { loopbackEgress } from '../fakes/loopback-egress.ts';
import { ask, people } from '../integration/asking.ts';
import { openGate, type Gate } from '../integration/gate.ts';
import { until, untilNextSecond } from '../integration/until.ts';
import { scratchFolder } from '../scratch.ts';
import { objectsIn, root } from '../unit/repository.ts';

/** The change calendar of examples/webhook, which gets an event and answers by its own service account. */

const serviceAccounts: ResourceType = { ...secrets, plural: 'serviceaccounts', kind: 'ServiceAccount' };
const [secret, newerSecret, foreignSecret] = [7, 8, 9].map(
  (byte) => `whsec_${Buffer.alloc(32, byte).toString('base64')}`,
) as [string, string, string];
const param = z.object({ name: z.string(), value: z.union([z.string(), z.array(z.string())]) });
const egress = loopbackEgress();
const folder = scratchFolder('calendar-');
const calendar = path.join(folder, 'calendar.json');

let gate: Gate;
let robot: string;
let example: ChildProcess;
let url: string;
beforeAll(async () => {
  gate = await openGate({ operator: 'elsewhere' });
  robot = `system:serviceaccount:${gate.namespace}:change-calendar`;
  await mayAnswer();
  await gate.allow('alice', [{ kind: 'User', name: 'alice' }]);
  gate.settings['ROBOTS'] = robot;
  await gate.startOperator();
  freeze([]);
  ({ example, url } = await startExample());
  await untilNextSecond();
});
afterAll(async () => {
  example.kill();
  await egress.close();
  await letThrough([]);
  await gate.close();
});

/** What the example's README tells to do: its account, the role in the team's namespace, the list of the policy. */
async function mayAnswer(): Promise<void> {
  const metadata = { name: 'change-calendar' };
  await gate.create(serviceAccounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata });
  const [binding] = objectsIn('examples/webhook/rolebinding.yaml');
  const subjects = [{ kind: 'ServiceAccount', name: 'change-calendar', namespace: gate.namespace }];
  await gate.create(roleBindings, { ...binding, metadata, subjects });
  await letThrough([robot]);
}

async function letThrough(robots: string[]): Promise<void> {
  const [policy] = identityPolicy({ ...shippedValues, robots }) as { spec: object }[];
  await gate.admin.patch(admissionPolicies, policyName, { spec: policy?.spec }, { type: 'merge' });
}

async function startExample(): Promise<{ example: ChildProcess; url: string }> {
  const { kubeconfig } = inject('controlPlane');
  const { server, caData = '' } = clusterOf(kubeconfig);
  const file = (name: string, content: string): string => {
    writeFileSync(path.join(folder, name), content);
    return path.join(folder, name);
  };
  const api = new Api(kubeconfig);
  const token = await tokenFor(api, { namespace: gate.namespace, name: 'change-calendar' }).finally(() =>
    api.close(),
  );
  const child = spawn(process.execPath, [path.join(root, 'examples/webhook/main.mjs')], {
    env: {
      PORT: '0',
      KUBERNETES_API: server,
      NODE_EXTRA_CA_CERTS: file('ca.crt', Buffer.from(caData, 'base64').toString()),
      TOKEN_FILE: file('token', token),
      SECRETS_FILE: file('secrets', `${newerSecret}\n${secret}\n`),
      CALENDAR_FILE: calendar,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const [, port] = /^listening on (\d+)$/.exec(line) ?? [];
    if (port !== undefined) return { example: child, url: `http://127.0.0.1:${port}/events` };
  }
  throw new Error('the example ended before it listened');
}

function freeze(windows: readonly { from: string; to: string; reason: string }[]): void {
  writeFileSync(calendar, JSON.stringify(windows));
}

/** Sends the event of a real request, as the operator does. */
async function tell(task: ApprovalTask, signedWith = secret): Promise<SendResult> {
  const channel = { name: 'change-calendar', url, secrets: [signedWith], format: 'json' } as const;
  const provider = webhookProvider(channel, egress, { source: gate.baseUrl, now: Date.now });
  const notice = { kind: 'requested', target: channel.name } as const;
  const message = messageOf({ task, notice, directory: nobodyKnown, link: '', now: Date.now() });
  const id = `notice-of-${task.metadata.uid}`;
  return provider.send(message, { id, threadId: id, address: '' });
}

/** The API server needs a moment to follow a changed policy; until then the example asks for the event once more. */
async function tellUntilTaken(task: ApprovalTask): Promise<void> {
  await until('the event to be taken', async () => (await tell(task)).kind === 'sent' || undefined);
}

const answersTo = async ({ metadata }: ApprovalTask): Promise<readonly ApprovalDecision[]> =>
  (await gate.all<ApprovalDecision & KubeObject>(approvalDecisions)).filter(
    ({ spec }) => spec.taskRef.uid === metadata.uid,
  );

/** As the example's pipeline asks, with the account that the calendar has here. */
function both(): { name: string; value: unknown }[] {
  const [pipeline] = objectsIn('examples/webhook/pipeline.yaml');
  const { spec } = z
    .object({ spec: z.object({ tasks: z.array(z.object({ params: z.array(param) })) }) })
    .parse(pipeline);
  const [{ params } = { params: [] }] = spec.tasks;
  const shipped = 'system:serviceaccount:change-calendar:change-calendar';
  return params.map(({ name, value }) => ({
    name,
    value: Array.isArray(value) ? value.map((entry) => (entry === shipped ? robot : entry)) : value,
  }));
}

test('an outside system and a person approve together, and an event that comes twice makes one answer', async () => {
  const task = await ask(gate, 'open', { params: both() });
  await tellUntilTaken(task);
  await tellUntilTaken(task);
  const answers = await answersTo(task);
  expect(answers).toHaveLength(1);
  const verdict = await gate.verdict(answers[0]?.metadata.name ?? '');
  expect(verdict.status).toMatchObject({ verdict: 'counted' });
  const byAlice = await gate.answer('alice', task, { decision: 'approve', comment: 'go' });
  expect(byAlice.status).toMatchObject({ verdict: 'counted' });
  const run = await gate.customRun(task.metadata.name);
  expect(run.status?.results).toEqual(
    expect.arrayContaining([
      { name: 'decision', value: 'true' },
      { name: 'comment', value: 'The change calendar is open.|go' },
    ]),
  );
});

test('an outside system rejects by its own rule, and says why', async () => {
  freeze([{ from: '2020-01-01T00:00:00Z', to: '2999-01-01T00:00:00Z', reason: 'end-of-year freeze' }]);
  const task = await ask(gate, 'frozen', { params: both() });
  await tellUntilTaken(task);
  const run = await gate.customRun(task.metadata.name);
  expect(run.status?.conditions).toMatchObject([{ reason: 'Rejected' }]);
  expect(run.status?.results).toEqual(
    expect.arrayContaining([{ name: 'comment', value: 'The change calendar is closed: end-of-year freeze' }]),
  );
});

test('an event that is signed by somebody else is refused for good, and answers nothing', async () => {
  const task = await ask(gate, 'forged', { params: both() });
  expect(await tell(task, foreignSecret)).toMatchObject({ kind: 'permanent' });
  expect(await answersTo(task)).toEqual([]);
});

test('a request that does not ask it is none of its business', async () => {
  const task = await ask(gate, 'others', { params: people('alice') });
  expect(await tell(task)).toEqual({ kind: 'sent' });
  expect(await answersTo(task)).toEqual([]);
});
