import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FakeProvider, FakeTaskApi, notifierOf } from '../../test/fakes/notifier.ts';
import type { ApprovalTask } from '../api/approvaltask.ts';
import { timestamp } from '../api/time.ts';
import { FakeClock, settle } from '../kube/fake-clock.ts';
import { start, taskOf } from '../notify/fixture.ts';
import type { Message } from '../notify/message.ts';
import type { Addressing, SendResult } from '../notify/provider.ts';
import type { Notifier } from './notifier.ts';

const key = 'shop/release-approve';
const hour = 3_600_000;

/** Keeps what it is to say, too. */
class Spoken extends FakeProvider {
  readonly said: string[] = [];

  override send(message: Message, to: Addressing, signal?: AbortSignal): Promise<SendResult> {
    this.said.push(`${message.kind} ${to.address}`);
    return super.send(message, to, signal);
  }
}

let api: FakeTaskApi;
let provider: Spoken;
let clock: FakeClock;
let leading: boolean;
let notifier: Notifier;

/** A notifier that has told everything about this task. */
async function create(task: ApprovalTask): Promise<void> {
  api = new FakeTaskApi(task);
  notifier = notifierOf(api, { provider: () => provider, clock, isLeader: () => leading });
  notifier.start();
  notifier.touch(key);
  await settle();
}

async function deleteTask(): Promise<void> {
  [api.isGone, api.cached] = [true, undefined];
  notifier.touch(key);
  notifier.deleted(api.stored);
  await settle();
}

beforeEach(() => {
  [provider, clock, leading] = [new Spoken(), new FakeClock(start), true];
});

afterEach(async () => {
  const drained = notifier.drain(0);
  await clock.advance(1);
  await drained;
  expect(clock.armed).toBe(0);
});

const single = (...[status = {}]: [Parameters<typeof taskOf>[1]?]): ApprovalTask =>
  taskOf({ approvers: ['ann@example.com'] }, status);
const asked = 'requested ann@example.com';
const ended = 'cancelled ann@example.com';

describe('a request that is deleted', () => {
  test('while it waits is told as cancelled to whoever was asked, once', async () => {
    await create(single());
    await deleteTask();
    await clock.advance(25 * hour);
    expect(provider.said).toEqual([asked, ended]);
  });

  test('is told though its owner’s deletion had begun', async () => {
    await create(single());
    const deletionTimestamp = timestamp(start);
    api.stored = { ...api.stored, metadata: { ...api.stored.metadata, deletionTimestamp } };
    await deleteTask();
    expect(provider.said).toEqual([asked, ended]);
  });

  test('is told again where telling fails, until it succeeds', async () => {
    await create(single());
    provider.answers = [
      { kind: 'retry', why: 'busy' },
      { kind: 'retry', why: 'busy' },
    ];
    await deleteTask();
    await clock.advance(hour);
    expect(provider.said).toEqual([asked, ended, ended, ended]);
  });

  test('is not told of for longer than a day', async () => {
    await create(single());
    provider.answers = Array.from({ length: 1_000 }, () => ({ kind: 'retry', why: 'busy' }) as const);
    await deleteTask();
    await clock.advance(25 * hour);
    const tries = provider.said.length;
    await clock.advance(25 * hour);
    expect(tries).toBeGreaterThan(10);
    expect(provider.said).toHaveLength(tries);
  });

  test('while it is being told is told as cancelled once that is through', async () => {
    provider.byHand = true;
    await create(single());
    await deleteTask();
    expect(provider.said).toEqual([asked]);
    provider.byHand = false;
    provider.pending[0]?.({ kind: 'sent' });
    await clock.advance(2_000);
    expect(provider.said).toEqual([asked, ended]);
  });

  test('after it was cancelled, and before anybody heard of that, is told as it ended, once', async () => {
    provider.byHand = true;
    await create(single());
    provider.pending[0]?.({ kind: 'sent' });
    await settle();
    provider.byHand = false;
    api.cacheFollows = false;
    const completionTime = timestamp(start);
    api.change((task) => ({
      ...task,
      status: { ...task.status, status: 'completed', outcome: 'cancelled', completionTime },
    }));
    await deleteTask();
    await clock.advance(hour);
    expect(provider.said).toEqual([asked, ended]);
  });

  test('after everybody heard how it ended is told to nobody', async () => {
    const completionTime = timestamp(start);
    await create(single({ status: 'completed', outcome: 'cancelled', completionTime }));
    const heard = provider.said.length;
    await deleteTask();
    await clock.advance(hour);
    expect(provider.said).toHaveLength(heard);
  });

  test('before anybody was asked is told to nobody', async () => {
    await create(single({ startTime: undefined, deadline: undefined }));
    await deleteTask();
    await clock.advance(hour);
    expect(provider.said).toEqual([]);
  });

  test('is told by the leader alone', async () => {
    await create(single());
    leading = false;
    await deleteTask();
    await clock.advance(hour);
    expect(provider.said).toEqual([asked]);
  });

  test('is forgotten when the leader hands over', async () => {
    await create(single());
    provider.answers = [{ kind: 'retry', why: 'busy' }];
    await deleteTask();
    const drained = notifier.drain(0);
    await clock.advance(hour);
    await drained;
    expect(provider.said).toEqual([asked, ended]);
    expect(clock.armed).toBe(0);
  });

  test('is told though another of its name is there already', async () => {
    await create(single());
    const old = api.stored;
    api.stored = api.cached = taskOf({ approvers: ['bob@example.com'] });
    api.stored.metadata.uid = 'uid-2';
    notifier.touch(key);
    notifier.deleted(old);
    await settle();
    await settle();
    expect(provider.said.toSorted()).toEqual([ended, asked, 'requested bob@example.com'].toSorted());
  });
});
