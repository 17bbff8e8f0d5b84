import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FakeProvider, FakeTaskApi, notifierOf } from '../../test/fakes/notifier.ts';
import type { ApprovalTask } from '../api/approvaltask.ts';
import { FakeClock, settle } from '../kube/fake-clock.ts';
import { KubeError } from '../kube/error.ts';
import type { RecordedEvent } from '../kube/recorder.ts';
import { start, taskOf } from '../notify/fixture.ts';
import type { Notifier, NotifierOptions } from './notifier.ts';

const key = 'shop/release-approve';
let api: FakeTaskApi;
let provider: FakeProvider;
let clock: FakeClock;
let events: RecordedEvent[];
let logs: string[];
let leading: boolean;
let notifier: Notifier;

function create(task: ApprovalTask, more: Partial<NotifierOptions> = {}): Notifier {
  api = new FakeTaskApi(task);
  const log = pino({ level: 'debug' }, { write: (line: string) => logs.push(line) });
  const made = notifierOf(api, {
    provider: () => provider,
    isLeader: () => leading,
    recorder: { event: (event) => events.push(event) },
    log,
    clock,
    ...more,
  });
  made.start();
  made.touch(key);
  return made;
}

beforeEach(() => {
  provider = new FakeProvider();
  clock = new FakeClock(start);
  events = [];
  logs = [];
  leading = true;
});

afterEach(async () => {
  const drained = notifier.drain(0);
  await clock.advance(1);
  await drained;
});

const single = (): ApprovalTask => taskOf({ approvers: ['ann@example.com'] });

describe('writes', () => {
  test('one message costs two: attempting before it is sent, and its result', async () => {
    provider.byHand = true;
    notifier = create(single());
    await settle();
    expect(api.states()).toEqual(['attempting']);
    expect(provider.sent).toHaveLength(1);
    provider.pending[0]?.({ kind: 'sent' });
    await settle();
    expect(api.states()).toEqual(['sent']);
    await clock.advance(60_000);
    expect(api.writes).toHaveLength(2);
    expect(api.refused).toBe(0);
    expect(api.condition()).toMatchObject({ status: 'True', reason: 'Sent' });
  });

  test('all messages of a task are marked in one write and recorded in one', async () => {
    notifier = create(taskOf());
    await settle();
    await settle();
    expect(api.states()).toEqual(['sent', 'sent', 'sent']);
    expect(api.writes).toHaveLength(2);
    expect(provider.sent.map(({ address }) => address).toSorted()).toEqual([
      'ann@example.com',
      'bob@example.com',
      'cid@example.com',
    ]);
  });

  test('a task that owes nothing is not written', async () => {
    notifier = create(taskOf({ approvers: ['ann'] }));
    await clock.advance(60_000);
    expect(api.writes).toEqual([]);
  });

  test('a cache that lags behind our own write costs no refused write and no second message', async () => {
    notifier = create(single());
    api.cacheFollows = false;
    for (let look = 0; look < 4; look += 1) {
      notifier.touch(key);
      await settle();
    }
    expect(api.states()).toEqual(['sent']);
    expect([api.refused, provider.sent.length, api.writes.length]).toEqual([0, 1, 2]);
  });

  test('a conflict is solved by a live read, and the message sent once', async () => {
    provider.byHand = true;
    notifier = create(single());
    await settle();
    api.cacheFollows = false;
    api.change((task) => ({ ...task, status: { ...task.status, linkGeneration: 5 } }));
    provider.pending[0]?.({ kind: 'sent' });
    await settle();
    expect(api.refused).toBe(1);
    expect(api.stored.status).toMatchObject({ linkGeneration: 5, notifications: [{ state: 'sent' }] });
    expect(provider.sent).toHaveLength(1);
  });

  test('a result that could not be written is written later, and the message is not sent again', async () => {
    provider.byHand = true;
    notifier = create(single());
    await settle();
    api.failures = Array.from({ length: 4 }, () => new KubeError('down', { status: 0 }));
    provider.pending[0]?.({ kind: 'sent' });
    await clock.advance(60_000);
    expect(api.states()).toEqual(['sent']);
    expect(provider.sent).toHaveLength(1);
  });

  test('nothing is sent where attempting could not be written', async () => {
    notifier = create(single());
    api.failures = [new KubeError('down', { status: 503 })];
    await settle();
    expect(provider.sent).toEqual([]);
    await clock.advance(1_000);
    expect(provider.sent).toHaveLength(1);
  });

  test('the write is a server-side apply of our part alone, on the version that was read', async () => {
    notifier = create(single());
    await settle();
    expect(Object.keys(api.writes[0]?.status ?? {}).toSorted()).toEqual(['conditions', 'notifications']);
    expect(api.writes[0]?.metadata).toEqual({
      name: 'release-approve',
      namespace: 'shop',
      resourceVersion: '10',
    });
  });
});

