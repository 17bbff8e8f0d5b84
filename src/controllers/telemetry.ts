import { reasons } from '../api/names.ts';
import type { Outcome, Strategy, Via } from '../domain/approval.ts';
import type { RefusalCode } from '../domain/refusal.ts';
import type { ProofState } from './policyproof.ts';

/** Every controller, each with a queue of its own. */
export const controllerNames = ['customrun', 'approvaltask', 'notifier'] as const;
export type ControllerName = (typeof controllerNames)[number];

/** Reasons of a run that ends without its task being settled. */
export const endingReasons = [
  reasons.invalidParameters,
  reasons.unsupportedReference,
  reasons.unownedRun,
  reasons.specDrift,
  reasons.nameTaken,
  reasons.taskDeleted,
  reasons.requesterUnknown,
  reasons.cancelled,
] as const;
export type EndingReason = (typeof endingReasons)[number];

/** A work queue, as somebody looks at it who must not touch it. */
export interface QueueView {
  readonly depth: number;
  readonly oldestMs: number;
  readonly failing: number;
}

/** A task that a status write of this process has settled. */
export interface Settled {
  readonly strategy: Strategy;
  readonly outcome: Outcome;
  /** From the task's creation to what settled it: the answer, the deadline, the cancel. */
  readonly afterMs: number;
}

/** An answer whose verdict this process has written. */
export interface Judged {
  readonly verdict: 'counted' | RefusalCode;
  readonly via: Via;
}

/** Namespaces by what the last proof in each came to. */
export type ProofTally = Readonly<Record<ProofState['kind'], number>>;

/**
 * What the controllers tell of their work while they do it. Each write is told once, after it went through, by the
 * process that made it; what a restart finds done already is not told again. Nothing told names a run, a namespace or
 * a person. None of these throws.
 */
export interface Telemetry {
  /** A controller's queue, to look at from now on. */
  queue(controller: ControllerName, queue: QueueView): void;
  /** One reconcile ended; with an error where it failed. */
  reconciled(controller: ControllerName, ms: number, error?: unknown): void;
  settled(settled: Settled): void;
  judged(judged: Judged): void;
  /** A run was ended that has no task, or no longer has one. */
  endedWithoutDecision(reason: EndingReason): void;
  /** A proof of the identity policy came to this, and so many namespaces are in each state since. */
  proved(state: ProofState['kind'], namespaces: ProofTally): void;
}

const nothing = (): void => undefined;

/** For whoever does not want to be told. */
export const noTelemetry: Telemetry = {
  queue: nothing,
  reconciled: nothing,
  settled: nothing,
  judged: nothing,
  endedWithoutDecision: nothing,
  proved: nothing,
};
