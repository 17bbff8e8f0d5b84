import type { ApprovalDecision } from '../../src/api/approvaldecision.ts';
import type { ApprovalTask } from '../../src/api/approvaltask.ts';
import { entryOf, type Script } from './script.ts';

/** An answer as the API server stored it at first: its version then is its place among all answers. */
export interface StoredAnswer {
  readonly uid: string;
  readonly order: bigint;
  readonly createdAt: number;
  readonly attempt: number | undefined;
  /** The entry of the list that it stands for. */
  readonly entry: string;
  readonly says: 'approve' | 'reject';
  readonly comment: string;
}

/** What must have become of a request. */
export interface Expected {
  readonly outcome: 'approved' | 'rejected' | 'timedOut' | 'cancelled';
  /** In the order in which they count. */
  readonly counted: readonly StoredAnswer[];
  /** The attempt in which it was settled; undefined where no answer settled it. */
  readonly attempt: number | undefined;
}

export function storedAnswer({ metadata, spec }: ApprovalDecision): StoredAnswer {
  return {
    uid: metadata.uid,
    order: BigInt(metadata.resourceVersion),
    createdAt: Date.parse(metadata.creationTimestamp),
    attempt: spec.attempt,
    entry: spec.approver ?? spec.actor.username,
    says: spec.decision,
    comment: spec.comment,
  };
}

interface Window {
  readonly attempt: number;
  readonly from: number;
  readonly to: number;
}

/**
 * What must come out by the rules, from nothing but the answers that are stored and the times of the attempts. Written
 * down here a second time, so that it does not repeat a mistake of the operator.
 */
export function expected(script: Script, task: ApprovalTask, answers: readonly StoredAnswer[]): Expected {
  const windows = windowsOf(task);
  const inTime = answers
    .toSorted((a, b) => (a.order < b.order ? -1 : 1))
    .flatMap((one) => {
      const window = windows.find((candidate) => isInside(one, candidate));
      return window === undefined ? [] : [{ one, attempt: window.attempt }];
    });
  const counted: { one: StoredAnswer; attempt: number }[] = [];
  for (const { one, attempt } of inTime) {
    const before = counted.filter((earlier) => earlier.attempt === attempt).map((earlier) => earlier.one);
    const isAgain = before.some(({ entry }) => entry === one.entry);
    if (isAgain && one.says === 'approve') continue;
    counted.push({ one, attempt });
    const all = counted.map((each) => each.one);
    if (one.says === 'reject') return { outcome: 'rejected', counted: all, attempt };
    if (before.length + 1 === approvalsNeeded(script)) return { outcome: 'approved', counted: all, attempt };
  }
  const outcome = script.cancelled === undefined ? 'timedOut' : 'cancelled';
  return { outcome, counted: counted.map(({ one }) => one), attempt: undefined };
}

function approvalsNeeded(script: Script): number {
  const listed = new Set(script.parts.map((part) => entryOf(script, part))).size;
  return { SINGLE: 1, MULTI: listed, FOUR_EYES: 2 }[script.strategy];
}

function windowsOf({ metadata, status }: ApprovalTask): readonly Window[] {
  const past = status?.pastAttempts ?? [];
  const current = { attempt: status?.attempt ?? 1, startTime: status?.startTime, deadline: status?.deadline };
  return [...past, current].map(({ attempt, startTime, deadline }) => ({
    attempt,
    // The first clock is the API server's own, whatever the status says.
    from: attempt === 1 ? Date.parse(metadata.creationTimestamp) : Date.parse(startTime ?? ''),
    to: deadline === undefined ? Infinity : Date.parse(deadline),
  }));
}

/** Creation times have whole seconds: the second in which an attempt begins belongs to it. */
function isInside({ createdAt, attempt }: StoredAnswer, window: Window): boolean {
  if (attempt !== undefined && attempt !== window.attempt) return false;
  return Math.floor(window.from / 1000) * 1000 <= createdAt && createdAt < window.to;
}
