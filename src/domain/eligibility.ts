import type { Identity, Rules, Terms } from './approval.ts';
import { knownPerson, membersOf, ownerOf, personNamed, type Directory } from './directory.ts';
import { entryKey, sameEntry } from './entry.ts';

export { sameEntry } from './entry.ts';

/** The listed entries that count, each once: the groups, or the approvers where no group is listed. */
export function slots(terms: Terms): readonly string[] {
  const seen = new Set<string>();
  return (asksGroups(terms) ? terms.groups : terms.approvers).filter((entry) => {
    const isNew = !seen.has(entryKey(entry));
    seen.add(entryKey(entry));
    return isNew;
  });
}

/** Whether the entries of these terms are groups. */
export function asksGroups(terms: Terms): boolean {
  return terms.groups.length > 0;
}

/**
 * The entries that an identity may answer for, spelt and ordered as listed. A person's entry is answered by whoever has
 * exactly that name, or by any identity of the person whom the directory knows by it; a group's entry by whoever the
 * channel vouches to be a member, by the link that was mailed to it, or by a member that the directory names.
 */
export function entriesOf(identity: Identity, terms: Terms, directory: Directory): readonly string[] {
  const answers = asksGroups(terms) ? isMember : isPerson;
  return slots(terms).filter((entry) => answers(identity, entry, directory));
}

/** A handle is no identity: of whom the directory knows by that handle alone, no Kubernetes user is the namesake. */
function isPerson(identity: Identity, entry: string, directory: Directory): boolean {
  const listed = personNamed(directory, entry);
  const owner = ownerOf(directory, identity);
  if (listed === 'disputed' || owner === 'disputed') return false;
  if (listed !== undefined && owner !== undefined) return listed.handle === owner.handle;
  return sameEntry(entry, identity.subject) && !(listed !== undefined && sameEntry(entry, listed.handle));
}

function isMember(identity: Identity, entry: string, directory: Directory): boolean {
  const vouched = identity.kind === 'link' ? [identity.subject] : identity.groups;
  if (vouched.some((group) => sameEntry(group, entry))) return true;
  const owner = knownPerson(ownerOf(directory, identity));
  return (
    owner !== undefined && (membersOf(directory, entry) ?? []).some(({ handle }) => handle === owner.handle)
  );
}

/** True for a link that was mailed to a group: whoever reads that mailbox holds it. */
export function isSharedLink(identity: Identity, terms: Terms): boolean {
  return (
    identity.kind === 'link' &&
    asksGroups(terms) &&
    slots(terms).some((entry) => sameEntry(entry, identity.subject))
  );
}

/** User names that are no people's. The admission policies (src/api/policy) keep out the same, and read this as RE2. */
export const machine = /^system:(?:serviceaccount|node):|^system:anonymous$/u;

/** False for service accounts, nodes and nobody. The install's robots pass, but never as one of four eyes. */
export function mayBeAPerson(identity: Identity, terms: Terms, rules: Rules): boolean {
  if (identity.subject.trim() === '') return false;
  if (!isMachine(identity.subject)) return true;
  return terms.strategy !== 'FOUR_EYES' && rules.robots.includes(identity.subject);
}

/** Whether a Kubernetes user is a service account, a node or nobody. */
export function isMachine(user: string): boolean {
  return machine.test(user);
}
