import { KubeError } from './error.ts';

/**
 * Longer than this nobody is obeyed who asks us to come back later: an API server asks for seconds, and a gate must
 * not stand still for a day because a proxy in between says so.
 */
const longestRetryAfterMs = 60_000;

/**
 * What is read of one answer or one event at most. The API server's store takes no object above 1.5 MiB, which written
 * as JSON may become six times that.
 */
export const maxAnswerBytes = 16 * 2 ** 20;

/** A Status object of the Kubernetes API (meta/v1), as far as errors carry it. */
interface Status {
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: { readonly retryAfterSeconds?: number };
}

/** What an answer's head says besides its status. */
export interface Head {
  readonly status: number;
  readonly retryAfter?: string | undefined;
  readonly serverTime?: number | undefined;
}

/** The error an answer with a refusing status stands for. */
export function errorOfAnswer(head: Head, body: string): KubeError {
  const status = statusOf(body);
  return new KubeError(status?.message ?? `the API server answered ${head.status}: ${body.slice(0, 200)}`, {
    status: head.status,
    reason: status?.reason ?? '',
    retryAfterMs: retryAfterOf(head, status),
    serverTime: head.serverTime,
    details: status?.details,
  });
}

/** The error that an ERROR event inside a watch stands for: its object is a Status. */
export function errorOfEvent(object: unknown): KubeError {
  const status = (object ?? {}) as Status;
  return new KubeError(status.message ?? 'the watch reported an error without a message', {
    status: status.code ?? 500,
    reason: status.reason ?? '',
    retryAfterMs: retryAfterOf({ status: status.code ?? 500 }, status),
    details: status.details,
  });
}

/** The error for a call that got no whole answer. An error of ours is passed on as it is. */
export function errorOfSilence(error: unknown): KubeError {
  if (error instanceof KubeError) return error;
  const why = error instanceof Error ? error.message || error.name : String(error);
  return new KubeError(`no answer from the API server: ${why}`, { status: 0, cause: error });
}

/** The error for what is longer than we read. */
export function tooLarge(what: string, maxBytes: number): KubeError {
  const facts = { status: 0, reason: 'TooLarge' };
  return new KubeError(`the API server sent ${what} of more than ${String(maxBytes)} bytes`, facts);
}

/** The whole of an answer as text. Throws, and reads no further, where it is longer than `maxAnswerBytes`. */
export async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of body) {
    size += piece.length;
    if (size > maxAnswerBytes) throw tooLarge('an answer', maxAnswerBytes);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function statusOf(body: string): Status | undefined {
  try {
    const parsed: { kind?: unknown } & Status = JSON.parse(body);
    return parsed.kind === 'Status' ? parsed : undefined;
  } catch {
    // A proxy in between answers in HTML; its status code is all that counts.
    return undefined;
  }
}

function retryAfterOf(head: Head, status: Status | undefined): number | undefined {
  const asked = askedFor(head, status);
  return asked === undefined ? undefined : Math.min(asked, longestRetryAfterMs);
}

/** Seconds or an HTTP date (RFC 9110, 10.2.3); else what the Status asks for. */
function askedFor(head: Head, status: Status | undefined): number | undefined {
  const text = head.retryAfter?.trim() ?? '';
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  if (!Number.isNaN(date) && head.serverTime !== undefined) return Math.max(0, date - head.serverTime);
  const seconds = status?.details?.retryAfterSeconds;
  return seconds === undefined ? undefined : seconds * 1000;
}
