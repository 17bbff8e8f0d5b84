import { EgressError, type Answer, type Egress, type Sending } from '../egress/egress.ts';
import { retryAfterMs } from '../egress/retryafter.ts';
import type { SendResult } from './provider.ts';

/** What became of a message that was not taken. */
export type Unsent = Exclude<SendResult, { kind: 'sent' }>;

/** Posts once and judges the answer; never rejects. */
export async function posted(
  egress: Egress,
  sending: Sending,
  judge: (answer: Answer) => SendResult,
): Promise<SendResult> {
  try {
    return judge(await egress.post(sending));
  } catch (error) {
    return unanswered(error);
  }
}

/**
 * A request that got no answer. What keeps it from one may be mended, by time or by whoever looks after the channel or the
 * egress settings, so it is worth another try, as a login that a mail server refuses is.
 */
export function unanswered(error: unknown): Unsent {
  // Whatever another error says may hold the address, so it is not repeated.
  return {
    kind: 'retry',
    why: error instanceof EgressError ? error.message : 'the request could not be made',
  };
}

/** How a receiver of requests is spoken of. */
export interface Receiving {
  /** What it said, to be read before a cause. */
  readonly said: (answer: Answer) => string;
  /** What to look at, by the status with which it takes nothing more. */
  readonly causes: Readonly<Record<number, string>>;
}

/** What an answer comes to by its status. `now` is in milliseconds since 1970. */
export function judged({ said, causes }: Receiving, answer: Answer, now: number): SendResult {
  const { status } = answer;
  if (status >= 200 && status <= 299) return { kind: 'sent' };
  if (isPassing(status) || (status >= 500 && status <= 599)) return tryAgain(said(answer), answer, now);
  const cause = causes[status] ?? (status < 400 ? 'redirects are not followed' : undefined);
  return { kind: 'permanent', why: cause === undefined ? said(answer) : `${said(answer)}: ${cause}` };
}

/** Statuses of RFC 9110 (408), RFC 8470 (425) and RFC 6585 (429) that say nothing against the request: it came at a bad time. */
const passing = [408, 425, 429];

/** Whether a status below 500 says that the same request may be taken later. */
export function isPassing(status: number): boolean {
  return passing.includes(status);
}

/** To be tried again, not before the time that the answer names, if it names one. `now` is in milliseconds since 1970. */
export function tryAgain(why: string, { headers }: Answer, now: number): Unsent {
  const afterMs = retryAfterMs(headers, now);
  return { kind: 'retry', why, ...(afterMs !== undefined && { afterMs }) };
}
