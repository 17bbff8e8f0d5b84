import type { Response } from '../approval.ts';
import { approvalsAmong } from '../counted.ts';
import { asksGroups, isSharedLink, slots } from '../eligibility.ts';
import { differenceFrom, mayBe } from '../person.ts';
import { refused, type Refused } from '../refusal.ts';
import type { Answer, StrategyRules } from './strategy.ts';

/**
 * Two different people of one pool approve, one after the other. Robots are no people here (eligibility.ts), and a
 * link that a group shares proves no person, so it can neither approve nor reject.
 */
export const fourEyes: StrategyRules = {
  place(answer, counted, terms) {
    if (isSharedLink(answer.identity, terms)) return refused('sharedLink');
    const [first] = approvalsAmong(counted);
    const [entry] = answer.entries;
    if (first === undefined) return { kind: 'place', entry, step: 1 };
    // Also the person already counted may change their mind, as long as nothing is settled.
    if (answer.decision === 'reject') return { kind: 'place', entry, step: 2 };
    return refuseAsSecond(answer, first) ?? { kind: 'place', entry, step: 2 };
  },
  isSatisfied: (counted) => approvalsAmong(counted).length >= 2,
  awaiting(counted, terms, directory) {
    const [first] = approvalsAmong(counted);
    if (first === undefined || asksGroups(terms)) return slots(terms);
    return slots(terms).filter((entry) => !mayBe(entry, first, directory));
  },
};

/** The same person is told so; only then does the browser matter, which two people may share by mistake. */
function refuseAsSecond({ identity, browser, directory }: Answer, first: Response): Refused | undefined {
  const difference = differenceFrom(identity, [first], directory);
  if (difference === 'same') return refused('alreadyAnswered');
  if (browser !== undefined && browser === first.browser) return refused('sameBrowser');
  return difference === 'unclear' ? refused('cannotTellApart') : undefined;
}
