import type { Approval, Facts, Instant, Outcome, Proof, Response, Submission, Terms } from './approval.ts';
import { countedResponses } from './counted.ts';
import { nextAttempt } from './deadline.ts';
import { judge } from './judge.ts';
import { refuse, type Verdict } from './refusal.ts';
import { strategyRules } from './strategies/index.ts';

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

/** How long an answer whose proof is unknown may hold up the end of an attempt. */
export const unknownProofGraceMs = 60_000;

const soonMs = 1_000;

/**
 * Turns facts into the next state. Pure: the same facts and time give the same answer. A settled approval never
 * changes; everything that still arrives is refused.
 *
 * Within one call the first of these that applies settles the task: drift of the run's spec, a cancel, the answers in
 * their own order, the deadline.
 *
 * An answer whose proof is unknown holds up all answers behind it. Otherwise the state would depend on how answers
 * were batched: whoever is judged first may be the first of four eyes, or the one whose word settles the task. The wait
 * ends with the proof, with drift or a cancel, or a minute after the deadline (or after proving was first tried, where
 * nobody tried before the deadline). What is then still unknown is refused, and the attempt ends without approval: what
 * could not be proven may have been a rejection. So of the answers behind it only rejections count.
 */
export function decide(facts: Facts, now: Instant): Decided {
  const ordered = inOrder(facts.submissions);
  const started = { ...facts, approval: endedFromOutside(facts, now) };
  const unproven = ordered.filter((submission) => judge(submission, started).kind === 'unproven');
  const closedAt = closingTime(started, unproven, now);
  const answered = fold(started, closedAt === undefined ? ordered : withoutUnproven(ordered, unproven));
  const approval =
    closedAt === undefined ? answered.approval : endAttempt(answered.approval, facts, closedAt);
  // What was held up meets the new state: it waits on, or it has lost its chance.
  const heldUp = withoutVerdict(ordered, answered.verdicts);
  const rest = fold({ ...facts, approval }, heldUp);
  const waits = rest.verdicts.length < heldUp.length;
  const again = lookAgainAt(approval, waits, now);
  return {
    approval,
    verdicts: [...answered.verdicts, ...rest.verdicts],
    ...(again !== undefined && { lookAgainAt: again }),
  };
}

function inOrder(submissions: readonly Submission[]): readonly Submission[] {
  return submissions.toSorted((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : 0));
}

function endedFromOutside({ approval, ending }: Facts, now: Instant): Approval {
  if (approval.outcome !== undefined || ending === undefined) return approval;
  const outcome = ending.kind === 'drift' ? 'invalid' : 'cancelled';
  return { ...settle(approval, outcome, now), because: ending.because };
}

function settle(approval: Approval, outcome: Outcome, completionTime: Instant): Approval {
  return { ...approval, outcome, completionTime };
}

/**
 * When the current attempt's end was certain; undefined while time is left, while an answer that was given in time may
 * be missing from the facts, and while an unknown proof is still waited for.
 */
function closingTime(facts: Facts, unproven: readonly Submission[], now: Instant): Instant | undefined {
  const { approval, listedAt } = facts;
  const { deadline } = approval;
  if (approval.outcome !== undefined || deadline === undefined || listedAt === undefined) return undefined;
  if (listedAt < deadline + settleAfterDeadlineMs) return undefined;
  if (unproven.length === 0) return listedAt;
  const waitedFrom = Math.max(deadline, ...unproven.map(({ proof }) => triedSince(proof) ?? deadline));
  // The list may be as old as the wait: people get the whole time of their next attempt.
  return now < waitedFrom + unknownProofGraceMs ? undefined : Math.max(listedAt, now);
}

function triedSince(proof: Proof): Instant | undefined {
  return proof.kind === 'unknown' ? proof.since : undefined;
}

/** The unproven are given up. What is left out here waits for the new state. */
function withoutUnproven(
  ordered: readonly Submission[],
  unproven: readonly Submission[],
): readonly Submission[] {
  const [first] = unproven;
  if (first === undefined) return ordered;
  const held = ordered.indexOf(first);
  return ordered
    .filter(
      (submission, index) =>
        index < held || submission.decision === 'reject' || unproven.includes(submission),
    )
    .map((submission) =>
      unproven.includes(submission) ? { ...submission, proof: { kind: 'notProven' } } : submission,
    );
}

function withoutVerdict(
  submissions: readonly Submission[],
  verdicts: readonly Verdict[],
): readonly Submission[] {
  const judged = new Set(verdicts.map(({ uid }) => uid));
  return submissions.filter(({ uid }) => !judged.has(uid));
}

interface Folded {
  readonly approval: Approval;
  readonly verdicts: readonly Verdict[];
}

/** Judges answers one after the other, each against the state that those before it made, up to the first unproven. */
function fold(facts: Facts, ordered: readonly Submission[]): Folded {
  const verdicts: Verdict[] = [];
  let { approval } = facts;
  for (const submission of ordered) {
    const { uid } = submission;
    const judgement = judge(submission, { ...facts, approval });
    if (judgement.kind === 'unproven') break;
    if (judgement.kind === 'counts') approval = count(approval, judgement.response, facts.terms);
    const verdict: Verdict =
      judgement.kind === 'refused'
        ? refuse(uid, judgement.code, judgement.detail)
        : { uid, verdict: 'counted' };
    verdicts.push(verdict);
  }
  return { approval, verdicts };
}

function count(approval: Approval, response: Response, terms: Terms): Approval {
  const next = { ...approval, responses: [...approval.responses, response] };
  if (response.decision === 'reject') return settle(next, 'rejected', response.time);
  const isSatisfied = strategyRules[terms.strategy].isSatisfied(countedResponses(next), terms);
  return isSatisfied ? settle(next, 'approved', response.time) : next;
}

function endAttempt(approval: Approval, { terms }: Facts, at: Instant): Approval {
  if (approval.outcome !== undefined) return approval;
  if (approval.attempt <= terms.retries) return nextAttempt(approval, terms, at);
  return { ...settle(approval, 'timedOut', at), because: 'The deadline passed without a decision.' };
}

function lookAgainAt(approval: Approval, waits: boolean, now: Instant): Instant | undefined {
  if (approval.outcome !== undefined) return undefined;
  if (waits) return now + soonMs;
  if (approval.deadline === undefined) return undefined;
  const due = approval.deadline + settleAfterDeadlineMs;
  // Past that, only a list that is late enough is missing: asking for one more often than this helps nobody.
  return now < due ? due : now + soonMs;
}
