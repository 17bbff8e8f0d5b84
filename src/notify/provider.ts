import type { Message } from './message.ts';
import type { Channel, Notice } from './notice.ts';

/** What became of one attempt to send. `why` is masked: fit for status, Events and logs. */
export type SendResult =
  /** `ref`: what it takes to change this message later; at most 128 characters, and no secret. */
  | { readonly kind: 'sent'; readonly ref?: string }
  /** May work later, also because a person mends the configuration. `afterMs`: not before. */
  | { readonly kind: 'retry'; readonly why: string; readonly afterMs?: number }
  /** The same message would be refused again. */
  | { readonly kind: 'permanent'; readonly why: string };

export type Addressing = Pick<Notice, 'id' | 'threadId' | 'address' | 'isRequester'> & {
  /** Of the messages that asked, as far as their provider gave them; the first is the one that people follow. */
  readonly refs?: readonly string[];
};

/** One way of telling people. It tries once and reports; whoever calls it retries. */
export interface Provider {
  readonly channel: Channel;
  /** Never rejects. Ends at its own time limit, or soon after the signal. */
  send(message: Message, to: Addressing, signal?: AbortSignal): Promise<SendResult>;
}
