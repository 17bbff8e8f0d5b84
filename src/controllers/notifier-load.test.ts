import v8 from 'node:v8';
import vm from 'node:vm';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { growth } from '../../test/endurance/measured.ts';
import { install, ManyTasks } from '../../test/fakes/notifier.ts';
import { diceOf } from '../../test/tier.ts';
import type { ApprovalTask } from '../api/approvaltask.ts';
import { readChannels } from '../api/channelsdocument.ts';
import { timestamp } from '../api/time.ts';
import { FakeClock, settle } from '../kube/fake-clock.ts';
import { everywhere, start, taskOf } from '../notify/fixture.ts';
import type { Notice } from '../notify/notice.ts';
import type { Provider, SendResult } from '../notify/provider.ts';
import { Notifier, type NotifierOptions } from './notifier.ts';

/** Thousands of notices at once, to channels that fail often, take long, or never answer. */

v8.setFlagsFromString('--expose-gc');
const collect = vm.runInNewContext('gc') as () => void;

const document = readChannels({
  slack: { releases: { webhookUrl: 'https://hooks.slack.com/services/T0/B0/x' } },
  teams: { releases: { webhookUrl: 'https://example.environment.api.powerplatform.com/x?sig=y' } },
  webhook: {
    audit: { url: 'https://audit.example.com', secrets: [`whsec_${Buffer.alloc(24).toString('base64')}`] },
  },
  defaults: { everywhere: { slack: ['releases'], teams: ['releases'], webhook: ['audit'] } },
});
if (!document.ok) throw new Error(JSON.stringify(document));
const reach = { ...everywhere, channels: document.channels };

/** Of each task: to so many people by mail, to Slack, to Teams, and to a system. */
const peoplePerTask = 5;
const noticesPerTask = peoplePerTask + 3;
const givesUpMs = 30_000;

type Answer = (notice: Notice, signal?: AbortSignal) => Promise<SendResult>;

let clock: FakeClock;
let tasks: ManyTasks;
let notifier: Notifier;
let answer: Answer;

beforeEach(() => {
  clock = new FakeClock(start);
  tasks = new ManyTasks();
  const provider = (notice: Notice): Provider => ({
    channel: notice.channel,
    send: async (_message, _to, signal) => answer(notice, signal),
  });
  notifier = new Notifier({
    ...install,
    // Only what the notifier calls.
    client: tasks as unknown as NotifierOptions['client'],
    task: (key) => tasks.cached(key),
    provider,
    reach: () => reach,
    url: ({ metadata }) => `https://approvals.example.com/a/shop/${metadata.name}`,
    isLeader: () => true,
    now: () => clock.now(),
    recorder: { event: () => undefined },
    log: pino({ level: 'silent' }),
    clock,
    atOnce: 5,
    perNamespaceHour: 1_000_000,
  });
  tasks.onChange = (key) => notifier.touch(key);
  notifier.start();
});
afterEach(async () => {
  const drained = notifier.drain(0);
  await clock.advance(1);
  await drained;
});

/** Requests that begin now. */
function requests(prefix: string, count: number): ApprovalTask[] {
  const [begin, end] = [timestamp(clock.now()), timestamp(clock.now() + 12 * 3_600_000)];
  return Array.from({ length: count }, (_, index) => {
    const name = `${prefix}-${String(index)}`;
    const approvers = [...Array(peoplePerTask).keys()].map((place) => `p${String(place)}@example.com`);
    const { metadata, ...task } = taskOf({ approvers }, { startTime: begin, deadline: end });
    return { ...task, metadata: { ...metadata, name, uid: `uid-of-${name}` } };
  });
}

const sent = (): number => tasks.states().filter((state) => state === 'sent').length;

/** Deliveries by notice, with those of which no yes came back. */
class Deliveries {
  readonly times = new Map<string, number>();
  readonly withoutYes = new Map<string, number>();
  failures = 0;

  take(id: string): void {
    this.times.set(id, (this.times.get(id) ?? 0) + 1);
  }

  takeWithoutYes(id: string): void {
    this.take(id);
    this.withoutYes.set(id, (this.withoutYes.get(id) ?? 0) + 1);
  }

  /** Notices that did not come once and once more for each time that no yes came back. */
  get wrong(): string[] {
    return [...this.times]
      .filter(([id, times]) => times !== 1 + (this.withoutYes.get(id) ?? 0))
      .map(([id]) => id);
  }
}

