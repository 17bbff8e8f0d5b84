import { approvalsAmong } from '../counted.ts';
import { slots } from '../eligibility.ts';
import type { StrategyRules } from './strategy.ts';

/** The first valid answer of anyone listed settles the task. */
export const single: StrategyRules = {
  place: ({ entries }) => ({ kind: 'place', entry: entries[0], step: 1 }),
  isSatisfied: (counted) => approvalsAmong(counted).length > 0,
  awaiting: (_counted, terms) => slots(terms),
};
