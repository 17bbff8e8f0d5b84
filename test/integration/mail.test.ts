import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import type { ApprovalTask } from '../../src/api/approvaltask.ts';
import { apiVersion, approvalTaskKind, managers } from '../../src/api/names.ts';
import { timestamp } from '../../src/api/time.ts';
import { sha256 } from '../../src/identity/hash.ts';
import { everywhere } from '../../src/notify/fixture.ts';
import { Notifier } from '../../src/controllers/notifier.ts';
import { approvalTasks, namespaces } from '../../src/api/resources.ts';
import { noTelemetry } from '../../src/controllers/telemetry.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { keyOf } from '../../src/kube/object.ts';
import type { RecordedEvent } from '../../src/kube/recorder.ts';
import { Reflector } from '../../src/kube/reflector.ts';
import { passwordLogin } from '../../src/notify/mail/login.ts';
import { MailProvider } from '../../src/notify/mail/provider.ts';
import { issueCertificate } from '../fakes/certificate.ts';
import { startMailbox, type Mailbox, type MailboxOptions } from '../fakes/smtp-server.ts';
import { until } from './until.ts';

const namespace = `mail-${randomBytes(4).toString('hex')}`;
const log = pino({ level: 'silent' });
const tls = issueCertificate({ commonName: 'mail', hosts: ['127.0.0.1'] });
const ann = 'ann@example.com';
const bob = 'bob@example.com';

let client: KubeClient;
let cache: Reflector<ApprovalTask>;
let mailbox: Mailbox;
let events: RecordedEvent[];
let running: Notifier[];

beforeAll(async () => {
  client = KubeClient.load(inject('controlPlane').kubeconfig);
  await client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  cache = new Reflector<ApprovalTask>({ client, type: approvalTasks, namespaces: [namespace], log });
  cache.onChange(({ object }) => {
    for (const notifier of running) notifier.touch(keyOf(object));
  });
  cache.start();
  await cache.whenSynced();
});

afterAll(async () => {
  await cache.stop();
  await client.delete(namespaces, namespace);
  await client.close();
});

beforeEach(() => {
  events = [];
  running = [];
});

afterEach(async () => {
  for (const notifier of running.splice(0)) await notifier.drain(0);
  await mailbox.close();
});

async function serve(options: MailboxOptions): Promise<void> {
  mailbox = await startMailbox({ tls, ...options });
}

/** A notifier as the operator wires it, on the given cache and mail server. */
function startNotifier(): Notifier {
  const provider = new MailProvider({
    host: '127.0.0.1',
    port: mailbox.port,
    from: { name: '', address: 'approvals@corp.example' },
    login: passwordLogin(() => ({ username: '', password: '' })),
    tls: 'required',
    authorities: [tls.cert],
    timeoutMs: 5_000,
  });
  const notifier = new Notifier({
    client,
    task: (key) => cache.get(key),
    provider: () => provider,
    url: () => 'https://approvals.example.com/a/shop/release-approve',
    reach: () => everywhere,
    link: (_task, { entry }) => `https://approvals.example.com/l/token-of-${sha256(entry)}`,
    runEndsAt: () => undefined,
    isLeader: () => true,
    now: () => client.serverNow(),
    random: () => 0,
    hash: sha256,
    recorder: { event: (event) => events.push(event) },
    log,
    telemetry: noTelemetry,
    atOnce: 3,
    perNamespaceHour: 1_000,
  });
  notifier.start();
  running.push(notifier);
  return notifier;
}

type Status = NonNullable<ApprovalTask['status']>;

/** Writes status as the controller does: its own part, by server-side apply. */
async function applyStatus(name: string, status: Status): Promise<void> {
  const body = { apiVersion, kind: approvalTaskKind, metadata: { name, namespace }, status };
  const how = {
    subresource: 'status',
    type: 'apply',
    fieldManager: managers.controller,
    force: true,
  } as const;
  await client.patch(approvalTasks, `${namespace}/${name}`, body, how);
}

const pending = (): Status => ({ status: 'pending', attempt: 1, startTime: timestamp(client.serverNow()) });

async function ask(name: string, spec: object): Promise<void> {
  const object = {
    apiVersion,
    kind: approvalTaskKind,
    metadata: { name, namespace },
    spec: { pipelineTask: name, ...spec },
  };
  await client.create(approvalTasks, object);
  await applyStatus(name, pending());
}

async function read(name: string): Promise<ApprovalTask> {
  return (await client.get<ApprovalTask>(approvalTasks, `${namespace}/${name}`)).object;
}

const condition = (task: ApprovalTask) =>
  task.status?.conditions?.find(({ type }) => type === 'NotificationsDelivered');

function delivered(name: string, status: 'True' | 'False'): Promise<ApprovalTask> {
  return until(`NotificationsDelivered of ${name} is ${status}`, async () => {
    const task = await read(name);
    return condition(task)?.status === status ? task : undefined;
  });
}

