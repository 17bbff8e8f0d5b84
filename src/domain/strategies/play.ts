/** Plays answers against a task, for the tests of the strategies. */
import type { Decision, Submission, Terms } from '../approval.ts';
import { awaiting } from '../awaiting.ts';
import { decide } from '../decide.ts';
import { nobodyKnown, type Directory } from '../directory.ts';
import { byKubernetes, byLink, kubernetesUser, someFacts, start } from '../fixture.ts';
import { responsesLabel } from '../label.ts';

/** An answer whose place in the order is its place in the list. */
export type Step = Omit<Submission, 'order' | 'uid'>;

export function user(subject: string, ...groups: readonly string[]): Step {
  return byKubernetes(kubernetesUser(subject, groups));
}

export function link(entry: string, browser?: string): Step {
  return byLink(entry, browser === undefined ? {} : { browser });
}

export function as(decision: Decision, step: Step): Step {
  return { ...step, decision };
}

export function naming(entry: string, step: Step): Step {
  return { ...step, entry };
}

/** What a test expects: each answer's fate, the outcome, and who is still awaited (nobody, if left out). */
export type Case = readonly [
  name: string,
  steps: readonly Step[],
  fates: readonly string[],
  outcome: string,
  awaited?: readonly string[],
];

export interface Played {
  readonly fates: readonly string[];
  readonly outcome: string;
  readonly awaited: readonly string[];
  readonly label: string;
}

/** Offers answers in one batch and tells what became of them. */
export function play(terms: Terms, steps: readonly Step[], directory: Directory = nobodyKnown): Played {
  const submissions = steps.map((step, index) => ({ ...step, uid: `d${index}`, order: BigInt(index) }));
  const { approval, verdicts } = decide(someFacts({ terms, submissions, directory }), start);
  return {
    fates: verdicts.map((verdict) => (verdict.verdict === 'refused' ? verdict.code : 'counted')),
    outcome: approval.outcome ?? 'pending',
    awaited: awaiting(terms, approval, directory),
    label: responsesLabel(terms, approval),
  };
}
