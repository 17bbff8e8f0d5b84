import type { ApprovalTask } from '../api/approvaltask.ts';
import { identified, type Hash, type Notice } from './notice.ts';

/** What asks, in the order in which its messages are looked for: whoever follows a request reads the last that asked. */
const askingSteps = [
  { kind: 'secondStepRequested', step: 2 },
  { kind: 'requested', step: 1 },
  { kind: 'reminder', step: 2 },
  { kind: 'reminder', step: 1 },
] as const;

/** By what the provider finds the messages again that asked this recipient, for a later one to change. */
export function refsOf(task: ApprovalTask, notice: Notice, hash: Hash): readonly string[] {
  const { channel, target } = notice;
  const own = (task.status?.notifications ?? []).filter(
    (record) => record.ref !== undefined && record.channel === channel && record.target === target,
  );
  return askingSteps.flatMap((what) =>
    own
      .filter(({ id, ordinal = 1 }) => identified(task, { ...notice, ...what, ordinal }, hash).id === id)
      .flatMap(({ ref }) => ref ?? []),
  );
}
