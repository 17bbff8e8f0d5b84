import { isEntry, textOf, textsOf } from './kubeconfigfile.ts';
import type { Entry } from './kubeconfigfile.ts';

/** Headers by which a user acts for somebody else. */
export type Impersonation = Readonly<Record<string, string | readonly string[]>>;

/** Whom the command line acts for. */
export interface ActingFor {
  readonly as?: string | undefined;
  readonly asGroups?: readonly string[] | undefined;
}

/**
 * The headers of a kubeconfig's user who acts for somebody else; undefined where they act for themselves. Groups
 * without a user are refused here: the API server would answer so, and only after it was asked.
 */
export function impersonationOf(entry: Entry, { as, asGroups = [] }: ActingFor): Impersonation | undefined {
  const user = as ?? textOf(entry['as']);
  const headers: Record<string, string | string[]> = {};
  const groups = asGroups.length > 0 ? asGroups : textsOf(entry['as-groups']);
  if (groups.length > 0) headers['impersonate-group'] = groups.map(wire);
  const uid = textOf(entry['as-uid']);
  if (uid !== undefined) headers['impersonate-uid'] = wire(uid);
  for (const [key, values] of Object.entries(isEntry(entry['as-user-extra']) ? entry['as-user-extra'] : {})) {
    headers[`impersonate-extra-${encodeURIComponent(key.toLowerCase())}`] = textsOf(values).map(wire);
  }
  if (user !== undefined) return { 'impersonate-user': wire(user), ...headers };
  if (Object.keys(headers).length === 0) return undefined;
  throw new Error('To act for a group (--as-group, as-groups) name a user as well (--as, as)');
}

/** A header holds bytes: those of UTF-8, as Go sends them. */
function wire(name: string): string {
  return Buffer.from(name, 'utf8').toString('latin1');
}
