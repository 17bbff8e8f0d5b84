import type { Approval, Outcome, Terms } from './approval.ts';
import { countedResponses, rejectionsAmong } from './counted.ts';
import { chainOn, chainStart, type AuditRecord, type Sha256 } from './digest.ts';
import { strategyRules } from './strategies/index.ts';

/** A record with the digest that was stored with it. Tasks of old have none. */
export type StoredRecord = AuditRecord & { readonly digest?: string | undefined };

/** What is stored of one request. */
export interface Chain {
  readonly specDigest: string;
  readonly records: readonly StoredRecord[];
  /** `status.auditDigest`. */
  readonly head: string;
}

export type ChainReport =
  | { readonly ok: true; readonly head: string }
  /**
   * The first record that does not fit, counted from 0. `unproven`: it, or one behind it up to the first that has a
   * digest of its own.
   */
  | { readonly ok: false; readonly at: number; readonly why: 'changed' | 'added' | 'unproven' }
  /** Each record fits the one before it; what follows the last is missing, or the head was changed. */
  | { readonly ok: false; readonly at: 'head' };

/**
 * Recomputes the chain over what was shown and each counted response, and finds the first record that does not fit:
 * one that was changed, that was put in, or in front of which one was taken out or moved. A chain that somebody
 * computed again as a whole fits in itself: it takes a head that was published elsewhere to notice.
 */
export function verifyChain({ specDigest, records, head }: Chain, sha256: Sha256): ChainReport {
  const heads = [chainStart(specDigest, sha256)];
  for (const [at, record] of records.entries()) {
    const next = chainOn(heads[at] ?? '', record, sha256);
    const fits = record.digest === undefined ? !isProven(records[at - 1]) : record.digest === next;
    if (!fits) return firstMisfit(records.slice(0, at + 1), heads, sha256);
    heads.push(next);
  }
  const covered = heads.lastIndexOf(head);
  if (covered === records.length) return { ok: true, head };
  return covered < 0 ? { ok: false, at: 'head' } : { ok: false, at: covered, why: 'added' };
}

const isProven = (record: StoredRecord | undefined): boolean => record?.digest !== undefined;

/** The last of these does not fit. It may be right, and what stands in front of it wrong. */
function firstMisfit(
  records: readonly StoredRecord[],
  heads: readonly string[],
  sha256: Sha256,
): ChainReport {
  const at = records.length - 1;
  const last = records[at];
  if (last?.digest === undefined || heads.includes(last.digest)) return { ok: false, at, why: 'added' };
  // It follows an earlier record: those between the two were put in.
  const follows = heads.findLastIndex((head) => chainOn(head, last, sha256) === last.digest);
  if (follows >= 0) return { ok: false, at: follows, why: 'added' };
  const isVouchedFor = at === 0 || isProven(records[at - 1]);
  return isVouchedFor ? { ok: false, at, why: 'changed' } : { ok: false, at: 0, why: 'unproven' };
}

const undecided: readonly (Outcome | 'pending')[] = ['pending', 'timedOut', 'cancelled', 'invalid'];

/** What may have become of a request with these records: the answers leave no choice once one settles it. */
export function fittingOutcomes(terms: Terms, approval: Approval): readonly (Outcome | 'pending')[] {
  const counted = countedResponses(approval);
  if (rejectionsAmong(counted).length > 0) return ['rejected'];
  return strategyRules[terms.strategy].isSatisfied(counted, terms) ? ['approved'] : undecided;
}
