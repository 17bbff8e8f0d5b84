/** One request, always a POST. Headers and body go out as they are. */
export interface Sending {
  /** Its path and query count as secret: they appear in no message. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Ends the request early; it then rejects as a time limit does. */
  readonly signal?: AbortSignal;
}

/** What the other side answered, whatever its status: a redirect is an answer and is never followed. */
export interface Answer {
  readonly status: number;
  /** By lower-case name; the values of a name that comes several times are joined by a comma and a blank. */
  readonly headers: Readonly<Record<string, string>>;
  /** The text of at most 64 KiB; the rest is not read. */
  readonly body: string;
}

/** The only way out for HTTP requests. */
export interface Egress {
  /** Sends once and reports. Rejects with an EgressError alone, and soon after its time limit or the signal. */
  post(sending: Sending): Promise<Answer>;
}

/**
 * What kept a request from being answered.
 *
 * refused: our own rules do not let it out; trying again is pointless until the configuration changes.
 * unreachable: no connection, no trust in the certificate, or an answer that is no HTTP.
 * timeout: no whole answer within the time limit, or the signal ended it; it may have arrived all the same.
 */
export type EgressProblem = 'refused' | 'unreachable' | 'timeout';

/** Its message is fit for status, Events and logs: it may name the host, never a path, a query or another secret. It carries no cause, for a cause is printed with it. */
export class EgressError extends Error {
  readonly kind: EgressProblem;

  constructor(kind: EgressProblem, message: string) {
    super(message);
    this.name = 'EgressError';
    this.kind = kind;
  }
}