describe('on a real API server and a real mail server', () => {
  test('each person gets one mail, and the status holds progress without addresses or links', async () => {
    await serve({});
    startNotifier();
    await ask('plain', { approvers: [ann, bob, 'carol'] });
    await mailbox.waitFor(({ to }) => to[0] === ann);
    await mailbox.waitFor(({ to }) => to[0] === bob);
    const task = await until('both are recorded', async () => {
      const seen = await read('plain');
      return seen.status?.notifications?.every(({ state }) => state === 'sent') ? seen : undefined;
    });
    expect(condition(task)?.message).toContain(
      'mail: 2 of 2 sent. 1 entry of the list is reached by no channel',
    );
    expect(task.status?.notifications).toMatchObject([{ state: 'sent' }, { state: 'sent' }]);
    expect(JSON.stringify([task.status?.notifications, task.status?.conditions])).not.toMatch(
      /@|token|https?:/u,
    );
    expect(mailbox.messages()).toHaveLength(2);
    for (const mail of mailbox.messages())
      expect(mail).toMatchObject({ secure: true, to: [expect.anything()] });
  });

  test('both writers keep their own part of the status', async () => {
    await serve({});
    startNotifier();
    await ask('writes', { approvers: [ann] });
    const task = await delivered('writes', 'True');
    await applyStatus('writes', {
      ...pending(),
      conditions: [
        { type: 'Succeeded', status: 'Unknown', reason: 'W', message: '', lastTransitionTime: timestamp(0) },
      ],
    });
    const after = await read('writes');
    expect(after.status?.conditions?.map(({ type }) => type).toSorted()).toEqual([
      'NotificationsDelivered',
      'Succeeded',
    ]);
    expect(after.status?.notifications).toEqual(task.status?.notifications);
    expect(after.status?.notifications?.[0]).toMatchObject({ state: 'sent', attempts: 1 });
    expect(mailbox.messages()).toHaveLength(1);
  });

  test('H59: 421 is retried under the same Message-ID, with one Event, until it is through', async () => {
    await serve({
      script: ({ stage, count }) =>
        stage === 'data' && count === 1 ? { code: 421, text: 'busy' } : undefined,
    });
    startNotifier();
    await ask('busy', { approvers: [ann] });
    const failing = await delivered('busy', 'False');
    expect(failing.status?.status).toBe('pending');
    expect(condition(failing)).toMatchObject({
      reason: 'Retrying',
      message: expect.stringContaining('busy'),
    });
    const done = await delivered('busy', 'True');
    expect(done.status?.notifications).toMatchObject([{ state: 'sent', attempts: 2 }]);
    expect(events).toMatchObject([{ type: 'Warning', reason: 'NotificationRetrying' }]);
  });

  test('H59: 550 for one recipient is named by place, and the others get theirs', async () => {
    await serve({
      script: ({ stage, address }) =>
        stage === 'recipient' && address === bob ? { code: 550, text: `no such user <${bob}>` } : undefined,
    });
    startNotifier();
    await ask('unknown', { approvers: [ann, bob] });
    const task = await delivered('unknown', 'False');
    expect(condition(task)?.message).toContain('1 of 2 sent; number 2 of the list refused for good');
    expect(condition(task)?.message).not.toContain('@');
    expect(mailbox.messages().map(({ to }) => to)).toEqual([[ann]]);
  });

  test('H59: STARTTLS stripped: nothing leaves in clear, the request stays open, the condition says why', async () => {
    mailbox = await startMailbox({});
    startNotifier();
    await ask('stripped', { approvers: [ann] });
    const task = await delivered('stripped', 'False');
    expect(condition(task)?.message).toContain('no secure connection');
    expect(task.status?.status).toBe('pending');
    expect(mailbox.messages()).toEqual([]);
  });

  test('a successor sends what was left attempting, under the same Message-ID', async () => {
    await serve({ script: ({ stage, count }) => (stage === 'data' && count === 1 ? 'hang' : undefined) });
    const first = startNotifier();
    await ask('crash', { approvers: [ann] });
    await until('the first attempt is on its way', () => Promise.resolve(mailbox.stages().includes('data')));
    const id = (await read('crash')).status?.notifications?.[0]?.id ?? '';
    running = [];
    startNotifier().touch(`${namespace}/crash`);
    const mail = await mailbox.waitFor(({ to }) => to[0] === ann);
    expect(mail.parsed.messageId).toBe(`<${id}@corp.example>`);
    await delivered('crash', 'True');
    await first.drain(0);
  });

  test('the second step of FOUR_EYES asks the others, in the same thread', async () => {
    await serve({});
    startNotifier();
    await ask('four', { approvers: [ann, bob], strategy: 'FOUR_EYES' });
    const first = await mailbox.waitFor(({ to }) => to[0] === bob);
    await delivered('four', 'True');
    await applyStatus('four', { ...pending(), responses: [responseOf(ann)] });
    const second = await mailbox.waitFor(
      ({ to, parsed }) => to[0] === bob && (parsed.text ?? '').startsWith('Second approval needed.'),
    );
    expect(second.parsed.inReplyTo).toBe(first.parsed.messageId);
    await delivered('four', 'True');
    expect(mailbox.messages().filter(({ to }) => to[0] === ann)).toHaveLength(1);
  });
});

function responseOf(entry: string): NonNullable<Status['responses']>[number] {
  return {
    decisionUid: 'd',
    attempt: 1,
    step: 1,
    entry,
    person: entry,
    identity: { kind: 'link', issuer: '', subject: entry },
    decision: 'approve',
    comment: 'fine',
    time: timestamp(client.serverNow()),
    via: 'link',
    assurance: 'link',
  };
}
