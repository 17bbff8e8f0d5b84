import type { KnownPerson, People } from '../domain/directory.ts';
import { entryKey } from '../domain/entry.ts';
import { looseName, mayBeOne, type LooseName } from '../domain/loosename.ts';

/** One name or identity of a person, and where it stands. */
interface Claim {
  readonly person: number;
  readonly path: string;
}

/**
 * What single fields cannot tell: the same name or identity with two persons, members that are no person, a group that
 * has another's name. Names are compared loosely, as two answers are: of whom the answers could not be told apart, the
 * file must not say that they are two.
 */
export function peopleConflicts({ persons, groups }: People): readonly string[] {
  return [...nameConflicts(persons), ...identityConflicts(persons), ...groupProblems({ persons, groups })];
}

function at(person: number, field: string, index?: number): string {
  return `persons[${String(person)}].${field}${index === undefined ? '' : `[${String(index)}]`}`;
}

function nameConflicts(persons: readonly KnownPerson[]): readonly string[] {
  const byName = new Map<string, (Claim & { readonly loose: LooseName })[]>();
  const problems: string[] = [];
  for (const [person, known] of persons.entries()) {
    for (const [path, name] of namesWithPath(known, person)) {
      const loose = looseName(name);
      const before = byName.get(loose.name) ?? [];
      const other = before.find((one) => one.person !== person && mayBeOne(one.loose, loose));
      if (other !== undefined)
        problems.push(
          `${path} may be the same person as ${other.path}; whoever is one person must be listed once.`,
        );
      byName.set(loose.name, [...before, { person, path, loose }]);
    }
  }
  return problems;
}

function namesWithPath(
  { handle, emails, kubernetesUsers }: KnownPerson,
  person: number,
): readonly (readonly [path: string, name: string])[] {
  return [
    [at(person, 'handle'), handle],
    ...emails.map((name, index) => [at(person, 'emails', index), name] as const),
    ...kubernetesUsers.map((name, index) => [at(person, 'kubernetesUsers', index), name] as const),
  ];
}

function identityConflicts(persons: readonly KnownPerson[]): readonly string[] {
  const claimed = new Map<string, Claim>();
  const problems: string[] = [];
  for (const [person, known] of persons.entries()) {
    for (const [path, key] of identitiesWithPath(known, person)) {
      const other = claimed.get(key);
      if (other !== undefined && other.person !== person)
        problems.push(`${path} is also that of ${other.path}.`);
      else claimed.set(key, { person, path });
    }
  }
  return problems;
}

function identitiesWithPath(
  { oidc, chat }: KnownPerson,
  person: number,
): readonly (readonly [path: string, key: string])[] {
  return [
    ...oidc.map(
      ({ issuer, subject }, index) =>
        [at(person, 'oidc', index), JSON.stringify(['oidc', issuer, subject])] as const,
    ),
    ...chat.map(
      ({ channel, id }, index) => [at(person, 'chat', index), JSON.stringify(['chat', channel, id])] as const,
    ),
  ];
}

function groupProblems({ persons, groups }: People): readonly string[] {
  const handles = new Set(persons.map(({ handle }) => handle));
  const taken = new Map(
    persons.flatMap((known, person) =>
      namesWithPath(known, person).map(([path, name]) => [entryKey(name), path]),
    ),
  );
  const problems: string[] = [];
  for (const [index, { name, members }] of groups.entries()) {
    const path = `groups[${String(index)}]`;
    const other = taken.get(entryKey(name));
    if (other === undefined) taken.set(entryKey(name), `${path}.name`);
    else problems.push(`${path}.name is also ${other}.`);
    for (const [member, handle] of members.entries()) {
      if (!handles.has(handle))
        problems.push(`${path}.members[${String(member)}] is the handle of no person.`);
    }
  }
  return problems;
}
