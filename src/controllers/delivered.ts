import type { ApprovalTask, Notification } from '../api/approvaltask.ts';
import type { NewCondition } from '../api/condition.ts';
import { conditionTypes } from '../api/names.ts';
import type { Instant } from '../domain/approval.ts';
import { deliveryCondition } from '../notify/delivery.ts';
import { dueNotices, isDue, requestsOf, type Telling } from '../notify/due.ts';
import { namedChannels } from '../notify/named.ts';
import type { Notice } from '../notify/notice.ts';
import type { Outbox } from '../notify/outbox.ts';
import { unreachable } from '../notify/recipients.ts';

/**
 * Whether everyone who is to be told was; undefined without records and without a channel that is missing: a request that
 * nobody is told of by us costs no write.
 */
export function deliveredCondition(
  task: ApprovalTask,
  { records }: Pick<Outbox, 'records'>,
  how: Telling & { readonly now: Instant },
): NewCondition | undefined {
  const { missing } = namedChannels(task, how.reach.channels);
  if (records.length === 0 && (missing.length === 0 || !isDue(task, how.now))) return undefined;
  const notices = (): Notice[] => [...requestsOf(task, how), ...dueNotices(task, how.now, how)];
  return deliveryCondition({ records, notices, unreachable: unreachable(task, how.reach).length, missing });
}

/** The condition as it is stored. */
export function storedDelivered({ status }: ApprovalTask): NewCondition | undefined {
  return status?.conditions?.find(({ type }) => type === conditionTypes.notificationsDelivered);
}

/** Whether something is to be written. Times and counts change only with a state, so equal records need no write. */
export function hasChanged(
  task: ApprovalTask,
  { records }: Pick<Outbox, 'records'>,
  condition: NewCondition | undefined,
): boolean {
  const said = storedDelivered(task);
  if (condition !== undefined && (condition.status !== said?.status || condition.reason !== said.reason))
    return true;
  const stored = (task.status?.notifications ?? []).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return stored.length !== records.length || stored.some((record, index) => !isSame(record, records[index]));
}

function isSame(one: Notification, other: Notification | undefined): boolean {
  const { id, state, attempts, nextTime } = one;
  return (
    id === other?.id && state === other.state && attempts === other.attempts && nextTime === other.nextTime
  );
}
