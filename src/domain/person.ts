import type { Identity } from './approval.ts';
import { knownPerson, namesOf, ownerOf, type Directory, type KnownPerson } from './directory.ts';
import { sameEntry } from './entry.ts';
import { samePerson } from './loosename.ts';

export { samePerson } from './loosename.ts';

/** Who answered, as it is recorded. */
export interface Recorded {
  /** Canonical name: the handle of whom the directory knows. */
  readonly person: string;
  /** True where the directory named the person. */
  readonly mapped?: boolean | undefined;
}

/**
 * The person behind an identity that answered for an entry: whom the directory says, else the entry as listed where
 * the identity is that entry, else the identity's own name. A link that a whole group shares stands for the group,
 * whoever has the same name.
 */
export function personOf(
  identity: Identity,
  entry: { readonly name: string; readonly isGroup: boolean },
  directory: Directory,
): Recorded {
  const isEntry = sameEntry(entry.name, identity.subject);
  const isShared = isEntry && entry.isGroup && identity.kind === 'link';
  const person = isShared ? undefined : knownPerson(ownerOf(directory, identity));
  if (person !== undefined) return { person: person.handle, mapped: true };
  return { person: isEntry ? entry.name : identity.subject };
}

export type Difference = 'same' | 'unclear' | 'different';

/** Somebody who took part before, as recorded then. Who started a run has nothing but an identity. */
export type Earlier = Partial<Recorded> & { readonly identity: Identity };

/**
 * Whether an identity is provably another person than each of the others.
 *
 * Loose to detect the same: one person of the directory, or names that are loosely equal, among them the name that was
 * recorded and every name of a person whom the directory knows. Strict to tell apart: both are in the directory as
 * different persons, or both are of one kind and issuer. Across kinds nothing else is known: the Kubernetes user
 * `u1234` may well be the owner of `alice@x.io`.
 *
 * The directory of today decides. One that named a recorded person and no longer knows the identity leaves it open
 * which other identities that person has: then nobody can be told apart from it.
 */
export function differenceFrom(
  identity: Identity,
  others: readonly Earlier[],
  directory: Directory,
): Difference {
  const found = others.map((other) => difference(identity, other, directory));
  if (found.includes('same')) return 'same';
  return found.includes('unclear') ? 'unclear' : 'different';
}

function difference(identity: Identity, other: Earlier, directory: Directory): Difference {
  const one = ownerOf(directory, identity);
  const two = ownerOf(directory, other.identity);
  const [person, earlier] = [knownPerson(one), knownPerson(two)];
  if (person !== undefined && earlier !== undefined)
    return isThePerson(person, earlier, other) ? 'same' : 'different';
  if (
    shareAName(namesAround(identity, person), [
      ...namesAround(other.identity, earlier),
      ...recordedName(other),
    ])
  )
    return 'same';
  const isOpen = one === 'disputed' || two === 'disputed' || isLost(other, earlier);
  return !isOpen && isOfOneKind(identity, other.identity) ? 'different' : 'unclear';
}

/** The directory named that person once and no longer knows the identity. */
function isLost({ mapped = false }: Earlier, known: KnownPerson | undefined): boolean {
  return mapped && known === undefined;
}

function shareAName(some: readonly string[], others: readonly string[]): boolean {
  return some.some((one) => others.some((other) => samePerson(one, other)));
}

function isOfOneKind(one: Identity, other: Identity): boolean {
  return one.kind === other.kind && one.issuer === other.issuer;
}

function recordedName({ person }: Earlier): readonly string[] {
  return person === undefined ? [] : [person];
}

/** What was recorded may have been an entry of a list, in any spelling. */
function isThePerson(person: KnownPerson, other: KnownPerson, earlier: Earlier): boolean {
  return person.handle === other.handle || shareAName(namesOf(person), recordedName(earlier));
}

function namesAround({ subject }: Identity, person: KnownPerson | undefined): readonly string[] {
  return person === undefined ? [subject] : [subject, ...namesOf(person)];
}

/** Whether somebody whom a list names may be the one who answered before. */
export function mayBe(entry: string, earlier: Earlier, directory: Directory): boolean {
  return differenceFrom(asLink(entry), [earlier], directory) === 'same';
}

/** Whoever a list means by an entry, as the holder of the link that is made for it. */
export function asLink(entry: string): Identity {
  return { kind: 'link', issuer: '', subject: entry, groups: [] };
}
