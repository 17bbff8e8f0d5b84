import { spawn, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { dump } from 'js-yaml';
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
import { untilNextSecond } from '../integration/until.ts';
import { scratchFolder } from '../scratch.ts';
import { objectsIn, root } from '../unit/repository.ts';

/** The change calendar of examples/webhook, which gets events of the operator and answers by its own service account. */

const serviceAccounts: ResourceType = { ...secrets, plural: 'serviceaccounts', kind: 'ServiceAccount' };
const [secret, newerSecret, unusedSecret, foreignSecret] = [7, 8, 9, 10].map(
  (byte) => `whsec_${Buffer.alloc(32, byte).toString('base64')}`,
) as [string, string, string, string];
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
  freeze([]);
  ({ example, url } = await startExample());
  Object.assign(gate.settings, { ROBOTS: robot, CHANNELS_FILE: channelsFile(), EGRESS_ALLOW: '127.0.0.1' });
  await gate.startOperator();
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
      SECRETS_FILE: file('secrets', `${unusedSecret}\n${secret}\n`),
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

/** As the example's README has it. The example knows the older secret alone: the operator signs with both. */
function channelsFile(): string {
  const file = path.join(folder, 'channels.yaml');
  const webhook = { 'change-calendar': { url, secrets: [newerSecret, secret], kinds: ['requested'] } };
  const defaults = { namespaces: { [gate.namespace]: { webhook: ['change-calendar'] } } };
  writeFileSync(file, dump({ webhook, defaults }));
  return file;
}

/** Sends an event of a request once more, as the operator does. */
async function tell(task: ApprovalTask, signedWith = secret): Promise<SendResult> {
  const channel = { name: 'change-calendar', url, secrets: [signedWith], format: 'json' } as const;
  const provider = webhookProvider(channel, egress, { source: gate.baseUrl, now: Date.now });
  const notice = { kind: 'requested', target: channel.name } as const;
  const message = messageOf({ task, notice, directory: nobodyKnown, link: '', now: Date.now() });
  const id = `notice-of-${task.metadata.uid}`;
  return provider.send(message, { id, threadId: id, address: '' });
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

/** The answer that the example writes, once it counts or does not. The operator tells it anew where the policy was late. */
async function answerTo(task: ApprovalTask): Promise<ApprovalDecision> {
  return gate.verdict(`change-calendar-${task.metadata.uid}-1`);
}

test('an outside system is told, and approves together with a person; an event that comes twice makes one answer', async () => {
  const task = await ask(gate, 'open', { params: both() });
  expect((await answerTo(task)).status).toMatchObject({ verdict: 'counted' });
  expect(await tell(task)).toEqual({ kind: 'sent' });
  expect(await answersTo(task)).toHaveLength(1);
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
  const run = await gate.customRun(task.metadata.name);
  expect(run.status?.conditions).toMatchObject([{ reason: 'Rejected' }]);
  expect(run.status?.results).toEqual(
    expect.arrayContaining([{ name: 'comment', value: 'The change calendar is closed: end-of-year freeze' }]),
  );
});

test('an event that is signed by somebody else is refused for good, and answers nothing', async () => {
  const task = await ask(gate, 'forged', { params: both() });
  const invented = { ...task, metadata: { ...task.metadata, uid: 'invented' } };
  expect(await tell(invented, foreignSecret)).toMatchObject({ kind: 'permanent' });
  expect(await answersTo(invented)).toEqual([]);
});

test('a request that does not ask it is told to it, and none of its business', async () => {
  const told = ({ status }: ApprovalTask): boolean =>
    status?.notifications?.some(({ channel, state }) => channel === 'webhook' && state === 'sent') === true;
  const { metadata } = await ask(gate, 'others', { params: people('alice') });
  const task = await gate.task(metadata.name, told);
  expect(await answersTo(task)).toEqual([]);
});
