import { describe, expect, test } from 'vitest';
import type { ApprovalTask, Notification } from '../api/approvaltask.ts';
import { noChannels, type ChannelKind, type WebhookChannel } from '../api/channels.ts';
import { approvalBy, everywhere, hash, taskOf } from './fixture.ts';
import { systemNotices } from './systemnotices.ts';

type Kinds = readonly ChannelKind[] | undefined;

const told = (task: ApprovalTask, kinds: Kinds, end?: 'decided') => {
  const audit: WebhookChannel = { name: 'audit', url: '', secrets: [], format: 'json', kinds };
  const channels = {
    ...noChannels,
    webhook: new Map([['AUDIT', audit]]),
    everywhere: { webhook: ['audit'] },
  };
  return systemNotices(task, end, { reach: { ...everywhere, channels }, hash });
};

const answered = { responses: [approvalBy('ann@example.com'), approvalBy('bob@example.com')] };
const task = (notifications: readonly Notification[] = []): ApprovalTask =>
  taskOf({ strategy: 'MULTI' }, { ...answered, notifications: [...notifications] });

/** The record of the last thing that the system was told, when it was told all of it up to there. */
function recordAfter(steps: number, state: Notification['state'] = 'sent'): Notification {
  let record: Notification | undefined;
  for (let step = 0; step < steps; step += 1) {
    const [notice] = told(task(record === undefined ? [] : [record]), undefined);
    if (notice === undefined) throw new Error('nothing to tell');
    const { id, kind, attempt, ordinal } = notice;
    const last = step === steps - 1;
    record = {
      id,
      kind,
      attempt,
      channel: 'webhook',
      target: 'audit',
      state: last ? state : 'sent',
      attempts: 1,
      ...(ordinal > 1 && { ordinal }),
    };
  }
  if (record === undefined) throw new Error('no step');
  return record;
}

const named = (record: Notification | undefined, kinds: Kinds, end?: 'decided'): string[] =>
  told(task(record === undefined ? [] : [record]), kinds, end).map(
    ({ kind, ordinal }) => `${kind} ${String(ordinal)}`,
  );

describe('a system', () => {
  test.each<[said: string, steps: number, kinds: Kinds, next: string]>([
    ['everything, one after the other', 1, undefined, 'responded 1'],
    ['the next of what it is told of', 1, ['requested', 'decided'], 'decided 1'],
    [
      'nothing again where the kind of its last notice is no longer told',
      3,
      ['requested', 'decided'],
      'decided 1',
    ],
    ['nothing again where more is told than before', 2, ['requested', 'responded', 'decided'], 'responded 2'],
    ['nothing of what happened before the last that it heard', 3, ['requested'], 'responded 2'],
  ])('is told %s', (...[, steps, kinds, next]) => {
    expect(named(recordAfter(steps), kinds, 'decided')).toEqual([next]);
  });

  test('that has heard nothing begins with the first that it is told of', () => {
    expect(named(undefined, ['responded'])).toEqual(['responded 1']);
    expect(named(undefined, undefined)).toEqual(['requested 1']);
    expect(named(undefined, ['timedOut'])).toEqual([]);
  });

  test('that has not got the last one yet gets it first, unless it is no longer told of it', () => {
    expect(named(recordAfter(2, 'waiting'), undefined, 'decided')).toEqual(['responded 1']);
    expect(named(recordAfter(2, 'waiting'), ['requested', 'decided'], 'decided')).toEqual(['decided 1']);
    expect(named(recordAfter(2, 'waiting'), ['requested'], 'decided')).toEqual([]);
  });
});
