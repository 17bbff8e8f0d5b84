import type { Strategy } from '../../domain/approval.ts';
import { membersOf, personNamed, type Directory } from '../../domain/directory.ts';
import { asLink, mayBe } from '../../domain/person.ts';
import { isAddress } from './entry.ts';
import type { ApprovalTaskSpec } from '../approvaltask.ts';
import { limits } from '../limits.ts';
import { largestTask, type Growing } from '../storedsize.ts';
import type { Entries } from './list.ts';
import { quote, type Report } from './problem.ts';

/** Who is to be asked, as read. */
export interface Asked {
  readonly strategy: Strategy;
  readonly approvers: Entries;
  readonly groups: Entries;
  /** True where a login is configured, so that the members of a group can be told apart. */
  readonly loginConfigured: boolean;
  /** Who is who. */
  readonly directory: Directory;
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

function problemOfMulti({ approvers, groups, directory }: Asked): Found {
  const [field, list] = groups.entries.length > 0 ? ['groups', groups] : ['approvers', approvers];
  const [only] = list.entries;
  if (only !== undefined && list.entries.length === 1 && list.repeated.length > 0) {
    return [field, `MULTI asks everybody listed, but ${quote(only)} is the only one and is listed twice`];
  }
  if (field === 'groups') return undefined;
  const pair = firstPair(list.entries, directory);
  if (pair === undefined) return undefined;
  const [one, other] = pair.map(quote);
  return [
    field,
    `MULTI asks everybody listed, but ${one} and ${other} cannot be told apart; list each person once`,
  ];
}

function problemOfFourEyes({ approvers, groups, loginConfigured, directory }: Asked): Found {
  if (groups.entries.length === 0) {
    const people = distinctPeople(approvers.entries, directory);
    if (people >= 2) return undefined;
    return ['approvers', 'FOUR_EYES needs two different people, or a group; only one person is listed'];
  }
  const known = new Set(groups.entries.flatMap((group) => membersOf(directory, group) ?? []));
  if (loginConfigured || known.size >= 2 || !groups.entries.every(isAddress)) return undefined;
  return [
    'groups',
    'FOUR_EYES cannot tell the members of a shared mailbox apart; name a group of the cluster or of the people directory, or list people in approvers and no groups',
  ];
}

/** Refuses a MULTI whose answers over all attempts could outgrow the object that stores them. */
export function checkAnswers(
  {
    strategy,
    approvers,
    groups,
    retries,
  }: Pick<ApprovalTaskSpec, 'strategy' | 'approvers' | 'groups' | 'retries'>,
  report: Report,
): void {
  const [field, entries] = groups.length > 0 ? ['groups', groups.length] : ['approvers', approvers.length];
  const answers = entries * (1 + retries);
  if (strategy !== 'MULTI' || answers <= limits.answers) return;
  report(
    field,
    `MULTI of ${entries} entries in up to ${1 + retries} attempts can collect ${answers} answers; at most ${limits.answers} are allowed, so list fewer or lower the retries`,
  );
}

/** Refuses what the store may one day not take, where its answers are many and its names or texts very long. */
export function checkSize(spec: Growing, report: Report): void {
  const bytes = largestTask(spec);
  if (bytes <= limits.stored) return;
  report(
    'this task',
    `can grow to ${bytes} bytes with the longest answers; at most ${limits.stored} can be stored, so list fewer or shorter names, lower the retries, or shorten description and context`,
  );
}

/** Two entries that may be one person, if any. */
function firstPair(entries: readonly string[], directory: Directory): [string, string] | undefined {
  for (const [index, one] of entries.entries()) {
    const other = entries
      .slice(index + 1)
      .find((entry) => mayBe(one, { identity: asLink(entry) }, directory));
    if (other !== undefined) return [one, other];
  }
  return undefined;
}

function distinctPeople(entries: readonly string[], directory: Directory): number {
  const distinct: string[] = [];
  for (const entry of entries) {
    if (!distinct.some((other) => mayBe(other, { identity: asLink(entry) }, directory))) distinct.push(entry);
  }
  return distinct.length;
}

function notesOn(asked: Asked): string[] {
  const { approvers, groups } = asked;
  const notes: string[] = [];
  for (const [field, { repeated }] of Object.entries({ approvers, groups })) {
    if (repeated.length > 0) {
      const names = [...new Set(repeated)].map(quote).join(', ');
      notes.push(`Listed more than once in ${field} and asked once: ${names}.`);
    }
  }
  if (approvers.entries.length > 0 && groups.entries.length > 0) {
    notes.push('Groups are given, so the people in approvers are not asked.');
  } else if (asked.strategy !== 'SINGLE') notes.push(...noteOnMixture(approvers.entries, asked.directory));
  return notes;
}

/**
 * A link and a Kubernetes user cannot be compared, so after one of them the other would always be refused, unless the
 * directory knows them all.
 */
function noteOnMixture(entries: readonly string[], directory: Directory): string[] {
  if (entries.every((entry) => personNamed(directory, entry) !== undefined)) return [];
  const address = entries.find(isAddress);
  const name = entries.find((entry) => !isAddress(entry));
  if (address === undefined || name === undefined) return [];
  return [
    `${quote(name)} answers with kubectl and ${quote(address)} by mail: such answers cannot be told apart as two people. List all as addresses, let all answer with kubectl, or list all in the people directory.`,
  ];
}
