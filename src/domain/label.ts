import type { Approval, Terms } from './approval.ts';
import { countedResponses } from './counted.ts';
import { slots } from './eligibility.ts';

/**
 * The label that existing selectors match: `n_of_m`. For every strategy m is the number of listed entries (groups, else
 * approvers, else 1) and n the number of responses counted in the current attempt, never more than m. So a SINGLE of
 * three people ends as `1_of_3`, and a FOUR_EYES of one group shows `1_of_1` from its first step on: whether it is
 * settled says the label `decision`.
 */
export function responsesLabel(terms: Terms, approval?: Approval): string {
  const listed = Math.max(1, slots(terms).length);
  const counted = approval === undefined ? 0 : countedResponses(approval).length;
  return `${Math.min(counted, listed)}_of_${listed}`;
}
