import { describe, expect, test } from 'vitest';
import type { ApprovalTask, ApprovalTaskStatus, Notification } from '../api/approvaltask.ts';
import { readChannels } from '../api/channelsdocument.ts';
import { timestamp } from '../api/time.ts';
import { directoryOf } from '../domain/directory.ts';
import { knownAs } from '../domain/fixture.ts';
import { closingWindowMs, dueNotices, nextReminderAt } from './due.ts';
import { approvalBy, everywhere, hash, start, taskOf } from './fixture.ts';
import { advance, type OutboxFacts } from './outbox.ts';
import type { Reach } from './recipients.ts';

const minute = 60_000;
const document = readChannels({
  slack: {
    releases: { webhookUrl: 'https://hooks.slack.com/services/T0/B0/x' },
    ops: { botToken: 'xoxb-1', conversation: 'C0123456789', directMessages: true },
  },
  webhook: {
    audit: { url: 'https://audit.example.com', secrets: [`whsec_${Buffer.alloc(24).toString('base64')}`] },
  },
});
const channels = document.ok ? document.channels : everywhere.channels;
const reach: Reach = { ...everywhere, channels };
const reminding: Reach = {
  ...reach,
  reminders: { fractions: [0.25, 0.5], everyMs: 0, leastMs: minute, most: 5 },
};
const audited: Reach = {
  ...reach,
  channels: { ...channels, everywhere: { slack: [], teams: [], webhook: ['audit'] } },
};

const said = (task: ApprovalTask, now: number, how: Reach): string[] =>
  dueNotices(task, now, { reach: how, hash })
    .map((one) => `${one.kind} ${one.channel} ${one.target ?? one.address}`)
    .toSorted();

/** The task after everything that was due has been sent, as one look after the other records it. */
function sent(task: ApprovalTask, now: number, how: Reach): ApprovalTask {
  const facts: OutboxFacts = {
    reach: how,
    hash,
    now,
    random: () => 0,
    results: new Map(),
    underWay: new Set(),
  };
  const first = advance(task, facts).records;
  const trying = recorded(task, first);
  const results = new Map(
    first.map(({ id }) => [id, { kind: 'sent', ref: `ref-${id.slice(0, 4)}` } as const]),
  );
  return recorded(task, advance(trying, { ...facts, results }).records);
}

function recorded(task: ApprovalTask, records: readonly Notification[]): ApprovalTask {
  return { ...task, status: { ...task.status, notifications: [...records] } };
}

function settled(task: ApprovalTask, more: Partial<ApprovalTaskStatus>): ApprovalTask {
  const status = { status: 'completed', completionTime: timestamp(start + 30 * minute), ...more } as const;
  return { ...task, status: { ...task.status, ...status } };
}

const single = taskOf({ approvers: ['ann@example.com'], notifyOnSlack: 'releases' });
const directory = directoryOf({
  persons: [knownAs('ann', { emails: ['ann@example.com'], chat: [{ channel: 'OPS', id: 'U123' }] })],
  groups: [],
});

describe('who asks is told', () => {
  test('by mail, and on the channel that the author names, once each', () => {
    expect(said(single, start, reach)).toEqual([
      'requested mail ann@example.com',
      'requested slack releases',
    ]);
  });

  test('a channel is told once of the second step, too', () => {
    const task = taskOf(
      { strategy: 'FOUR_EYES', notifyOnSlack: 'releases' },
      { responses: [approvalBy('ann@example.com')] },
    );
    expect(said(task, start, reach)).toContain('secondStepRequested slack releases');
  });

  test('nothing by ways that are switched off', () => {
    expect(said(single, start, { ...reach, mailKinds: ['decided'] })).toEqual(['requested slack releases']);
  });

  test('by a direct message, where the directory knows the person’s id and the app writes to people', () => {
    expect(said(single, start, { ...reach, directory })).toEqual([
      'requested mail ann@example.com',
      'requested slack ops',
      'requested slack releases',
    ]);
    const [, direct] = dueNotices(single, start, { reach: { ...reach, directory }, hash });
    expect(direct).toMatchObject({ address: 'U123', target: 'ops', recipient: { entry: 'ann@example.com' } });
  });

  test.each([
    ['the kinds that its app is told', { kinds: ['decided'] as const }],
    ['namespaces that may use its app', { namespaces: ['bank'] }],
  ])('by a direct message only of %s, though it is told to another channel', (_, limited) => {
    const app = { botToken: 'xoxb-1', conversation: 'C0123456789', directMessages: true, name: 'ops' };
    const slack = new Map([...channels.slack, ['OPS', { ...app, ...limited }] as const]);
    expect(said(single, start, { ...reach, directory, channels: { ...channels, slack } })).toEqual([
      'requested mail ann@example.com',
      'requested slack releases',
    ]);
  });
});

