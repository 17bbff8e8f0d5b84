import type { ApprovalTask } from '../api/approvaltask.ts';
import { sameEntry } from '../domain/eligibility.ts';
import type { Instant, Rules } from '../domain/approval.ts';
import { defined } from '../domain/defined.ts';
import type { Recipient } from '../domain/recipient.ts';
import { messageOf } from './message.ts';
import type { Hash } from './notice.ts';
import { isDue, requestsOf } from './due.ts';
import type { Provider } from './provider.ts';
import type { Reach } from './recipients.ts';

/** How long a person waits for a mail they asked for, before the page says that it was tried. */
const limitMs = 10_000;

export interface OnDemandOptions {
  readonly provider: Provider;
  /** Undefined while it is not known who is who: then nothing is sent. */
  readonly reach: () => Reach | undefined;
  /** The recipient's personal URL; throws where none can be made. */
  readonly link: (task: ApprovalTask, recipient: Recipient) => string;
  readonly runEndsAt: (task: ApprovalTask) => Instant | undefined;
  /** What answers have to prove at least, for each strategy; absent: a link is enough. */
  readonly minAssurance?: Rules['minAssurance'];
  readonly now: () => Instant;
  readonly hash: Hash;
  /** A name nobody used before: each of these mails is one of its own. */
  readonly freshId: () => string;
  /** Told of what went wrong, masked. */
  readonly onFailure: (task: ApprovalTask, why: string) => void;
}

/** Mails one approver a fresh link, because that person asked for it. */
export type SendNow = (task: ApprovalTask, recipient: Recipient) => Promise<void>;

/**
 * Makes `sendNow`. It resolves within 10 s and never rejects, and says nothing of what happened: the page shows the
 * same sentence to everybody. Nothing is sent for a request that is no longer open, to somebody who is not asked now,
 * or to an address that may not be mailed. Nothing is retried or recorded: the person can ask again.
 */
export function createSendNow(options: OnDemandOptions): SendNow {
  return async (task, recipient) => {
    try {
      const why = await tryToSend(task, recipient, options);
      if (why !== undefined) options.onFailure(task, why);
    } catch {
      // The text of an unknown error may hold what was being sent.
      options.onFailure(task, 'the message could not be made');
    }
  };
}

/** Why nothing was sent, where that is worth a log line. */
async function tryToSend(
  task: ApprovalTask,
  asker: Recipient,
  options: OnDemandOptions,
): Promise<string | undefined> {
  const now = options.now();
  const reach = options.reach();
  if (reach === undefined) return 'the people directory is not known';
  const notice = requestsOf(task, { reach, hash: options.hash }).find(
    ({ recipient, channel }) =>
      channel === 'mail' &&
      recipient !== undefined &&
      sameEntry(recipient.entry, asker.entry) &&
      recipient.member === asker.member,
  );
  if (notice?.recipient === undefined || !isDue(task, now)) return undefined;
  const link = options.link(task, notice.recipient);
  const message = messageOf(
    defined({
      task,
      notice,
      link,
      now,
      runEndsAt: options.runEndsAt(task),
      minAssurance: options.minAssurance,
      directory: reach.directory,
    }),
  );
  const addressing = { ...notice, id: options.freshId() };
  const result = await options.provider.send(message, addressing, AbortSignal.timeout(limitMs));
  return result.kind === 'sent' ? undefined : result.why;
}
