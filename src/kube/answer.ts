import { KubeError } from './error.ts';

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

function statusOf(body: string): Status | undefined {
  try {
    const parsed: { kind?: unknown } & Status = JSON.parse(body);
    return parsed.kind === 'Status' ? parsed : undefined;
  } catch {
    // A proxy in between answers in HTML; its status code is all that counts.
    return undefined;
  }
}

/** Seconds or an HTTP date (RFC 9110, 10.2.3); else what the Status asks for. */
function retryAfterOf(head: Head, status: Status | undefined): number | undefined {
  const text = head.retryAfter?.trim() ?? '';
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  if (!Number.isNaN(date) && head.serverTime !== undefined) return Math.max(0, date - head.serverTime);
  const seconds = status?.details?.retryAfterSeconds;
  return seconds === undefined ? undefined : seconds * 1000;
}
