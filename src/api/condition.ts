import type { Instant } from '../domain/approval.ts';
import { cut } from './cut.ts';
import { limits } from './limits.ts';
import type { Condition } from './object.ts';
import { timestamp } from './time.ts';

/** A condition to be written. */
export interface NewCondition {
  readonly type: string;
  readonly status: Condition['status'];
  readonly reason: string;
  readonly message: string;
}

/** A condition as it is stored. */
export interface WrittenCondition extends NewCondition {
  readonly lastTransitionTime: string;
}

/** What is read of the condition that was there before. */
type Previous = Pick<Condition, 'type' | 'status' | 'lastTransitionTime'>;

/**
 * The condition with its lastTransitionTime, which moves only when `status` does (Kubernetes API conventions,
 * "Typical status properties"). Tekton's webhook refuses a condition without it. A message that is longer than the schemas
 * allow is cut: others may have written a part of it.
 */
export function transition(
  previous: readonly Previous[] | undefined,
  next: NewCondition,
  now: Instant,
): WrittenCondition {
  const before = previous?.find((condition) => condition.type === next.type);
  const kept = before?.status === next.status ? before.lastTransitionTime : undefined;
  const message = cut(next.message, limits.message);
  return { ...next, message, lastTransitionTime: kept ?? timestamp(now) };
}
