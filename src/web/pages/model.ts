import type { Content } from '../../api/content.ts';
import type { Decision, Instant, Outcome, Strategy } from '../../domain/approval.ts';
import type { End } from '../../domain/deadline.ts';
import type { RefusalCode } from '../../domain/refusal.ts';

/**
 * What each page shows, as plain data: the routes gather it, the views turn it into HTML. Text that people or
 * pipelines wrote is raw here; views escape it and make hidden characters visible.
 */

export interface ResponseModel {
  readonly person: string;
  readonly decision: Decision;
  readonly comment: string;
  readonly time: Instant;
}

/** The request as everybody who may answer it sees it. */
export interface RequestModel {
  /** Where it waits, on one line without markup: for titles. */
  readonly topic: string;
  readonly content: Content;
  readonly strategy: Strategy;
  /** Of the current round, oldest first. */
  readonly responses: readonly ResponseModel[];
  readonly awaiting: readonly string[];
  /** Sentences on channels that were to be told and cannot be. */
  readonly untold: readonly string[];
  readonly deadline?: End;
  readonly now: Instant;
}

/** The form: the request, who answers, and what pressing each button leads to. */
export interface PendingModel {
  readonly request: RequestModel;
  /** The entry of the list that this browser's link was made for. */
  readonly answeringAs: string;
  readonly form: { readonly action: string; readonly csrf: string; readonly nonce: string };
  readonly commentRequired: 'never' | 'reject' | 'always';
  /** Characters allowed in a comment. */
  readonly commentLimit: number;
  /** Set where this answer would be the second of FOUR_EYES: whose approval it follows. */
  readonly follows?: string;
  /** Set where this person already approved: only a rejection is left. */
  readonly approvedBefore?: boolean;
  /** Sentences on what happens after each button. */
  readonly next: { readonly approve: string; readonly reject: string };
  /** Why the last try was not taken, with the comment that was typed. */
  readonly problem?: { readonly sentence: string; readonly comment: string };
}

export interface SettledModel {
  readonly request: RequestModel;
  readonly outcome: Outcome;
  /** Why it ended, where no answer settled it. */
  readonly because?: string;
  readonly completedAt?: Instant;
  /** True where this very browser's answer was just counted. */
  readonly byThisAnswer: boolean;
}

/** Why somebody who opened a request may look at it and not answer it here. */
export type Barred = Extract<RefusalCode, 'late' | 'sharedLink' | 'assuranceTooLow'>;

/** One page: everything that the form's addresses can answer with. */
export type Page =
  | { readonly kind: 'pending'; readonly model: PendingModel }
  /** This answer was counted and the request still waits for others. */
  | {
      readonly kind: 'counted';
      readonly decision: Decision;
      readonly request: RequestModel;
      readonly answeringAs: string;
    }
  /** Stored, verdict not seen yet: the page refreshes itself to `refreshTo`. */
  | { readonly kind: 'recorded'; readonly refreshTo: string }
  /** The answer was not counted. */
  | {
      readonly kind: 'refused';
      readonly code: RefusalCode;
      readonly sentence: string;
      readonly request?: RequestModel;
    }
  | { readonly kind: 'settled'; readonly model: SettledModel }
  /** A pending request that can be looked at but not answered: too late, or by a link that a group shares. */
  | { readonly kind: 'readOnly'; readonly why: Barred; readonly request: RequestModel }
  /** Forged, unknown, or of a request that no longer exists: one and the same page. */
  | { readonly kind: 'notFound' }
  /** Authentic but expired or superseded: one button mails a fresh link. Shows nothing of the request. */
  | { readonly kind: 'gone'; readonly form: { readonly action: string; readonly token: string } }
  /** A token-free address opened without a session: shows nothing of the request, offers to mail the link. */
  | { readonly kind: 'mailMe'; readonly form: { readonly action: string } }
  /** After asking for mail: the same sentence whatever happened. */
  | { readonly kind: 'mailed' }
  /** Several sessions or the members of a matrix that this browser may open. */
  | { readonly kind: 'choose'; readonly links: readonly { readonly href: string; readonly text: string }[] }
  | { readonly kind: 'oldLink' }
  | { readonly kind: 'tooMany'; readonly retryAfterSeconds: number }
  | { readonly kind: 'notReady' }
  /** Wrong method, type, size, host, missing form field, or our own failure: a status and one sentence. */
  | { readonly kind: 'problem'; readonly status: number; readonly title: string; readonly sentence: string };

/** Where pages refer to each other and to their assets. */
export const assets = { style: '/assets/style.css', script: '/assets/local-time.js' } as const;
