import type { ApprovalTask, Notification } from '../api/approvaltask.ts';
import { isTold, namedChannels, type NamedChannel } from './named.ts';
import { identified, type Hash, type Notice, type NoticeKind, type Owed } from './notice.ts';
import { firstOfFourEyes, responsesOf, type Reach } from './recipients.ts';

/** Something that happened to a request. */
type Happened = Pick<Owed, 'kind' | 'step' | 'ordinal'>;

/**
 * What other systems are told: everything that happened in the attempt, one after the other for each of them. The next
 * one is due when the one before it is through, so a system reads a request in its order, and one record for each says
 * how far it got. `closing` is the kind that tells the end, where there is one.
 */
export function systemNotices(
  task: ApprovalTask,
  closing: NoticeKind | undefined,
  { reach, hash }: { readonly reach: Reach; readonly hash: Hash },
): readonly Notice[] {
  return namedChannels(task, reach.channels)
    .configured.filter(({ channel }) => channel === 'webhook')
    .flatMap((one) => nextFor(task, { one, happened: happenedTo(task, closing), hash }) ?? []);
}

function nextFor(
  task: ApprovalTask,
  { one, happened, hash }: { one: NamedChannel; happened: readonly Happened[]; hash: Hash },
): Notice | undefined {
  const attempt = task.status?.attempt ?? 1;
  const { channel, name: target } = one;
  const all = happened.map((what) =>
    identified(task, { ...what, channel, target, attempt, address: '', place: 0 }, hash),
  );
  const record = recordFor(task, one);
  const reached = all.findIndex(({ id }) => id === record?.id);
  // Found among all that happened: what it is told of may have changed since.
  const firstFrom = (at: number): Notice | undefined => all.slice(at).find(({ kind }) => isTold(one, kind));
  return record !== undefined && isThrough(record)
    ? (firstFrom(reached + 1) ?? all[reached])
    : firstFrom(Math.max(0, reached));
}

/** Its only record of this attempt. */
function recordFor({ status }: ApprovalTask, { channel, name }: NamedChannel): Notification | undefined {
  return status?.notifications?.find(
    (record) =>
      record.channel === channel && record.target === name && record.attempt === (status.attempt ?? 1),
  );
}

function isThrough({ state }: Notification): boolean {
  return state === 'sent' || state === 'failed';
}

function happenedTo(task: ApprovalTask, closing: NoticeKind | undefined): readonly Happened[] {
  const answers = responsesOf(task).flatMap((_, index): Happened[] => {
    const answer = { kind: 'responded', step: 1, ordinal: index + 1 } as const;
    const asksAgain = index === 0 && firstOfFourEyes(task) !== undefined;
    return asksAgain ? [answer, { kind: 'secondStepRequested', step: 2, ordinal: 1 }] : [answer];
  });
  return [
    { kind: 'requested', step: 1, ordinal: 1 },
    ...answers,
    ...(closing === undefined ? [] : [{ kind: closing, step: 1, ordinal: 1 }]),
  ];
}
