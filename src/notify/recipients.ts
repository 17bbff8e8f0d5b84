import type { ApprovalTask, ApprovalTaskSpec } from '../api/approvaltask.ts';
import { isAddress } from '../api/parameters/entry.ts';
import { termsOf } from '../api/storedapproval.ts';
import { asksGroups, sameEntry, slots } from '../domain/eligibility.ts';
import { samePerson } from '../domain/person.ts';
import type { Notice } from './notice.ts';

/** What the install decides about who can be reached. */
export interface Reach {
  /** False where no mail server is configured. */
  readonly mail: boolean;
  /** Domains that may be mailed, subdomains not included; empty: all. */
  readonly allowedDomains: readonly string[];
}

/** Whether a mail to this entry of a list may be sent. */
export function isReachable(entry: string, reach: Reach): boolean {
  if (!reach.mail || !isAddress(entry)) return false;
  const domain = entry.slice(entry.indexOf('@') + 1).toLowerCase();
  return (
    reach.allowedDomains.length === 0 ||
    reach.allowedDomains.some((allowed) => allowed.toLowerCase() === domain)
  );
}

/** Listed entries that count, to whom nothing can be sent: they are told by somebody else, and answer by kubectl. */
export function unreachable(spec: ApprovalTaskSpec, reach: Reach): readonly string[] {
  return slots(termsOf(spec)).filter((entry) => !isReachable(entry, reach));
}

type Addressed = Pick<Notice, 'kind' | 'step' | 'attempt' | 'recipient' | 'place'>;

/**
 * Everyone who is asked in the task's present attempt and step, in the order of the list. The second step of FOUR_EYES
 * asks the pool without the person who answered first, under any spelling that would be refused as the same person; a
 * group is asked again, for its other members.
 */
export function addressed(task: ApprovalTask): readonly Addressed[] {
  const attempt = task.status?.attempt ?? 1;
  const terms = termsOf(task.spec);
  const all = slots(terms).map((recipient, index) => ({ recipient, place: index + 1, attempt }));
  const first = firstOfFourEyes(task);
  if (first === undefined) return all.map((one) => ({ ...one, kind: 'requested', step: 1 }));
  const isFirst = (entry: string): boolean =>
    sameEntry(entry, first.entry) || samePerson(entry, first.person);
  return all
    .filter(({ recipient }) => asksGroups(terms) || !isFirst(recipient))
    .map((one) => ({ ...one, kind: 'secondStepRequested', step: 2 }));
}

type StoredResponse = NonNullable<NonNullable<ApprovalTask['status']>['responses']>[number];

/** The first approval of a FOUR_EYES task in its present attempt. */
export function firstOfFourEyes(task: ApprovalTask): StoredResponse | undefined {
  if (task.spec.strategy !== 'FOUR_EYES') return undefined;
  const attempt = task.status?.attempt ?? 1;
  return task.status?.responses?.find(
    (response) => response.attempt === attempt && response.decision === 'approve',
  );
}
