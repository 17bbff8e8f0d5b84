import { describe, expect, test } from 'vitest';
import type { ApprovalTask } from '../api/approvaltask.ts';
import { nobodyKnown } from '../domain/directory.ts';
import { approvalBy, start, taskOf } from './fixture.ts';
import { messageOf, type Message, type MessageFacts } from './message.ts';
import type { NoticeKind } from './notice.ts';

const link = 'https://approvals.example.com/l/v1.k.p.m';

function message(task: ApprovalTask, more: Pick<MessageFacts, 'notice'>): Message {
  return messageOf({ task, directory: nobodyKnown, link, now: start, ...more });
}

describe('how it ended', () => {
  const closing = (
    status: Partial<NonNullable<ApprovalTask['status']>>,
    kind: NoticeKind,
    spec: object = {},
  ): Message => {
    const task = taskOf(spec, { status: 'completed', completionTime: '2026-11-21T09:20:00Z', ...status });
    return message(task, { notice: { kind, recipient: { entry: 'ann@example.com' } } });
  };
  const answers = [approvalBy('bob@example.com', { comment: 'go' })];

  test.each<[string, Message, string, string, string]>([
    [
      'an approval',
      closing({ outcome: 'approved', responses: answers }, 'decided'),
      'Approved: approve of release-7x9k2 (shop)',
      'The pipeline run release-7x9k2 in namespace shop was approved at its task approve.',
      'The pipeline goes on.',
    ],
    [
      'a rejection',
      closing({ outcome: 'rejected' }, 'decided'),
      'Rejected: approve of release-7x9k2 (shop)',
      'The pipeline run release-7x9k2 in namespace shop was rejected at its task approve.',
      'The pipeline takes the path it has for a rejection.',
    ],
    [
      'a rejection that fails the run',
      closing({ outcome: 'rejected' }, 'decided', { onReject: 'fail' }),
      'Rejected: approve of release-7x9k2 (shop)',
      'The pipeline run release-7x9k2 in namespace shop was rejected at its task approve.',
      'The pipeline run fails.',
    ],
    [
      'a deadline that passed',
      closing({ outcome: 'timedOut' }, 'timedOut'),
      'No answer in time: approve of release-7x9k2 (shop)',
      'The pipeline run release-7x9k2 in namespace shop was not answered in time at its task approve.',
      'This step of the pipeline fails.',
    ],
    [
      'a deadline that passed after some had answered',
      closing({ outcome: 'timedOut', responses: answers }, 'timedOut'),
      'Not decided in time: approve of release-7x9k2 (shop)',
      'The pipeline run release-7x9k2 in namespace shop was not decided in time at its task approve.',
      'This step of the pipeline fails.',
    ],
  ])('is told of %s', (...[, said, subject, lead, follows]) => {
    expect(said).toMatchObject({ subject, lead, asked: '', deadline: '', personal: '', viewOnly: true });
    expect(said.next).toEqual([{ name: 'What follows', value: follows }]);
  });

  test('is told of a cancel, which nothing follows from', () => {
    const said = closing({ outcome: 'cancelled' }, 'cancelled');
    expect(said).toMatchObject({ title: 'No longer needed', next: [] });
    expect(said.lead).toContain(
      'no longer waits for an answer at its task approve: the request was cancelled.',
    );
  });

  test('is told of a run that was changed while it waited, and must be started again', () => {
    const said = closing({ outcome: 'invalid' }, 'cancelled');
    expect(said).toMatchObject({ title: 'No longer needed', event: { outcome: 'invalid' } });
    expect(said.lead).toContain(
      'no longer waits for an answer at its task approve: the run was changed while it waited.',
    );
    expect(said.next).toEqual([{ name: 'What follows', value: 'This step of the pipeline fails.' }]);
  });

  test('names who answered, with the comments, and shows machines the same', () => {
    const said = closing({ outcome: 'approved', responses: answers }, 'decided');
    expect(said.answers).toEqual([
      { sentence: 'bob@example.com approved at 2026-11-21 09:10 UTC.', comment: 'go' },
    ]);
    expect(said.event).toMatchObject({
      outcome: 'approved',
      responses: [{ person: 'bob@example.com', decision: 'approve', comment: 'go', step: 1 }],
    });
    expect(JSON.stringify(said.event)).not.toContain('decisionUid');
  });

  test('one answer is told by itself', () => {
    const responses = [...answers, approvalBy('cid@example.com', { decision: 'reject' })];
    const notice = { kind: 'responded', ordinal: 2, target: 'audit' } as const;
    const said = message(taskOf({}, { responses }), { notice });
    expect(said.answers.map(({ sentence }) => sentence)).toEqual([
      'cid@example.com rejected at 2026-11-21 09:10 UTC.',
    ]);
    expect(said.event.responses).toHaveLength(1);
  });

  test('of many answers the last ones are told', () => {
    const responses = Array.from({ length: 30 }, (_, n) => approvalBy(`p${String(n)}@example.com`));
    const said = closing({ outcome: 'approved', responses }, 'decided');
    expect(said.answers).toHaveLength(12);
    expect(said.answers.at(-1)?.sentence).toContain('p29@example.com');
    expect(said.event.responses).toHaveLength(30);
  });
});

describe('who is told', () => {
  test('a reminder asks again, by a link of one’s own', () => {
    const said = message(taskOf(), { notice: { kind: 'reminder', recipient: { entry: 'ann@example.com' } } });
    expect(said).toMatchObject({ link, viewOnly: false, title: 'Reminder: approval needed' });
    expect(said.lead).toContain('is still waiting for an answer at its task approve.');
  });

  test('a channel reads who is asked, and gets no link that answers', () => {
    const said = message(taskOf(), { notice: { kind: 'requested', target: 'releases' } });
    expect(said).toMatchObject({ viewOnly: true });
    expect(said.asked).toMatch(/^Any one of these can decide: ann@example\.com/u);
    expect(said.personal).toContain('This address shows nothing by itself');
    expect(said.footer).toContain('because this channel is configured for it');
  });

  test('a channel reads whose answer decides, for its readers are not all that one person', () => {
    const task = taskOf({ approvers: ['ann@example.com'] });
    const said = message(task, { notice: { kind: 'requested', target: 'releases' } });
    expect(said.asked).toBe('The answer of ann@example.com decides.');
  });

  test('whoever started the run reads why the message came', () => {
    const notice = { kind: 'decided', isRequester: true } as const;
    expect(message(taskOf(), { notice }).footer).toContain('because you started this run');
  });
});

test('a context line that is an address leads there, spelt as browsers do; words around one do not', () => {
  const context = [
    { name: 'Build', value: 'https://CI.example.com/7' },
    { name: 'Note', value: 'see https://ci.example.com' },
  ];
  const notice = { kind: 'requested', recipient: { entry: 'ann@example.com' } } as const;
  expect(message(taskOf({ context }), { notice }).words.slice(-2)).toEqual([
    { name: 'Build', value: 'https://ci.example.com/7', href: 'https://ci.example.com/7' },
    { name: 'Note', value: 'see https://ci.example.com' },
  ]);
});
