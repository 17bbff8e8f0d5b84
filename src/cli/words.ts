import type { ApprovalTask } from '../api/approvaltask.ts';
import type { Decision, Outcome } from '../domain/approval.ts';
import { asksGroups, slots } from '../domain/eligibility.ts';
import { termsOf } from '../api/storedapproval.ts';
import { instant } from '../api/time.ts';
import { timeOf } from './moment.ts';
import { visible } from './visible.ts';

export const outcomeWords: Readonly<Record<Outcome, string>> = {
  approved: 'approved',
  rejected: 'rejected',
  timedOut: 'timed out',
  cancelled: 'cancelled',
  invalid: 'invalid',
};

export const answerWords: Readonly<Record<Decision, string>> = { approve: 'approval', reject: 'rejection' };

/** `namespace/name`. */
export function titleOf({ metadata }: ApprovalTask): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

/** Whose answer would still help, as listed; before the operator saw the request, everybody who is listed. */
export function awaitedOf(task: ApprovalTask): readonly string[] {
  return task.status?.awaiting ?? slots(termsOf(task.spec));
}

/** For whom it waits: `bob or anyone in release-managers`; with MULTI all of them, joined by "and". */
export function waitsFor(task: ApprovalTask): string {
  const terms = termsOf(task.spec);
  const awaited = awaitedOf(task).map((entry) =>
    asksGroups(terms) ? `anyone in ${visible(entry)}` : visible(entry),
  );
  const joint = terms.strategy === 'MULTI' ? 'and' : 'or';
  if (awaited.length === 0) return 'nobody';
  const some = awaited.slice(0, 10);
  const rest = awaited.length - some.length;
  return listed(rest === 0 ? some : [...some, `${String(rest)} more`], joint);
}

/** `a, b and c`. */
export function listed(words: readonly string[], joint: string): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} ${joint} ${last}`;
}

/** How a settled request ended: `was approved by bob at 2026-11-21 14:30 UTC`. */
export function howItEnded(task: ApprovalTask, outcome: Outcome): string {
  const { responses = [], completionTime, attempt } = task.status ?? {};
  const last = responses.findLast((response) => response.attempt === attempt);
  const answered = outcome === 'approved' || outcome === 'rejected';
  const who = answered && last !== undefined ? ` by ${visible(last.person)}` : '';
  const when = completionTime === undefined ? '' : ` at ${timeOf(instant(completionTime))}`;
  return `${phrases[outcome]}${who}${when}`;
}

const phrases: Readonly<Record<Outcome, string>> = {
  approved: 'was approved',
  rejected: 'was rejected',
  timedOut: 'timed out',
  cancelled: 'was cancelled',
  invalid: 'was ended as invalid',
};
