import type { Strategy } from '../approval.ts';
import { fourEyes } from './foureyes.ts';
import { multi } from './multi.ts';
import { single } from './single.ts';
import type { StrategyRules } from './strategy.ts';

/** Every strategy. A new one that is missing here does not compile. */
export const strategyRules: Readonly<Record<Strategy, StrategyRules>> = {
  SINGLE: single,
  MULTI: multi,
  FOUR_EYES: fourEyes,
};
