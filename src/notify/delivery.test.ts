import { expect, test } from 'vitest';
import type { Notification } from '../api/approvaltask.ts';
import { deliveryCondition } from './delivery.ts';
import { everywhere, hash, taskOf } from './fixture.ts';
import { requestsOf } from './due.ts';

const asked = requestsOf(taskOf(), { reach: everywhere, hash });
const notices = (): typeof asked => asked;

/** The record of the person at that place of the list. */
function record(place: number, state: Notification['state'], lastError?: string): Notification {
  const id = asked[place - 1]?.id ?? '';
  const base = { id, kind: 'requested', channel: 'mail', attempt: 1, attempts: 1, state };
  return lastError === undefined ? base : { ...base, lastError };
}

test.each([
  ['all sent', [record(1, 'sent'), record(2, 'sent')], 0, 'True', 'Sent', 'mail: 2 of 2 sent.'],
  ['under way', [record(1, 'sent'), record(2, 'attempting')], 0, 'Unknown', 'Sending', 'mail: 1 of 2 sent.'],
  [
    'waiting for another try',
    [record(1, 'sent'), record(2, 'waiting', '421 busy')],
    0,
    'False',
    'Retrying',
    'mail: 1 of 2 sent; number 2 of the list not sent yet after 1 try: 421 busy.',
  ],
  [
    'being tried again is still a failure',
    [record(3, 'attempting', '421 busy')],
    0,
    'False',
    'Retrying',
    'mail: 0 of 1 sent; number 3 of the list being tried again after 1 try: 421 busy.',
  ],
  [
    'refused for good',
    [record(1, 'failed', '550 unknown user'), record(2, 'sent')],
    0,
    'False',
    'Failed',
    'mail: 1 of 2 sent; number 1 of the list refused for good after 1 try: 550 unknown user.',
  ],
  [
    'given up',
    [record(1, 'dropped', '421 busy')],
    0,
    'False',
    'NotSentInTime',
    'mail: 0 of 1 sent; number 1 of the list given up as pointless after 1 try: 421 busy.',
  ],
  [
    'people without a channel',
    [record(1, 'sent')],
    2,
    'False',
    'NobodyToTell',
    'mail: 1 of 1 sent. 2 entries of the list are reached by no channel (status.unreachable) and can answer with kubectl.',
  ],
] as const)('%s', (...[, records, unreachable, status, reason, message]) => {
  expect(deliveryCondition({ records, notices, unreachable, missing: [] })).toEqual({
    type: 'NotificationsDelivered',
    status,
    reason,
    message,
  });
});

test('nothing to tell is no condition', () => {
  expect(deliveryCondition({ records: [], notices, unreachable: 0, missing: [] })).toBeUndefined();
});

test('a hundred failures name three of them', () => {
  const records = Array.from({ length: 100 }, (_, place) => record((place % 3) + 1, 'failed', '550 no'));
  const condition = deliveryCondition({ records, notices, unreachable: 0, missing: [] });
  expect(condition?.message.length).toBeLessThan(500);
  expect(condition?.message).toContain('and 97 more');
  expect(condition?.message).not.toContain('@');
});

test.each([
  [false, 'Slack channel ops is not configured, so nobody is told there.'],
  [true, 'Slack channel ops is not open to this namespace, so nobody is told there.'],
])('a channel that cannot be told is named with the reason', (isClosed, message) => {
  const missing = [{ channel: 'slack', name: 'ops', isClosed } as const];
  expect(deliveryCondition({ records: [], notices, unreachable: 0, missing })).toMatchObject({
    status: 'False',
    reason: 'ChannelNotConfigured',
    message,
  });
});

test('a flow of Teams is said to have taken a message, which is all that it tells', () => {
  const records = [{ ...record(1, 'sent'), channel: 'teams', target: 'releases' } as const];
  expect(deliveryCondition({ records, notices, unreachable: 0, missing: [] })).toMatchObject({
    status: 'True',
    message: 'teams releases: 1 of 1 taken by its flow.',
  });
});
