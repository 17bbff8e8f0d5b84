import type { ApprovalTask } from '../api/approvaltask.ts';
import type { Instant, Rules } from '../domain/approval.ts';
import type { Directory } from '../domain/directory.ts';
import type { Recipient } from '../domain/recipient.ts';
import { defined } from '../domain/defined.ts';
import { Lanes } from './lanes.ts';
import { messageOf, type Message } from './message.ts';
import type { Hash, Notice } from './notice.ts';
import { dueNotices } from './due.ts';
import type { Provider, SendResult } from './provider.ts';
import { Quota } from './quota.ts';
import type { Reach } from './recipients.ts';
import { refsOf } from './refs.ts';
import { isAsking } from './wording.ts';

export interface SenderOptions {
  /** Undefined where the channel is not configured any more: then nothing is sent. */
  readonly provider: (notice: Notice) => Provider | undefined;
  /** Undefined while it is not known who is who: then nothing is sent. */
  readonly reach: () => Reach | undefined;
  /** The recipient's personal URL; throws where none can be made, such as without keys. */
  readonly link: (task: ApprovalTask, recipient: Recipient) => string;
  /** The address of a task, which holds no secret. */
  readonly url: (task: ApprovalTask) => string;
  /** When the PipelineRun's own time limit ends it, where that is known. */
  readonly runEndsAt: (task: ApprovalTask) => Instant | undefined;
  /** What answers have to prove at least, for each strategy; absent: a link is enough. */
  readonly minAssurance?: Rules['minAssurance'];
  /** The API server's clock. */
  readonly now: () => Instant;
  readonly hash: Hash;
  /** How many messages are being sent at a time, for each channel. */
  readonly atOnce: number;
  readonly perNamespaceHour: number;
  /** Told of each attempt that failed. */
  readonly onFailure: (
    task: ApprovalTask,
    notice: Notice,
    result: Exclude<SendResult, { kind: 'sent' }>,
  ) => void;
}

/** A notice to be sent now, with what its message is made from. */
interface Owed {
  readonly task: ApprovalTask;
  readonly notice: Notice;
  readonly directory: Directory;
}

/** Sends notices, a few at a time for each channel, namespaces in turn, and reports what became of each. */
export class Sender {
  readonly #options: SenderOptions;
  readonly #lanes: Lanes;
  readonly #quota: Quota;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#lanes = new Lanes(options.atOnce);
    this.#quota = new Quota(options.perNamespaceHour);
  }

  /**
   * Tries once. `current` is asked when the notice's turn has come, which may be much later: without a task, or where
   * the notice has lost its meaning, nothing is sent and the result is undefined. Never rejects.
   */
  send(
    notice: Notice,
    current: () => ApprovalTask | undefined,
    signal: AbortSignal,
  ): Promise<SendResult | undefined> {
    const party = current()?.metadata.namespace ?? '';
    return this.#lanes.within({ lane: laneOf(notice), party }, async () => {
      const task = signal.aborted ? undefined : current();
      const reach = this.#options.reach();
      if (task === undefined || reach === undefined) return undefined;
      const { now, hash } = this.#options;
      // As it is owed now: the address may have changed meanwhile.
      const owed = dueNotices(task, now(), { reach, hash }).find(({ id }) => id === notice.id);
      if (owed === undefined) return undefined;
      const result = await this.#try({ task, notice: owed, directory: reach.directory }, signal);
      if (result !== undefined && result.kind !== 'sent') this.#options.onFailure(task, owed, result);
      return result;
    });
  }

  async #try(owed: Owed, signal: AbortSignal): Promise<SendResult | undefined> {
    const provider = this.#options.provider(owed.notice);
    if (provider === undefined) return undefined;
    const { task, notice } = owed;
    const { perNamespaceHour } = this.#options;
    const afterMs = this.#quotaWait(owed);
    if (afterMs > 0) {
      return {
        kind: 'retry',
        why: `this namespace may send ${String(perNamespaceHour)} messages an hour`,
        afterMs,
      };
    }
    try {
      const refs = isAsking(notice.kind) ? [] : refsOf(task, notice, this.#options.hash);
      return await provider.send(this.#message(owed), { ...notice, refs }, signal);
    } catch {
      // Whatever the error says may hold what was being sent, so it is not repeated.
      return { kind: 'retry', why: 'the message or its link could not be made' };
    }
  }

  /** Each channel has its own, for tries count, and one that is dead is tried often; systems are told of everything. */
  #quotaWait({ task, notice }: Owed): number {
    if (notice.channel === 'webhook') return 0;
    return this.#quota.take(`${laneOf(notice)}/${task.metadata.namespace ?? ''}`, this.#options.now());
  }

  /** The link is made only now: it is stored nowhere. */
  #message({ task, notice, directory }: Owed): Message {
    const { now, runEndsAt, minAssurance } = this.#options;
    const url = this.#options.url(task);
    const { recipient, kind } = notice;
    const isOwn = recipient !== undefined && isAsking(kind);
    const link = isOwn ? this.#options.link(task, recipient) : url;
    const facts = { task, notice, directory, link, url, now: now(), minAssurance };
    return messageOf(defined({ ...facts, runEndsAt: runEndsAt(task) }));
  }
}

/** One slow or dead channel takes no room from the others. */
function laneOf({ channel, target = '' }: Notice): string {
  return `${channel}/${target}`;
}