/** Fails one in five: refused for now, refused until a time, or never answered, be the message taken or not. */
function unreliable(deliveries: Deliveries, dice = diceOf(6)): Answer {
  return async ({ id }) => {
    if (dice.below(5) > 0) {
      deliveries.take(id);
      return { kind: 'sent' };
    }
    deliveries.failures += 1;
    const how = dice.pick(['busy', 'later', 'lost', 'unanswered'] as const);
    if (how === 'busy') return { kind: 'retry', why: '503' };
    if (how === 'later') return { kind: 'retry', why: '429', afterMs: 90_000 };
    if (how === 'unanswered') deliveries.takeWithoutYes(id);
    await new Promise<void>((resolve) => void clock.after(givesUpMs, resolve));
    return { kind: 'retry', why: 'no answer in time' };
  };
}

describe('10 000 notices to channels of which one in five attempts fails', () => {
  const cycles = 10;
  const perCycle = 1_000 / noticesPerTask;

  test('channel-02: all come, again only where no yes came back, and leave no memory behind', async () => {
    const heap: number[] = [];
    const total = { notices: 0, failures: 0, duplicates: 0 };
    for (let cycle = 0; cycle < cycles; cycle += 1) {
      const deliveries = new Deliveries();
      answer = unreliable(deliveries, diceOf(cycle + 1));
      for (const task of requests(`c${String(cycle)}`, perCycle)) tasks.add(task);
      for (let minute = 0; minute < 600 && sent() < 1_000; minute += 1) await clock.advance(60_000);
      expect([sent(), deliveries.times.size, deliveries.wrong]).toEqual([1_000, 1_000, []]);
      total.notices += deliveries.times.size;
      total.failures += deliveries.failures;
      total.duplicates += [...deliveries.withoutYes.values()].reduce((sum, times) => sum + times, 0);
      tasks.clear();
      await clock.advance(60_000);
      collect();
      heap.push(v8.getHeapStatistics().used_heap_size);
    }
    const { notices, failures, duplicates } = total;
    expect(notices).toBe(10_000);
    expect(failures / (notices + failures)).toBeCloseTo(0.2, 1);
    // One in twenty attempts is taken without a yes.
    expect(duplicates / (notices + failures)).toBeCloseTo(0.05, 1);
    expect(duplicates).toBeGreaterThan(0);
    expect(growth(heap.slice(3))).toBeLessThan(0.01);
    expect(clock.armed).toBe(0);
  }, 300_000);
});

describe('one slow channel', () => {
  test('holds up no other: all else is sent before it has answered once', async () => {
    const came = new Map<string, number>();
    answer = async ({ channel }) => {
      if (channel === 'slack') await new Promise<void>((resolve) => void clock.after(10_000, resolve));
      came.set(channel, (came.get(channel) ?? 0) + 1);
      return { kind: 'sent' };
    };
    for (const task of requests('slow', 40)) tasks.add(task);
    await until(() => came.get('mail') === 40 * peoplePerTask);
    expect(Object.fromEntries(came)).toEqual({ mail: 40 * peoplePerTask, teams: 40, webhook: 40 });
    const begin = clock.now();
    for (let step = 0; step < 100 && came.get('slack') !== 40; step += 1) await clock.advance(1_000);
    expect(came.get('slack')).toBe(40);
    // Five at a time, ten seconds each.
    expect(clock.now() - begin).toBeGreaterThanOrEqual(80_000);
  });
});

describe('channels that never answer', () => {
  test('delay no reconcile: whoever comes later is looked at, and recorded, at once', async () => {
    answer = async (_notice, signal) =>
      new Promise((resolve) => {
        signal?.addEventListener('abort', () => resolve({ kind: 'retry', why: 'stopped' }));
      });
    for (const task of requests('first', 20)) tasks.add(task);
    await settle();
    const later = requests('later', 20);
    for (const task of later) tasks.add(task);
    await until(() => tasks.states().length === 40 * noticesPerTask);
    expect(new Set(tasks.states())).toEqual(new Set(['attempting']));
  });
});

/** Waits for what needs turns of the event loop and no time. */
async function until(isDone: () => boolean): Promise<void> {
  for (let turn = 0; turn < 10_000 && !isDone(); turn += 1) await settle();
  expect(isDone()).toBe(true);
}
