import { describe, expect, test } from 'vitest';
import type { ApprovalTask, Notification } from '../api/approvaltask.ts';
import { directoryOf } from '../domain/directory.ts';
import { knownAs } from '../domain/fixture.ts';
import { closingWindowMs, dueNotices } from './due.ts';
import { audited, minute, reach, recorded, said, sent, settled, single } from './duefixture.ts';
import { approvalBy, hash, start, taskOf } from './fixture.ts';
import { advance } from './outbox.ts';

describe('how it ended', () => {
  const asked = sent(single, start, reach);
  const now = start + 31 * minute;

  test('is told by mail also where requests are told in chat alone', () => {
    const byChat = { ...reach, mailKinds: ['decided'] as const };
    expect(said(settled(sent(single, start, byChat), { outcome: 'approved' }), now, byChat)).toEqual([
      'decided mail ann@example.com',
      'decided slack releases',
    ]);
  });

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
