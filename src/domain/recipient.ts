import type { Response, Terms } from './approval.ts';
import { sameEntry } from './entry.ts';
import { membersOf, type Directory } from './directory.ts';
import { asksGroups, slots } from './eligibility.ts';

/** Whom a link is made for: an entry of the list, or one member of a group of it whom the people directory names. */
export interface Recipient {
  /** Spelt as listed. */
  readonly entry: string;
  /** The member's handle. */
  readonly member?: string;
}

/** Everybody for whom a link of this request may have been made: the entries, and the known members of each group. */
export function recipientsOf(terms: Terms, directory: Directory): readonly Recipient[] {
  return slots(terms).flatMap((entry) => [{ entry }, ...membersAsked(terms, entry, directory)]);
}

/** The members of a listed group who are asked one by one; none where the directory does not know the group. */
export function membersAsked(
  terms: Terms,
  entry: string,
  directory: Directory,
): readonly Required<Recipient>[] {
  if (!asksGroups(terms)) return [];
  return (membersOf(directory, entry) ?? []).map(({ handle }) => ({ entry, member: handle }));
}

/** The name as which a recipient answers. */
export function answersAs({ entry, member }: Recipient): string {
  return member ?? entry;
}

/** Whether a recorded answer is one that this recipient gave by link, or the very entry gave in any way. */
export function isOf(recipient: Recipient, { entry, identity }: Response): boolean {
  return sameEntry(entry, recipient.entry) && sameEntry(identity.subject, answersAs(recipient));
}
