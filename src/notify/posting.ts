import { EgressError, type Answer, type Egress, type Sending } from '../egress/egress.ts';
import { retryAfterMs } from '../egress/retryafter.ts';
import type { SendResult } from './provider.ts';

/**
 * Posts once and judges the answer; never rejects. What keeps a request from being answered may be mended, by time or by
 * whoever looks after the channel or the egress settings, so it is worth another try.
 */
export async function posted(
  egress: Egress,
  sending: Sending,
  judge: (answer: Answer) => SendResult,
): Promise<SendResult> {
  try {
    return judge(await egress.post(sending));
  } catch (error) {
    // Whatever another error says may hold the address, so it is not repeated.
    return {
      kind: 'retry',
      why: error instanceof EgressError ? error.message : 'the request could not be made',
    };
  }
}

/** Statuses of RFC 9110 (408), RFC 8470 (425) and RFC 6585 (429) after which the same request may be taken. */
const passing = [408, 425, 429];

/** Whether a status says that the same request may be taken later. */
export function mayPass(status: number): boolean {
  return passing.includes(status) || (status >= 500 && status <= 599);
}

/** To be tried again, not before the time that the answer names, if it names one. `now` is in milliseconds since 1970. */
export function tryAgain(why: string, { headers }: Answer, now: number): SendResult {
  const afterMs = retryAfterMs(headers, now);
  return { kind: 'retry', why, ...(afterMs !== undefined && { afterMs }) };
}
