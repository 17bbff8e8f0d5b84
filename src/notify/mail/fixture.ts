import { startMailbox, type Mailbox, type MailboxOptions } from '../../../test/fakes/smtp-server.ts';
import type { ApprovalTask } from '../../api/approvaltask.ts';
import { nobodyKnown } from '../../domain/directory.ts';
import { hash, start, taskOf } from '../fixture.ts';
import { messageOf, type Message } from '../message.ts';
import { identified, type Notice } from '../notice.ts';
import { passwordLogin, type LoginSource } from './login.ts';
import { MailProvider, type MailSettings } from './provider.ts';

/** A recipient's link, as long as they are. */
export const link = `https://approvals.example.com/l/v1.k1.${'p'.repeat(120)}.${'m'.repeat(43)}`;
export const ann = 'ann@example.com';

export function loginAs(login: { username: string; password: string }): LoginSource {
  return passwordLogin(() => login);
}

/** A mail server and the provider that sends through it. */
export interface Post {
  readonly mail: MailProvider;
  readonly mailbox: Mailbox;
}

/** Starts a mail server; without other settings it is used without login, and with the server's certificate trusted. */
export async function startPost(
  options: MailboxOptions,
  settings: Partial<MailSettings> = {},
): Promise<Post> {
  const mailbox = await startMailbox(options);
  const mail = new MailProvider({
    host: '127.0.0.1',
    port: mailbox.port,
    from: { name: '', address: 'approvals@corp.example' },
    login: loginAs({ username: '', password: '' }),
    tls: 'required',
    ...(options.tls && { authorities: [options.tls.cert] }),
    timeoutMs: 10_000,
    ...settings,
  });
  return { mail, mailbox };
}

export function noticeTo(address: string, more: Partial<Notice> = {}): Notice {
  const owed = {
    kind: 'requested',
    channel: 'mail',
    attempt: 1,
    step: 1,
    ordinal: 1,
    recipient: { entry: address },
    address,
    place: 1,
    ...more,
  } as const;
  return identified(taskOf(), owed, hash);
}

export function messageTo(
  recipient: string,
  task: ApprovalTask = taskOf(),
  more: Partial<Notice> = {},
): Message {
  return messageOf({
    task,
    notice: { kind: 'requested', recipient: { entry: recipient }, ...more },
    directory: nobodyKnown,
    link,
    now: start,
  });
}
