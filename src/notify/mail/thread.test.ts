import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { issueCertificate } from '../../../test/fakes/certificate.ts';
import type { Mail } from '../../../test/fakes/smtp-server.ts';
import type { ApprovalTaskStatus } from '../../api/approvaltask.ts';
import { approvalBy, taskOf } from '../fixture.ts';
import type { Notice } from '../notice.ts';
import { ann, messageTo, noticeTo, startPost, type Post } from './fixture.ts';
import type { MailSettings } from './provider.ts';

const tls = issueCertificate({ commonName: 'mail', hosts: ['127.0.0.1'] });
let post: Post;

beforeEach(async () => {
  post = await startPost({ tls });
});

afterEach(() => post.mailbox.close());

/** Sends one notice to Ann about a task in this state. */
async function sent(more: Partial<Notice>, status: Partial<ApprovalTaskStatus> = {}): Promise<Mail> {
  const notice = noticeTo(ann, more);
  const task = taskOf({}, status);
  expect(await post.mail.send(messageTo(ann, task, more), notice)).toEqual({ kind: 'sent' });
  const mail = post.mailbox.messages().at(-1);
  if (mail === undefined) throw new Error('no mail');
  return mail;
}

const completed = { status: 'completed', completionTime: '2026-11-21T09:20:00Z' } as const;

describe('the mails about one request', () => {
  test.each<[string, Partial<Notice>, Partial<ApprovalTaskStatus>, string]>([
    ['a reminder', { kind: 'reminder', ordinal: 2 }, {}, 'Reminder: approval needed.'],
    [
      'the second step',
      { kind: 'secondStepRequested', step: 2 },
      { responses: [approvalBy('bob@example.com')] },
      'Second approval needed.',
    ],
    ['the request of a new attempt', { attempt: 2 }, { attempt: 2 }, 'Approval needed.'],
    ['an approval', { kind: 'decided' }, { ...completed, outcome: 'approved' }, 'Approved.'],
    ['a rejection', { kind: 'decided' }, { ...completed, outcome: 'rejected' }, 'Rejected.'],
    [
      'a deadline that passed',
      { kind: 'timedOut' },
      { ...completed, outcome: 'timedOut' },
      'No answer in time.',
    ],
    ['a cancel', { kind: 'cancelled' }, { ...completed, outcome: 'cancelled' }, 'No longer needed.'],
  ])(
    'are one thread: %s refers to the first, has its subject, and begins with what happened',
    async (...row) => {
      const [, more, status, begins] = row;
      const first = await sent({});
      const later = await sent(more, status);
      expect(later.parsed).toMatchObject({
        subject: `Re: ${first.parsed.subject ?? ''}`,
        inReplyTo: first.parsed.messageId,
        references: first.parsed.messageId,
      });
      expect(later.parsed.messageId).not.toBe(first.parsed.messageId);
      expect(later.parsed.text?.split('\n')[0]).toBe(begins);
    },
  );

  test('to whoever started the run and is not asked, the one mail says in its subject how it ended', async () => {
    const mail = await sent({ kind: 'decided', isRequester: true }, { ...completed, outcome: 'approved' });
    expect(mail.parsed.subject).toBe('Approved: approve of release-7x9k2 (shop)');
  });

  test('keep one subject also where its names are cut', async () => {
    const task = { ...taskOf(), spec: { ...taskOf().spec, pipelineTask: 't'.repeat(253) } };
    const [first, later] = [noticeTo(ann), noticeTo(ann, { kind: 'reminder' })];
    await post.mail.send(messageTo(ann, task), first);
    await post.mail.send(messageTo(ann, task, { kind: 'reminder' }), later);
    const [one, two] = post.mailbox.messages();
    expect(two?.parsed.subject).toBe(`Re: ${one?.parsed.subject ?? ''}`);
    expect(one?.parsed.subject?.length).toBeLessThanOrEqual(120);
  });
});

describe('the sender', () => {
  async function sentBy(settings: Partial<MailSettings>): Promise<Mail> {
    const other = await startPost({ tls }, settings);
    await other.mail.send(messageTo(ann), noticeTo(ann));
    await other.mailbox.close();
    const [mail] = other.mailbox.messages();
    if (mail === undefined) throw new Error('no mail');
    return mail;
  }

  test('has our name where none is set, and replies go nowhere', async () => {
    const mail = await sentBy({});
    expect(mail.parsed.from).toEqual({ name: 'Tekton Approvals', address: 'approvals@corp.example' });
    expect(mail.header('reply-to')).toBeUndefined();
    expect(mail.parsed.text).toContain('Replies are not read.');
  });

  test('has the name that is set, whatever is in it, and the envelope has the address alone', async () => {
    const mail = await sentBy({
      from: { name: 'Freigaben, "Köln" <x@y>', address: 'approvals@corp.example' },
    });
    expect(mail.parsed.from).toEqual({ name: 'Freigaben, "Köln" <x@y>', address: 'approvals@corp.example' });
    expect(mail.from).toBe('approvals@corp.example');
  });

  test('may name another place for replies; then no part says that they are not read', async () => {
    const mail = await sentBy({ replyTo: { name: 'Release desk', address: 'desk@corp.example' } });
    expect(mail.parsed.replyTo).toEqual([{ name: 'Release desk', address: 'desk@corp.example' }]);
    for (const part of [mail.parsed.text, mail.parsed.html])
      expect(part).not.toContain('Replies are not read');
  });
});
