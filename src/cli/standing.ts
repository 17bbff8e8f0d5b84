import type { ApprovalTask } from '../api/approvaltask.ts';
import { termsOf } from '../api/storedapproval.ts';
import { asksGroups, sameEntry, slots } from '../domain/eligibility.ts';
import { awaitedOf } from './words.ts';

/** The user that the API server takes us for. */
export interface Me {
  readonly user: string;
  readonly groups: readonly string[];
}

/** What a request wants of somebody. */
export type Standing =
  | { readonly kind: 'settled' }
  /** Their answer would help now. */
  | { readonly kind: 'awaited'; readonly entries: readonly string[] }
  /** They approved in this attempt. They may still reject. */
  | { readonly kind: 'approved' }
  /** They are listed, and others have answered for their entries. They may still reject. */
  | { readonly kind: 'listed' }
  /** Their user name and groups are not listed. The people directory, which is not looked at here, may know them. */
  | { readonly kind: 'notListed' };

/** Groups of ours that the request asks for: an answer names no others. */
export function groupsThatMatter(task: ApprovalTask, { groups }: Me): readonly string[] {
  const terms = termsOf(task.spec);
  if (!asksGroups(terms)) return [];
  return groups.filter((group) => slots(terms).some((entry) => sameEntry(entry, group)));
}

/** What a request wants of us, judged by its own lists. */
export function standingOf(task: ApprovalTask, me: Me): Standing {
  if (task.status?.outcome !== undefined) return { kind: 'settled' };
  const terms = termsOf(task.spec);
  const names = asksGroups(terms) ? me.groups : [me.user];
  const isMine = (entry: string): boolean => names.some((name) => sameEntry(name, entry));
  if (!slots(terms).some(isMine)) return { kind: 'notListed' };
  if (hasApproved(task, me)) return { kind: 'approved' };
  const entries = awaitedOf(task).filter(isMine);
  return entries.length === 0 ? { kind: 'listed' } : { kind: 'awaited', entries };
}

function hasApproved({ status }: ApprovalTask, { user }: Me): boolean {
  return (status?.responses ?? []).some(
    ({ attempt, identity, decision }) =>
      attempt === status?.attempt &&
      decision === 'approve' &&
      identity.kind === 'kubernetes' &&
      identity.subject === user,
  );
}
