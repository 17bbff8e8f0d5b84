import type { Directory } from './directory.ts';

/** Milliseconds since the epoch on the API server's clock. */
export type Instant = number;

export const strategies = ['SINGLE', 'MULTI', 'FOUR_EYES'] as const;
export type Strategy = (typeof strategies)[number];

export const decisions = ['approve', 'reject'] as const;
export type Decision = (typeof decisions)[number];

export const outcomes = ['approved', 'rejected', 'timedOut', 'cancelled', 'invalid'] as const;
/** What became of a settled task. A pending task has none, also while retries are left. */
export type Outcome = (typeof outcomes)[number];

export const onRejects = ['continue', 'fail'] as const;

export const commentRules = ['never', 'reject', 'always'] as const;
/** Which answers need a comment. */
export type CommentRule = (typeof commentRules)[number];

/** The way an answer came in. */
export const channels = ['kubernetes', 'link', 'web', 'slack', 'api'] as const;
export type Via = (typeof channels)[number];

/** How well the answering person was proven, weakest first. */
export const assurances = ['link', 'login', 'kubernetes'] as const;
export type Assurance = (typeof assurances)[number];

export const identityKinds = ['kubernetes', 'link', 'login'] as const;
export type IdentityKind = (typeof identityKinds)[number];

/**
 * What a channel proves about who answered: a Kubernetes user, possession of a link made for one entry of the list
 * (subject is that entry), a login. `issuer` is empty where the kind has only one.
 */
export interface Identity {
  readonly kind: IdentityKind;
  readonly issuer: string;
  readonly subject: string;
  /** Groups that the same channel vouched for; empty for a link. */
  readonly groups: readonly string[];
}

/** What was asked, frozen when the task was made. */
export interface Terms {
  readonly strategy: Strategy;
  /** People, as listed. Ignored when `groups` is not empty. */
  readonly approvers: readonly string[];
  readonly groups: readonly string[];
  readonly commentRequired: CommentRule;
  /** Milliseconds an attempt may last; absent: no limit. */
  readonly timeoutMs?: number;
  /** How often a passed deadline starts the task anew. */
  readonly retries: number;
}

/** One answer that was counted. It never changes afterwards. */
export interface Response {
  readonly decisionUid: string;
  readonly attempt: number;
  /** 1, or 2 for the second person of FOUR_EYES. */
  readonly step: number;
  /** The entry of the list that was answered for, spelt as listed. */
  readonly entry: string;
  /** Canonical handle of who answered. */
  readonly person: string;
  /** True where the people directory named that person. */
  readonly mapped?: boolean | undefined;
  readonly identity: Identity;
  readonly decision: Decision;
  readonly comment: string;
  readonly time: Instant;
  readonly via: Via;
  readonly assurance: Assurance;
  /** Hash of the browser's own cookie, where the answer came from a form. */
  readonly browser?: string;
  /** Head of the audit chain once it was recorded (src/domain/digest.ts). Absent before, and in records of old. */
  readonly digest?: string;
}

/** The part of a task's status that `decide` owns. Attempts count from 1. */
export interface Approval {
  readonly outcome?: Outcome;
  /** Why it was settled, for people: the cancel's message, what drifted. Absent while pending or where answers settled it. */
  readonly because?: string;
  readonly attempt: number;
  /** When the current attempt began. */
  readonly startTime: Instant;
  /** Whole seconds, rounded up; absent: no limit. */
  readonly deadline?: Instant;
  readonly completionTime?: Instant;
  /** In the order in which they were counted, over all attempts. */
  readonly responses: readonly Response[];
  /** Attempts that ended by their deadline, oldest first. */
  readonly pastAttempts: readonly PastAttempt[];
  /** Links of an older generation are dead. Grows with each attempt. */
  readonly linkGeneration: number;
}

export interface PastAttempt {
  readonly attempt: number;
  readonly startTime: Instant;
  readonly deadline: Instant;
  /** When its end was concluded. */
  readonly completionTime: Instant;
}

/** What could be proven of an answer's author. Gathered by the shell; `decide` counts only what is proven. */
export type Proof =
  | {
      readonly kind: 'sealed';
      readonly identity: Identity;
      readonly assurance: Assurance;
      readonly linkGeneration: number;
      readonly browser?: string;
    }
  | { readonly kind: 'badSeal' }
  | { readonly kind: 'vouched'; readonly identity: Identity }
  /** The identity policy was seen not to hold. */
  | { readonly kind: 'notProven' }
  /**
   * Whether the policy holds could not be found out yet: no verdict, look again. `since` is when finding out was first
   * tried, as far as this process remembers; without it, the bounded wait of `decide` counts from the deadline alone.
   */
  | { readonly kind: 'unknown'; readonly since?: Instant };

/** An answer on its way to a verdict. */
export interface Submission {
  readonly uid: string;
  /** The integer of its resourceVersion: the only order among answers. */
  readonly order: bigint;
  /** False where its taskRef names this task with another uid. */
  readonly fits: boolean;
  /** The attempt that it says it answers; absent: found by its creation time. */
  readonly attempt?: number;
  readonly createdAt: Instant;
  readonly decision: Decision;
  readonly comment: string;
  readonly via: Via;
  /** The entry of the list that it says it answers for; absent: found by us. */
  readonly entry?: string;
  readonly proof: Proof;
}

/** What else may end a task, gathered by the shell from live reads. */
export interface Ending {
  readonly kind: 'drift' | 'cancel';
  /** A sentence for people. */
  readonly because: string;
}

/** Install-wide rules on who may answer. */
export interface Rules {
  readonly minAssurance: Readonly<Record<Strategy, Assurance>>;
  /** Service accounts that may answer (full user names); ignored by FOUR_EYES. */
  readonly robots: readonly string[];
  /** Whoever started the run cannot approve it. */
  readonly requesterMayNotApprove: boolean;
}

/** Who started the run, and how certain that is: only `stamped` is proven. */
export interface Requester {
  readonly name: string;
  readonly certainty: 'stamped' | 'asserted' | 'unknown';
}

/** Everything that bears on a task's next state. */
export interface Facts {
  readonly approval: Approval;
  readonly terms: Terms;
  readonly rules: Rules;
  readonly requester: Requester;
  /** Who is who, as far as the install knows at present. */
  readonly directory: Directory;
  /** Answers without a verdict, in any order. */
  readonly submissions: readonly Submission[];
  readonly ending?: Ending;
  /**
   * The API server's time at which a consistent list of this task's answers was made, all of which are in
   * `submissions` or `approval.responses` (or refused before). Absent: the answers may be incomplete, so nothing can
   * be concluded from their absence.
   */
  readonly listedAt?: Instant;
}
