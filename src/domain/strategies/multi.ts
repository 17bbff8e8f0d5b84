import { approvalsAmong } from '../counted.ts';
import { asksGroups, slots } from '../eligibility.ts';
import { differenceFrom } from '../person.ts';
import { refused, type Refused } from '../refusal.ts';
import type { Answer, Counted, StrategyRules } from './strategy.ts';

/**
 * Each listed person must approve, or each listed group through any one member. Each entry is a slot: one person never
 * fills two slots of people. A member of several groups may fill the slot of each, by one answer for each.
 */
export const multi: StrategyRules = {
  place(answer, counted, terms) {
    const approvals = approvalsAmong(counted);
    const open = answer.entries.find((entry) => !isFilled(entry, approvals));
    if (answer.decision === 'reject') return { kind: 'place', entry: open ?? answer.entries[0], step: 1 };
    const refusal = asksGroups(terms) ? undefined : refuseSecondSlot(answer, approvals);
    if (refusal !== undefined) return refusal;
    if (open === undefined) return refused('alreadyAnswered');
    return { kind: 'place', entry: open, step: 1 };
  },
  isSatisfied: (counted, terms) => {
    const listed = slots(terms);
    return listed.length > 0 && listed.every((entry) => isFilled(entry, approvalsAmong(counted)));
  },
  awaiting: (counted, terms) => slots(terms).filter((entry) => !isFilled(entry, approvalsAmong(counted))),
};

function isFilled(entry: string, approvals: Counted): boolean {
  return approvals.some((approval) => approval.entry === entry);
}

/** Two slots of people need two people, and it must be certain that they are two. */
function refuseSecondSlot({ identity, directory }: Answer, approvals: Counted): Refused | undefined {
  const difference = differenceFrom(identity, approvals, directory);
  if (difference === 'different') return undefined;
  return refused(difference === 'same' ? 'alreadyAnswered' : 'cannotTellApart');
}
