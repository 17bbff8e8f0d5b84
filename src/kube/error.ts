/** What is known about a failed call. */
export interface KubeErrorFacts {
  readonly status: number;
  readonly reason?: string;
  readonly retryAfterMs?: number | undefined;
  readonly serverTime?: number | undefined;
  readonly details?: unknown;
  readonly cause?: unknown;
}

/** The one error of every call to the API server. The message is the server's own where it sent one. */
export class KubeError extends Error {
  /** The HTTP status; 0 when no whole answer came: network, timeout, broken stream. */
  readonly status: number;
  /** Status.reason of the Kubernetes API (`NotFound`, `Conflict`, ...); empty if there is none. */
  readonly reason: string;
  /** How long the server asked us to wait, in milliseconds. */
  readonly retryAfterMs?: number;
  /** The server's clock in the answer, milliseconds since the epoch. */
  readonly serverTime?: number;
  /** Status.details of the Kubernetes API, as sent. */
  readonly details?: unknown;

  constructor(message: string, facts: KubeErrorFacts) {
    super(message, facts.cause === undefined ? {} : { cause: facts.cause });
    this.name = 'KubeError';
    this.status = facts.status;
    this.reason = facts.reason ?? '';
    if (facts.retryAfterMs !== undefined) this.retryAfterMs = facts.retryAfterMs;
    if (facts.serverTime !== undefined) this.serverTime = facts.serverTime;
    if (facts.details !== undefined) this.details = facts.details;
  }
}

const has =
  (status: number, reason?: string) =>
  (error: unknown): boolean =>
    error instanceof KubeError &&
    error.status === status &&
    (reason === undefined || error.reason === reason);

/** 404: the object, its namespace or its whole kind is not there. */
export const isNotFound = has(404);
/** 409 Conflict: the object is no longer the one that was read, or a precondition failed. */
export const isConflict = has(409, 'Conflict');
/** 409 AlreadyExists: another object has that name. */
export const isAlreadyExists = has(409, 'AlreadyExists');
/** 422: schema, CEL rule or admission policy says no. */
export const isInvalid = has(422);
/** 403: RBAC or an admission plugin says no. */
export const isForbidden = has(403);
/** 410: the resourceVersion or continue token is too old (reasons Gone and Expired). */
export const isGone = has(410);
/** No answer was taken: it is longer than any may be. */
export const isTooLarge = has(0, 'TooLarge');

/** 403 for a new object in a namespace that is being deleted (k8s.io/apiserver, plugin/namespace/lifecycle). */
export function isNamespaceEnding(error: unknown): boolean {
  if (!(error instanceof KubeError) || !isForbidden(error)) return false;
  const { causes = [] } = (error.details ?? {}) as { causes?: readonly { reason?: string }[] };
  return causes.some(({ reason }) => reason === 'NamespaceTerminating');
}
