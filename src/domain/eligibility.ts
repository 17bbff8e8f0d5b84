import type { Identity, Rules, Terms } from './approval.ts';

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
 * Whether a name is a listed entry. Strict, because it is used to allow: equal to the letter, e-mail addresses without
 * regard to the case of A to Z. Unicode's case mapping is kept out: it turns foreign letters into ours (U+212A, the
 * Kelvin sign, into k).
 */
export function sameEntry(a: string, b: string): boolean {
  return entryKey(a) === entryKey(b);
}

function entryKey(entry: string): string {
  const isAddress = /^[^@\s]+@[^@\s]+$/u.test(entry);
  return isAddress ? entry.replaceAll(/[A-Z]/gu, (letter) => letter.toLowerCase()) : entry;
}

/**
 * The entries that an identity may answer for, spelt and ordered as listed. A person's entry is answered by exactly
 * that name; a group's entry by whoever the channel vouches to be a member, or by the link that was mailed to it.
 */
export function entriesOf(identity: Identity, terms: Terms): readonly string[] {
  const names = asksGroups(terms) && identity.kind !== 'link' ? identity.groups : [identity.subject];
  const keys = new Set(names.map(entryKey));
  return slots(terms).filter((entry) => keys.has(entryKey(entry)));
}

/** True for a link that was mailed to a group: whoever reads that mailbox holds it. */
export function isSharedLink(identity: Identity, terms: Terms): boolean {
  return identity.kind === 'link' && asksGroups(terms);
}

/** The same accounts that the admission policy keeps out (k8s/, identity policy). */
const machine = /^system:(?:serviceaccount|node):|^system:anonymous$/u;

/** False for service accounts, nodes and nobody. The install's robots pass, but never as one of four eyes. */
export function mayBeAPerson(identity: Identity, terms: Terms, rules: Rules): boolean {
  if (identity.subject.trim() === '') return false;
  if (!machine.test(identity.subject)) return true;
  return terms.strategy !== 'FOUR_EYES' && rules.robots.includes(identity.subject);
}