describe('a reminder', () => {
  const asked = sent(single, start, reminding);

  test('goes to those whom the request reached, when its time has come', () => {
    expect(said(asked, start + 29 * minute, reminding)).not.toContain('reminder mail ann@example.com');
    expect(said(asked, start + 30 * minute, reminding)).toEqual([
      'reminder mail ann@example.com',
      'reminder slack releases',
      'requested mail ann@example.com',
      'requested slack releases',
    ]);
    expect(said(single, start + 30 * minute, reminding)).not.toContain('reminder mail ann@example.com');
  });

  test('is looked for at its time, and after it at the next', () => {
    expect(nextReminderAt(asked, start, reminding)).toBe(start + 30 * minute);
    expect(nextReminderAt(asked, start + 30 * minute, reminding)).toBe(start + 60 * minute);
    expect(nextReminderAt(asked, start + 60 * minute, reminding)).toBeUndefined();
    expect(nextReminderAt(settled(asked, { outcome: 'approved' }), start, reminding)).toBeUndefined();
  });

  test('gives way to the next one, and never goes out twice', () => {
    const once = sent(asked, start + 30 * minute, reminding);
    const again = sent(once, start + 30 * minute, reminding);
    expect(again.status?.notifications).toEqual(once.status?.notifications);
    const twice = sent(once, start + 60 * minute, reminding);
    const reminders = (twice.status?.notifications ?? []).filter(({ kind }) => kind === 'reminder');
    expect(reminders.map(({ ordinal }) => ordinal)).toEqual([2, 2]);
  });

  test('never goes to those who answered', () => {
    const multi = sent(taskOf({ strategy: 'MULTI' }), start, reminding);
    const answered = { ...multi, status: { ...multi.status, responses: [approvalBy('bob@example.com')] } };
    const reminders = said(answered, start + 30 * minute, reminding).filter((one) =>
      one.startsWith('reminder'),
    );
    expect(reminders).toEqual(['reminder mail ann@example.com', 'reminder mail cid@example.com']);
  });
});

