import type { Approval, Terms } from './approval.ts';
import { countedResponses } from './counted.ts';
import type { Directory } from './directory.ts';
import { strategyRules } from './strategies/index.ts';

/**
 * The entries of the list whose approval would still help, as listed; none once the task is settled. Anybody else who
 * is listed may still reject.
 */
export function awaiting(terms: Terms, approval: Approval, directory: Directory): readonly string[] {
  if (approval.outcome !== undefined) return [];
  return strategyRules[terms.strategy].awaiting(countedResponses(approval), terms, directory);
}
