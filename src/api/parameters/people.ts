import type { Strategy } from '../../domain/approval.ts';
import { samePerson } from '../../domain/person.ts';
import { isAddress } from './entry.ts';
import type { Entries } from './list.ts';
import { quote, type Report } from './problem.ts';

/** Who is to be asked, as read. */
export interface Asked {
  readonly strategy: Strategy;
  readonly approvers: Entries;
  readonly groups: Entries;
  /** True where a login is configured, so that the members of a group can be told apart. */
  readonly loginConfigured: boolean;
}

/**
 * Reports a request that nobody could answer as its author meant it, and returns notes on what was collapsed. There
 * is no default approver.
 */
export function checkPeople(asked: Asked, report: Report): string[] {
  const { approvers, groups } = asked;
  if (approvers.entries.length === 0 && groups.entries.length === 0) {
    report('approvers', 'nobody is named here or in groups; name who may answer');
    return [];
  }
  const problem = problemOf[asked.strategy](asked);
  if (problem !== undefined) report(...problem);
  return notesOn(asked);
}

type Found = [field: string, problem: string] | undefined;

const problemOf: Readonly<Record<Strategy, (asked: Asked) => Found>> = {
  SINGLE: () => undefined,
  MULTI: problemOfMulti,
  FOUR_EYES: problemOfFourEyes,
};

function problemOfMulti({ approvers, groups }: Asked): Found {
  const [field, list] = groups.entries.length > 0 ? ['groups', groups] : ['approvers', approvers];
  const [only] = list.entries;
  if (only !== undefined && list.entries.length === 1 && list.repeated.length > 0) {
    return [field, `MULTI asks everybody listed, but ${quote(only)} is the only one and is listed twice`];
  }
  if (field === 'groups') return undefined;
  const pair = firstPair(list.entries);
  if (pair === undefined) return undefined;
  const [one, other] = pair.map(quote);
  return [
    field,
    `MULTI asks everybody listed, but ${one} and ${other} cannot be told apart; list each person once`,
  ];
}

function problemOfFourEyes({ approvers, groups, loginConfigured }: Asked): Found {
  if (groups.entries.length === 0) {
    const people = distinctPeople(approvers.entries);
    if (people >= 2) return undefined;
    return ['approvers', 'FOUR_EYES needs two different people, or a group; only one person is listed'];
  }
  if (loginConfigured || !groups.entries.every(isAddress)) return undefined;
  return [
    'groups',
    'FOUR_EYES cannot tell the members of a shared mailbox apart; name a group of the cluster, or list people in approvers and no groups',
  ];
}

/** Two entries that may be one person, if any. */
function firstPair(entries: readonly string[]): [string, string] | undefined {
  for (const [index, one] of entries.entries()) {
    const other = entries.slice(index + 1).find((entry) => samePerson(one, entry));
    if (other !== undefined) return [one, other];
  }
  return undefined;
}

function distinctPeople(entries: readonly string[]): number {
  const distinct: string[] = [];
  for (const entry of entries) {
    if (!distinct.some((other) => samePerson(other, entry))) distinct.push(entry);
  }
  return distinct.length;
}

function notesOn({ approvers, groups }: Asked): string[] {
  const notes: string[] = [];
  for (const [field, { repeated }] of Object.entries({ approvers, groups })) {
    if (repeated.length > 0) {
      const names = [...new Set(repeated)].map(quote).join(', ');
      notes.push(`Listed more than once in ${field} and asked once: ${names}.`);
    }
  }
  if (approvers.entries.length > 0 && groups.entries.length > 0) {
    notes.push('Groups are given, so the people in approvers are not asked.');
  }
  return notes;
}
