import type { Approval, Facts, Outcome, Response, Submission } from './approval.ts';
import { assurances } from './approval.ts';
import { authorOf, type Author, type Unproven } from './author.ts';
import { countedResponses } from './counted.ts';
import { refuseUntimely } from './deadline.ts';
import { asksGroups, entriesOf, mayBeAPerson, sameEntry } from './eligibility.ts';
import { formatInstant } from './instant.ts';
import { personOf } from './person.ts';
import { refused, type Refused } from './refusal.ts';
import { refuseRequester } from './requester.ts';
import { strategyRules } from './strategies/index.ts';
import type { Answer } from './strategies/strategy.ts';
import { commentLimits, isBlank, isTooLong } from './text.ts';

/** What one answer means for the task as it stands. */
export type Judgement =
  /** It was counted before; looking at it again changes nothing. */
  | { readonly kind: 'repeated' }
  | { readonly kind: 'counts'; readonly response: Response }
  | Unproven
  | Refused;

/**
 * Judges one answer against the approval in `facts`. The first reason that holds is the one that is shown, in this
 * order: settled, wrongTask, badSeal or identityNotProven, superseded or late, notAPerson, notListed, assuranceTooLow,
 * commentRequired, tooLong, requesterMayNotApprove or cannotTellApart from the requester, then the strategy's own
 * (sharedLink, alreadyAnswered, sameBrowser, cannotTellApart). So
 * nothing about who is listed is told to an author who is not proven.
 */
export function judge(submission: Submission, facts: Facts): Judgement {
  const { approval } = facts;
  if (approval.responses.some((response) => response.decisionUid === submission.uid))
    return { kind: 'repeated' };
  if (approval.outcome !== undefined) return refused('settled', howItEnded(approval, approval.outcome));
  if (!submission.fits) return refused('wrongTask');
  const author = authorOf(submission);
  if (author.kind === 'refused') return author;
  // Before an unproven author is waited for: an answer that comes too late must not keep the task open.
  const untimely = refuseUntimely(submission, approval);
  if (untimely !== undefined) return untimely;
  return author.kind === 'unproven' ? author : judgeProven(submission, author, facts);
}

function judgeProven(submission: Submission, author: Author, facts: Facts): Judgement {
  const { terms, rules, approval, directory } = facts;
  const { identity, assurance, browser } = author;
  if (!mayBeAPerson(identity, terms, rules)) return refused('notAPerson');
  const [entry, ...more] = entriesNamed(submission, entriesOf(identity, terms, directory));
  if (entry === undefined) return refused('notListed');
  const needed = rules.minAssurance[terms.strategy];
  if (assurances.indexOf(assurance) < assurances.indexOf(needed)) return refused('assuranceTooLow');
  const unfit = refuseComment(submission, facts) ?? refuseRequester(submission.decision, identity, facts);
  if (unfit !== undefined) return unfit;
  const answer: Answer = {
    decision: submission.decision,
    identity,
    entries: [entry, ...more],
    directory,
    ...(browser !== undefined && { browser }),
  };
  const place = strategyRules[terms.strategy].place(answer, countedResponses(approval), terms);
  if (place.kind === 'refused') return place;
  return {
    kind: 'counts',
    response: {
      decisionUid: submission.uid,
      attempt: approval.attempt,
      step: place.step,
      entry: place.entry,
      ...personOf(identity, { name: place.entry, isGroup: asksGroups(terms) }, directory),
      identity,
      decision: submission.decision,
      comment: submission.comment,
      time: submission.createdAt,
      via: submission.via,
      assurance,
      ...(browser !== undefined && { browser }),
    },
  };
}

function entriesNamed({ entry: named }: Submission, entries: readonly string[]): readonly string[] {
  return named === undefined ? entries : entries.filter((entry) => sameEntry(entry, named));
}

function refuseComment({ comment, decision }: Submission, { terms }: Facts): Refused | undefined {
  const { commentRequired } = terms;
  const needed = commentRequired === 'always' || (commentRequired === 'reject' && decision === 'reject');
  if (needed && isBlank(comment)) return refused('commentRequired');
  if (!isTooLong(comment)) return undefined;
  return refused(
    'tooLong',
    `At most ${commentLimits.codePoints} characters and ${commentLimits.bytes} bytes.`,
  );
}

const ended: Readonly<Record<Outcome, string>> = {
  approved: 'It was approved',
  rejected: 'It was rejected',
  timedOut: 'It timed out',
  cancelled: 'It was cancelled',
  invalid: 'It was ended as invalid',
};

function howItEnded(approval: Approval, outcome: Outcome): string {
  const last = countedResponses(approval).at(-1);
  const answered = outcome === 'approved' || outcome === 'rejected';
  const who = answered && last !== undefined ? ` by ${last.person}` : '';
  const when = approval.completionTime === undefined ? '' : ` at ${formatInstant(approval.completionTime)}`;
  return `${ended[outcome]}${who}${when}.`;
}
