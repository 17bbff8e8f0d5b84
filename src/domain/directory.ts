import type { Identity } from './approval.ts';
import { entryKey } from './entry.ts';

/** One person, with everything by which that person is known. */
export interface KnownPerson {
  /** The person's name in lists and on record. No identity by itself. */
  readonly handle: string;
  readonly displayName?: string;
  /** The first one is where mail goes. */
  readonly emails: readonly string[];
  readonly kubernetesUsers: readonly string[];
  readonly oidc: readonly { readonly issuer: string; readonly subject: string }[];
  readonly chat: readonly { readonly channel: string; readonly id: string }[];
}

export interface KnownGroup {
  readonly name: string;
  /** Handles. */
  readonly members: readonly string[];
}

/** What the people directory says, in its own order. */
export interface People {
  readonly persons: readonly KnownPerson[];
  readonly groups: readonly KnownGroup[];
}

/** Whose a name or an identity is. What two persons claim belongs to neither. */
export type Owner = KnownPerson | 'disputed' | undefined;

/** The people directory, ready to be asked. Made by `directoryOf`. */
export interface Directory {
  readonly persons: readonly KnownPerson[];
  readonly byName: ReadonlyMap<string, Owner>;
  readonly byUser: ReadonlyMap<string, Owner>;
  readonly byLogin: ReadonlyMap<string, Owner>;
  readonly groups: ReadonlyMap<string, readonly KnownPerson[]>;
}

/** Makes a directory. Members that are no person of it are left out; a name or identity of two persons is nobody's. */
export function directoryOf({ persons, groups }: People): Directory {
  const byHandle = new Map(persons.map((person) => [person.handle, person]));
  return {
    persons,
    byName: claims(persons, (person) => namesOf(person).map(entryKey)),
    byUser: claims(persons, ({ kubernetesUsers }) => kubernetesUsers.map(entryKey)),
    byLogin: claims(persons, ({ oidc }) => oidc.map(loginKey)),
    groups: new Map(
      groups.map(({ name, members }) => [
        entryKey(name),
        [...new Set(members)].flatMap((handle) => byHandle.get(handle) ?? []),
      ]),
    ),
  };
}

/** A directory that knows nobody: every identity is its own person. */
export const nobodyKnown: Directory = directoryOf({ persons: [], groups: [] });

function claims(
  persons: readonly KnownPerson[],
  keysOf: (person: KnownPerson) => readonly string[],
): Map<string, Owner> {
  const owners = new Map<string, Owner>();
  for (const person of persons) {
    for (const key of keysOf(person)) {
      const before = owners.get(key) ?? person;
      owners.set(key, before === person ? person : 'disputed');
    }
  }
  return owners;
}

function loginKey({ issuer, subject }: { readonly issuer: string; readonly subject: string }): string {
  return JSON.stringify([issuer, subject]);
}

/** The names by which a list may ask for a person: handle, e-mail addresses, Kubernetes users. */
export function namesOf({ handle, emails, kubernetesUsers }: KnownPerson): readonly string[] {
  return [handle, ...emails, ...kubernetesUsers];
}

/**
 * Whose identity this is, strictly: a Kubernetes user as listed there, a login by issuer and subject. A link is whose the
 * name is that it was made for.
 */
export function ownerOf(directory: Directory, identity: Identity): Owner {
  switch (identity.kind) {
    case 'kubernetes':
      return directory.byUser.get(entryKey(identity.subject));
    case 'login':
      return directory.byLogin.get(loginKey(identity));
    case 'link':
      return personNamed(directory, identity.subject);
    default:
      return identity.kind satisfies never;
  }
}

/** The person whom a list means by an entry: by handle, e-mail address or Kubernetes user. */
export function personNamed(directory: Directory, entry: string): Owner {
  return directory.byName.get(entryKey(entry));
}

/** The members of a group of the directory; undefined where it has no such group. */
export function membersOf(directory: Directory, group: string): readonly KnownPerson[] | undefined {
  return directory.groups.get(entryKey(group));
}

/** The person, where it is certain who it is. */
export function knownPerson(owner: Owner): KnownPerson | undefined {
  return owner === 'disputed' ? undefined : owner;
}

/** A name as people are shown it: with the display name, where the directory has one for it. */
export function shownName(directory: Directory, name: string): string {
  const person = knownPerson(personNamed(directory, name));
  return person?.displayName === undefined ? name : `${person.displayName} (${person.handle})`;
}