describe('how it ended', () => {
  const asked = sent(single, start, reach);
  const now = start + 31 * minute;

  test.each([
    ['approved', 'decided'],
    ['rejected', 'decided'],
    ['timedOut', 'timedOut'],
    ['cancelled', 'cancelled'],
    ['invalid', 'cancelled'],
  ] as const)('%s is told as %s to those who were asked, and to the channel', (outcome, kind) => {
    expect(said(settled(asked, { outcome }), now, reach)).toEqual([
      `${kind} mail ann@example.com`,
      `${kind} slack releases`,
    ]);
  });

  test('is not told to people whom no request reached', () => {
    expect(said(settled(single, { outcome: 'approved' }), now, reach)).toEqual(['decided slack releases']);
  });

  const left = (state: Notification['state']): ApprovalTask => {
    const records = (asked.status?.notifications ?? []).map((record): Notification => ({ ...record, state }));
    return settled(recorded(single, records), { outcome: 'approved' });
  };
  const people = (task: ApprovalTask, underWay?: ReadonlySet<string>): string[] =>
    dueNotices(task, now, { reach, hash, ...(underWay && { underWay }) })
      .filter(({ channel }) => channel === 'mail')
      .map(({ kind }) => kind);

  test.each([
    ['left attempting by a crash', 'attempting', ['decided']],
    ['tried, with a yes that came too late', 'waiting', ['decided']],
    ['tried, and dropped at the deadline', 'dropped', ['decided']],
    ['refused for good', 'failed', []],
  ] as const)('is told to people whose request was %s: %s, %j', (_, state, told) => {
    expect(people(left(state))).toEqual(told);
  });

  test('waits for what becomes of a request that is being sent', () => {
    const task = left('attempting');
    const underWay = new Set(task.status?.notifications?.map(({ id }) => id));
    expect(people(task, underWay)).toEqual([]);
  });

  test('is still told once the request that a crash left is dropped', () => {
    const facts = { reach, hash, now, random: () => 0, results: new Map(), underWay: new Set<string>() };
    const task = left('attempting');
    const after = recorded(task, advance(task, facts).records);
    expect(after.status?.notifications?.map(({ kind, state }) => `${kind} ${state}`).toSorted()).toEqual([
      'decided attempting',
      'decided attempting',
      'requested dropped',
      'requested dropped',
    ]);
    expect(people(after)).toEqual(['decided']);
  });

  test('is told for a day', () => {
    const task = settled(asked, { outcome: 'approved' });
    const end = start + 30 * minute + closingWindowMs;
    expect(said(task, end - 1, reach)).toHaveLength(2);
    expect(said(task, end, reach)).toEqual([]);
  });

  test('is still told when the record of the request made room for others', () => {
    const told = sent(settled(asked, { outcome: 'approved' }), now, reach);
    const closing = (told.status?.notifications ?? []).filter(({ kind }) => kind === 'decided');
    expect(said(recorded(told, closing), now, reach)).toContain('decided mail ann@example.com');
  });

  test.each([
    ['confirmed', { name: 'req@example.com', certainty: 'stamped' }, true],
    ['not proven', { name: 'req@example.com', certainty: 'asserted' }, true],
    ['unknown', { name: '', certainty: 'unknown' }, false],
  ] as const)('is told to whoever started the run, if that is %s', (_, requester, told) => {
    const task = settled(sent(taskOf({ approvers: ['ann@example.com'], requester }), start, reach), {
      outcome: 'approved',
    });
    expect(said(task, now, reach).includes('decided mail req@example.com')).toBe(told);
  });

  test('is mailed once to somebody who was asked for each of two groups', () => {
    const persons = [knownAs('ann', { emails: ['ann@example.com'] })];
    const groups = ['leads', 'testers'];
    const both = groups.map((name) => ({ name, members: ['ann'] }));
    const how = { ...reach, directory: directoryOf({ persons, groups: both }) };
    const task = sent(taskOf({ strategy: 'MULTI', approvers: [], groups }), start, how);
    expect(said(task, start, how)).toHaveLength(2);
    expect(said(settled(task, { outcome: 'approved' }), now, how)).toEqual(['decided mail ann@example.com']);
  });

  test('is told once to somebody who started the run and was asked', () => {
    const requester = { name: 'Ann@example.com', certainty: 'stamped' } as const;
    const known = directoryOf({ persons: [knownAs('ann', { emails: ['ann@example.com'] })], groups: [] });
    const how = { ...reach, directory: known };
    const task = sent(taskOf({ approvers: ['ann@example.com'], requester }), start, how);
    expect(said(settled(task, { outcome: 'approved' }), now, how)).toEqual(['decided mail ann@example.com']);
  });
});

describe('another system', () => {
  const task = taskOf({ strategy: 'FOUR_EYES' });
  const first = { ...task, status: { ...task.status, responses: [approvalBy('ann@example.com')] } };
  const end = settled(
    {
      ...first,
      status: { ...first.status, responses: [approvalBy('ann@example.com'), approvalBy('bob@example.com')] },
    },
    { outcome: 'approved' },
  );
  const next = (at: ApprovalTask): string =>
    dueNotices(at, start + 31 * minute, { reach: audited, hash })
      .filter(({ channel }) => channel === 'webhook')
      .map(({ kind, ordinal }) => `${kind} ${String(ordinal)}`)
      .join();

  test('is told of everything in its order, one after the other, though it was away meanwhile', () => {
    const told: string[] = [];
    let now = end;
    for (let look = 0; look < 8; look += 1) {
      told.push(next(now));
      now = sent(now, start + 31 * minute, audited);
    }
    expect([...new Set(told)]).toEqual([
      'requested 1',
      'responded 1',
      'secondStepRequested 1',
      'responded 2',
      'decided 1',
    ]);
    expect((now.status?.notifications ?? []).filter(({ channel }) => channel === 'webhook')).toHaveLength(1);
  });

  test('that takes nothing for good is told the next all the same', () => {
    const trying = sent(task, start, audited);
    const records = (trying.status?.notifications ?? []).map((record) => ({
      ...record,
      state: 'failed' as const,
    }));
    expect(next(recorded(first, records))).toBe('responded 1');
  });
});
