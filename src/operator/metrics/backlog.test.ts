import { describe, expect, it } from 'vitest';
import type { ApprovalTask, ApprovalTaskStatus, Notification } from '../../api/approvaltask.ts';
import { timestamp } from '../../api/time.ts';
import { someTask } from '../../controllers/fixture.ts';
import { start } from '../../domain/fixture.ts';
import { backlogOf } from './backlog.ts';

const second = 1_000;
const notice = (more: Partial<Notification>): Notification => ({
  id: 'n',
  kind: 'requested',
  channel: 'mail',
  attempt: 1,
  state: 'waiting',
  attempts: 1,
  ...more,
});

/** A task that was made, and whose attempt began, so many seconds after the start of time. */
const pending = (
  at: number,
  status: Partial<ApprovalTaskStatus> = {},
  spec: Partial<ApprovalTask['spec']> = {},
): ApprovalTask =>
  someTask(spec, {
    meta: { creationTimestamp: timestamp(start + at * second) },
    status: { status: 'pending', attempt: 1, startTime: timestamp(start + at * second), ...status },
  });

const at = (seconds: number): number => start + seconds * second;

describe('what waits', () => {
  it('is counted by strategy, with the age of the oldest', () => {
    const tasks = [pending(0), pending(30), pending(40, {}, { strategy: 'MULTI', approvers: ['a', 'b'] })];
    const { pending: found } = backlogOf(tasks, at(100));
    expect([...found]).toEqual([
      ['SINGLE', { count: 2, oldestMs: 100 * second }],
      ['MULTI', { count: 1, oldestMs: 60 * second }],
      ['FOUR_EYES', { count: 0, oldestMs: 0 }],
    ]);
  });

  it.each<[string, ApprovalTask]>([
    ['settled', pending(0, { status: 'completed', outcome: 'approved' })],
    ['not seen by the operator yet, or somebody else’s', someTask()],
  ])('leaves out what is %s', (_, task) => {
    const { pending: found, overdue } = backlogOf([task], at(100_000));
    expect([[...found.values()].map(({ count }) => count), overdue]).toEqual([[0, 0, 0], 0]);
  });

  it.each([
    [29, 0],
    [31, 1],
  ])('is overdue %i seconds after its deadline: %i', (late, expected) => {
    const task = pending(0, { deadline: timestamp(at(60)) });
    expect(backlogOf([task, pending(0)], at(60 + late)).overdue).toBe(expected);
  });
});

describe('what has not been delivered', () => {
  const undelivered = (task: ApprovalTask, now = at(100)) => {
    const found = backlogOf([task], now).undelivered.get('mail');
    return { ...Object.fromEntries(found?.byState ?? []), age: (found?.oldestMs ?? 0) / second };
  };
  const none = { waiting: 0, attempting: 0, failed: 0, dropped: 0, age: 0 };

  it.each<[string, Partial<Notification>, object]>([
    ['waits, and is owed since the attempt began', {}, { waiting: 1, age: 90 }],
    ['is being tried', { state: 'attempting' }, { attempting: 1, age: 90 }],
    ['was refused for good, and no longer ages', { state: 'failed' }, { failed: 1 }],
    ['was given up, and no longer ages', { state: 'dropped' }, { dropped: 1 }],
    ['was sent', { state: 'sent' }, {}],
    ['belongs to an earlier attempt', { attempt: 2 }, {}],
    ['names a channel that does not exist', { channel: 'mallory"} 1' }, {}],
  ])('a notice that %s', (_, record, expected) => {
    expect(undelivered(pending(10, { notifications: [notice(record)] }))).toEqual({ ...none, ...expected });
  });

  it('is owed, in the second step, since the first person answered', () => {
    const response = {
      decisionUid: 'd',
      attempt: 1,
      step: 1,
      entry: 'alice',
      person: 'alice',
      identity: { kind: 'link' as const, issuer: '', subject: 'alice' },
      decision: 'approve' as const,
      comment: '',
      time: timestamp(at(70)),
      via: 'link' as const,
      assurance: 'link' as const,
    };
    const status = { responses: [response], notifications: [notice({ kind: 'secondStepRequested' })] };
    const task = pending(10, status, { strategy: 'FOUR_EYES', approvers: ['alice', 'bob'] });
    expect(undelivered(task)).toEqual({ ...none, waiting: 1, age: 30 });
  });

  it.each<[string, Partial<Notification>, object]>([
    ['still tried is owed since the end', { kind: 'decided' }, { waiting: 1, age: 20 }],
    [
      'under way is owed since then, too',
      { kind: 'decided', state: 'attempting' },
      { attempting: 1, age: 20 },
    ],
    ['refused or given up is told as an attempt, once', { state: 'failed' }, {}],
    ['dropped with its meaning is no failure', { state: 'dropped' }, {}],
  ])('once the request is settled, what is %s', (_, record, expected) => {
    const settled = { status: 'completed', outcome: 'approved', completionTime: timestamp(at(80)) } as const;
    const task = pending(10, { ...settled, notifications: [notice(record)] });
    expect(undelivered(task)).toEqual({ ...none, ...expected });
  });
});
