import { describe, expect, test } from 'vitest';
import type { Approval, Response } from '../domain/approval.ts';
import { linkHolder, someApproval, start } from '../domain/fixture.ts';
import { approvalTaskSpec, type ApprovalTask } from './approvaltask.ts';
import { renderRunStatus } from './runstatus.ts';
import { taskMessage } from './taskstatus.ts';

type Spec = Partial<ApprovalTask['spec']>;

function taskOf(spec: Spec): ApprovalTask {
  return {
    metadata: {
      name: 'approve',
      namespace: 'shop',
      uid: 'task-uid',
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    spec: approvalTaskSpec.parse({ approvers: ['ann', 'bob', 'cid'], ...spec }),
  };
}

function approvalBy(entry: string): Response {
  return {
    decisionUid: `decision-of-${entry}`,
    attempt: 1,
    step: 1,
    entry,
    person: entry,
    identity: linkHolder(entry),
    decision: 'approve',
    comment: '',
    time: start,
    via: 'link',
    assurance: 'link',
  };
}

const inAnHour = start + 3_600_000;

describe('one sentence on where a request stands', () => {
  test.each<[string, Spec, readonly string[], string]>([
    ['SINGLE', {}, [], 'Waiting for one of ann, bob, cid.'],
    ['SINGLE of one', { approvers: ['ann'] }, [], 'Waiting for ann.'],
    ['MULTI', { strategy: 'MULTI' }, [], 'Waiting for all of ann, bob, cid.'],
    ['MULTI with one left', { strategy: 'MULTI' }, ['ann', 'bob'], 'Waiting for cid.'],
    ['FOUR_EYES', { strategy: 'FOUR_EYES' }, [], 'Waiting for two different people of ann, bob, cid.'],
    [
      'FOUR_EYES of one group',
      { strategy: 'FOUR_EYES', groups: ['ops'] },
      [],
      'Waiting for two different people of ops.',
    ],
    [
      'FOUR_EYES after the first',
      { strategy: 'FOUR_EYES' },
      ['ann'],
      'Waiting for a second person: one of bob, cid.',
    ],
    [
      'many people',
      { strategy: 'MULTI', approvers: ['a', 'b', 'c', 'd', 'e', 'f', 'g'] },
      [],
      'Waiting for all of a, b, c, d, e and 2 more.',
    ],
  ])('%s', (_, ...[spec, approvedBy, sentence]) => {
    expect(taskMessage(taskOf(spec), someApproval({ responses: approvedBy.map(approvalBy) }))).toBe(sentence);
  });

  test('it ends with the deadline', () => {
    expect(taskMessage(taskOf({}), someApproval({ deadline: inAnHour }))).toBe(
      'Waiting for one of ann, bob, cid until 2026-01-01T01:00:00Z.',
    );
  });

  test.each<[string, Partial<Approval>, string]>([
    ['its deadline', { deadline: inAnHour }, 'It was not settled by 2026-01-01T01:00:00Z.'],
    ['none that is known', {}, 'It was not settled by the deadline.'],
  ])('one that timed out names %s', (_, approval, sentence) => {
    expect(taskMessage(taskOf({}), someApproval({ ...approval, outcome: 'timedOut' }))).toBe(sentence);
  });
});

test('a past attempt is told to the run in the same words', () => {
  const { metadata } = taskOf({});
  const approval = someApproval({
    attempt: 2,
    pastAttempts: [{ attempt: 1, startTime: start, deadline: inAnHour, completionTime: inAnHour }],
  });
  const { retriesStatus } = renderRunStatus({
    run: { metadata, spec: {} },
    task: taskOf({}),
    approval,
    approvalUrl: 'https://approvals.example.com/a/shop/approve',
    auditDigest: '',
    notes: [],
    now: inAnHour,
  });
  expect(JSON.stringify(retriesStatus)).toContain('Attempt 1: it was not settled by 2026-01-01T01:00:00Z.');
});
