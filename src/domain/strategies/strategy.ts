import type { Decision, Identity, Response, Terms } from '../approval.ts';
import type { Directory } from '../directory.ts';
import type { Refused } from '../refusal.ts';

/** An answer that passed every check which does not depend on the strategy. */
export interface Answer {
  readonly decision: Decision;
  readonly identity: Identity;
  /** What the author may answer for, in the order of the list; only the entry that the answer names, if it names one. */
  readonly entries: readonly [string, ...string[]];
  readonly browser?: string;
  /** Who is who. */
  readonly directory: Directory;
}

/** Where an answer belongs. */
export interface Place {
  readonly kind: 'place';
  readonly entry: string;
  readonly step: number;
}

/** The responses that count so far: those of the current attempt, in the order in which they were counted. */
export type Counted = readonly Response[];

/** What distinguishes one strategy from another. A rejection settles the task in all of them. */
export interface StrategyRules {
  /** Where an answer belongs, or why it does not count beside those that already do. */
  place(answer: Answer, counted: Counted, terms: Terms): Place | Refused;
  /** Whether the approvals among these are enough. */
  isSatisfied(counted: Counted, terms: Terms): boolean;
  /** The entries of the list whose approval would still help. */
  awaiting(counted: Counted, terms: Terms, directory: Directory): readonly string[];
}
