import { randomBytes } from 'node:crypto';

/**
 * The people of the tests and the demo: real users of the API server with real groups, by its token file.
 * Nobody has any right beyond what a test grants.
 */
export const people = {
  alice: ['team-a'],
  bob: ['team-a', 'team-b'],
  carol: ['team-b'],
  dave: [],
  erin: ['release-managers'],
  frank: ['release-managers', 'team-b'],
} as const satisfies Record<string, readonly string[]>;

/** A name of `people`. */
export type Person = keyof typeof people;

/** One value for each person. */
export function forEachPerson<T>(make: (person: Person) => T): Record<Person, T> {
  return {
    alice: make('alice'),
    bob: make('bob'),
    carol: make('carol'),
    dave: make('dave'),
    erin: make('erin'),
    frank: make('frank'),
  };
}

/** The users that the control plane itself needs, with the names the API server's own roles are bound to. */
const systemUsers = {
  admin: ['system:masters'],
  'system:kube-controller-manager': [],
} as const satisfies Record<string, readonly string[]>;

/** Any user of the token file. */
export type User = Person | keyof typeof systemUsers;

/** A fresh random token for each user. */
export function makeTokens(): Map<User, string> {
  const tokens = new Map<User, string>();
  const add = (user: User): unknown => tokens.set(user, randomBytes(24).toString('base64url'));
  add('admin');
  add('system:kube-controller-manager');
  forEachPerson(add);
  return tokens;
}

/** The content of kube-apiserver's --token-auth-file: token, user, uid and the groups in quotes. */
export function tokenFile(tokens: ReadonlyMap<User, string>): string {
  const groups: Record<string, readonly string[]> = { ...people, ...systemUsers };
  const line = ([user, token]: [User, string]): string => {
    const names = (groups[user] ?? []).join(',');
    // An empty last field would make the user a member of a group with an empty name.
    return names === '' ? `${token},${user},uid-${user}\n` : `${token},${user},uid-${user},"${names}"\n`;
  };
  return [...tokens].map(line).join('');
}