describe('failures', () => {
  test('are retried and visible: condition, one Event, a log line; then all is well', async () => {
    provider.answers = [
      { kind: 'retry', why: '421 busy' },
      { kind: 'retry', why: '421 busy' },
    ];
    notifier = create(single());
    await settle();
    expect(api.condition()).toMatchObject({ status: 'False', reason: 'Retrying' });
    await clock.advance(60_000);
    expect(api.states()).toEqual(['sent']);
    expect(api.condition()).toMatchObject({ status: 'True' });
    expect(provider.sent).toHaveLength(3);
    expect(new Set(provider.sent.map(({ id }) => id)).size).toBe(1);
    expect(events).toMatchObject([
      { type: 'Warning', reason: 'NotificationRetrying', note: expect.stringContaining('421 busy') },
    ]);
    expect(logs.filter((line) => line.includes('421 busy'))).toHaveLength(2);
  });

  test('for good are not tried again', async () => {
    provider.answers = [{ kind: 'permanent', why: '550 unknown user' }];
    notifier = create(single());
    await clock.advance(8 * 86_400_000);
    expect(provider.sent).toHaveLength(1);
    expect(api.condition()).toMatchObject({ status: 'False', reason: 'Failed' });
  });

  test('name no address and no link in status, Events and logs', async () => {
    provider.answers = [{ kind: 'permanent', why: '550 unknown user' }];
    notifier = create(single(), {
      link: () => {
        throw new Error('no keys for ann@example.com token');
      },
    });
    await clock.advance(10_000);
    const told = JSON.stringify([api.stored.status, events, logs]);
    expect(told).toContain('could not be made');
    expect(told).not.toMatch(/ann@example|token/u);
  });

  test('a channel that hangs holds up no other task and no more than its own lane', async () => {
    provider.byHand = true;
    notifier = create(taskOf());
    await settle();
    expect(provider.sent).toHaveLength(2);
    provider.pending[0]?.({ kind: 'sent' });
    await settle();
    expect(provider.sent).toHaveLength(3);
    expect(api.states()).toEqual(['attempting', 'attempting', 'attempting']);
    await clock.advance(5_000);
    expect(api.states().toSorted()).toEqual(['attempting', 'attempting', 'sent']);
  });

  test('more than the namespace may send waits for its hour', async () => {
    notifier = create(taskOf({}, { deadline: undefined }), { perNamespaceHour: 2 });
    await clock.advance(60_000);
    expect(provider.sent).toHaveLength(2);
    await clock.advance(3_600_000);
    expect(api.states()).toEqual(['sent', 'sent', 'sent']);
  });
});

const approved = (task: ApprovalTask): ApprovalTask => ({
  ...task,
  status: { ...task.status, status: 'completed', outcome: 'approved' },
});

describe('whoever leads', () => {
  test('without the lease nothing is written and nothing is sent', async () => {
    leading = false;
    notifier = create(single());
    await clock.advance(60_000);
    expect([api.writes, provider.sent, logs]).toEqual([[], [], []]);
  });

  test('a message whose turn comes after the lease was lost is not sent', async () => {
    provider.byHand = true;
    notifier = create(taskOf());
    await settle();
    leading = false;
    for (const end of provider.pending.splice(0)) end({ kind: 'sent' });
    await clock.advance(60_000);
    expect(provider.sent).toHaveLength(2);
    expect(api.states()).toEqual(['attempting', 'attempting', 'attempting']);
  });

  test('the next leader sends again what was left attempting, under the same ids', async () => {
    provider.byHand = true;
    notifier = create(single());
    await settle();
    const left = api.stored;
    const [first] = provider.sent;
    const successor = create(left);
    await settle();
    expect(provider.sent).toHaveLength(2);
    expect(provider.sent[1]?.id).toBe(first?.id);
    const drained = notifier.drain(0);
    await clock.advance(1);
    await drained;
    notifier = successor;
  });

  test('a message whose request was settled while it waited is dropped', async () => {
    provider.byHand = true;
    notifier = create(taskOf());
    await settle();
    api.change(approved);
    for (const end of provider.pending.splice(0)) end({ kind: 'sent' });
    await clock.advance(10_000);
    expect(provider.sent).toHaveLength(2);
    expect(api.states().toSorted()).toEqual(['dropped', 'sent', 'sent']);
  });

  const gone = { NotFound: 404, Conflict: 409 } as const;
  test.each(['NotFound', 'Conflict'] as const)('a task is forgotten whose write gets %s', async (reason) => {
    provider.byHand = true;
    notifier = create(single());
    await settle();
    api.failures = [new KubeError('', { status: gone[reason], reason })];
    api.isGone = true;
    provider.pending[0]?.({ kind: 'sent' });
    await clock.advance(60_000);
    expect([api.writes.length, logs]).toEqual([1, []]);
  });
});

describe('drain', () => {
  test('waits for what is being sent and records it', async () => {
    provider.byHand = true;
    notifier = create(single());
    await settle();
    const drained = notifier.drain(10_000);
    await settle();
    provider.pending[0]?.({ kind: 'sent' });
    await drained;
    expect(api.states()).toEqual(['sent']);
    expect(clock.armed).toBe(0);
  });

  test('after the grace it stops the rest, which the next leader tries again', async () => {
    provider.byHand = true;
    notifier = create(taskOf());
    await settle();
    const drained = notifier.drain(10_000);
    await clock.advance(10_000);
    await drained;
    expect(provider.sent).toHaveLength(2);
    expect(api.states()).not.toContain('sent');
  });
});
