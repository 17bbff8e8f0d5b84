import type { SendMailOptions } from 'nodemailer';
import type { Message } from '../message.ts';
import type { Addressing } from '../provider.ts';
import { askingTitle, noReplies } from '../wording.ts';
import type { Mailbox } from './mailbox.ts';
import { builtInParts, type MailParts } from './parts.ts';

/** What every mail of an install has in common. */
export interface Letterhead {
  readonly from: Mailbox;
  /** Where answers by mail go; absent: to the sender, and the mail says that they are not read. */
  readonly replyTo?: Mailbox;
  /** Words and looks of the install's own; absent: the built-in ones. */
  readonly render?: (message: Message) => MailParts;
}

/** A mail for the mailer, with its parts as text. */
export type ComposedMail = SendMailOptions & { readonly subject: string } & Pick<MailParts, 'text' | 'html'>;

const senderName = 'Tekton Approvals';

/** Headers of a mail that a machine sends, so that no machine answers it (RFC 3834; the second is Exchange's). */
const automatic = { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' };

/**
 * A mail as it is sent. The envelope is given besides the headers, so that no header decides who receives the message.
 * Everything after a thread's first mail refers to that one, whose id is computed: so it does also where that one was
 * never sent.
 */
export function composeMail(message: Message, to: Addressing, letterhead: Letterhead): ComposedMail {
  const { from, replyTo, render = builtInParts } = letterhead;
  const { address } = from;
  const idOf = (id: string): string => `<${id}@${address.slice(address.lastIndexOf('@') + 1)}>`;
  const isLater = to.threadId !== to.id;
  const { subject, text, html } = render(withReplies(message, replyTo));
  return {
    from: { name: from.name === '' ? senderName : from.name, address },
    ...(replyTo && { replyTo: { ...replyTo } }),
    to: { name: '', address: to.address },
    envelope: { from: address, to: [to.address] },
    subject: subject ?? subjectOf(message, isLater && to.isRequester !== true),
    messageId: idOf(to.id),
    ...(isLater && { inReplyTo: idOf(to.threadId), references: idOf(to.threadId) }),
    headers: automatic,
    xMailer: false,
    text,
    html,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/**
 * Gmail keeps mails together that refer to the same one and have the same subject but for `Re:` (Google Workspace
 * Updates, "Threading changes in Gmail conversation view", 2019); Outlook goes by the subject without its prefix, too
 * (MS-OXOMSG 2.2.1.3). So a later mail has the first one's subject. What happened is the first line of the mail, which
 * lists show beside the subject.
 */
function subjectOf({ subject, topic }: Message, isLater: boolean): string {
  return isLater ? `Re: ${askingTitle}: ${topic}` : subject;
}

function withReplies(message: Message, replyTo: Mailbox | undefined): Message {
  return replyTo === undefined
    ? message
    : { ...message, footer: message.footer.replace(` ${noReplies}`, '') };
}
