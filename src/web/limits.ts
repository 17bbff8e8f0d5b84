/** Every limit on what comes in over HTTP, with its unit and reason. */
export const webLimits = {
  /** A comment of the greatest length, percent-encoded, and a little more, so that one a bit too long can be mended. */
  bodyBytes: 16_384,
  bodyFields: 10,
  /** All cookies that are set at once fit in three times. */
  headerBytes: 16_384,
  /** A slow sender keeps a connection no longer than this. */
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 15_000,
  keepAliveMs: 5_000,
  /** How often slow senders are looked for. */
  timeoutCheckMs: 1_000,
  connections: 2_000,
  /** Sessions of one browser; the oldest goes. */
  sessions: 12,
  /** How long an answer's page waits for the verdict. */
  verdictWaitMs: 2_000,
  /** How long the closing server lets requests finish. */
  closeMs: 5_000,
} as const;

/** A token bucket: `burst` at once, then one more every `everyMs`. */
export interface Rate {
  readonly burst: number;
  readonly everyMs: number;
}

/**
 * Whoever holds an authentic link or session is limited only by the use of that one, because everybody may come through
 * the same proxy: strangers cannot use up what an approver needs. Looking and answering are counted apart, because mail
 * scanners open a link many times before its approver does.
 */
export const rates = {
  /** Requests of one network address that prove nothing: wrong links, missing sessions, mails asked for. */
  stranger: { burst: 1_000, everyMs: 10 },
  /** Pages opened with one approver's link or session for one task. */
  looks: { burst: 1_000, everyMs: 50 },
  /** Forms sent with one approver's session for one task. */
  answers: { burst: 20, everyMs: 1_000 },
  /** Mails asked for on one task's page, by anybody. */
  mailsOfTask: { burst: 20, everyMs: 10_000 },
  /** Mails to one approver about one task. What is beyond is not sent, and nobody is told. */
  mailsToApprover: { burst: 3, everyMs: 300_000 },
} as const satisfies Record<string, Rate>;

/** Buckets that are remembered for each rate; the least recently used are forgotten. Bounds memory. */
export const bucketsKept = 10_000;
