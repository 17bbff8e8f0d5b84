import { assurances, type Assurance, type Terms } from './approval.ts';
import { asksGroups } from './eligibility.ts';

/** What a mailed link is good for: answering, or, for one of these reasons, only looking. */
export type LinkUse = 'decide' | 'sharedLink' | 'assuranceTooLow';

/**
 * What a link of these terms is good for, where answers need at least that assurance. Offering an answer that is bound
 * to be refused would cost its sender the time in which it could have been given in a way that counts.
 */
export function linkUse(terms: Terms, needed: Assurance): LinkUse {
  if (terms.strategy === 'FOUR_EYES' && asksGroups(terms)) return 'sharedLink';
  return assurances.indexOf('link') < assurances.indexOf(needed) ? 'assuranceTooLow' : 'decide';
}
