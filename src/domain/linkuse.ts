import { assurances, type Assurance, type Terms } from './approval.ts';
import { asksGroups } from './eligibility.ts';
import type { Recipient } from './recipient.ts';

/** What a mailed link is good for: answering, or, for one of these reasons, only looking. */
export type LinkUse = 'decide' | 'sharedLink' | 'assuranceTooLow';

/**
 * What a recipient's link is good for, where answers need at least that assurance. Offering an answer that is bound to be
 * refused would cost its sender the time in which it could have been given in a way that counts.
 */
export function linkUse(terms: Terms, needed: Assurance, { member }: Pick<Recipient, 'member'>): LinkUse {
  if (terms.strategy === 'FOUR_EYES' && asksGroups(terms) && member === undefined) return 'sharedLink';
  return assurances.indexOf('link') < assurances.indexOf(needed) ? 'assuranceTooLow' : 'decide';
}
