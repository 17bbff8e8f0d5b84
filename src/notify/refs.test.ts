import { expect, test } from 'vitest';
import type { Notification } from '../api/approvaltask.ts';
import { hash, taskOf } from './fixture.ts';
import { identified, type Notice, type NoticeKind, type Owed } from './notice.ts';
import { refsOf } from './refs.ts';

const task = taskOf({ strategy: 'FOUR_EYES' });
const toChannel = { channel: 'slack', target: 'ops', address: '', place: 0 } as const;
const direct = { ...toChannel, address: 'U0ANN', place: 1, recipient: { entry: 'ann' } } as const;

function noticeTo(reader: Pick<Owed, 'channel' | 'address' | 'place'>, what: Partial<Owed>): Notice {
  return identified(task, { kind: 'requested', attempt: 1, step: 1, ordinal: 1, ...reader, ...what }, hash);
}

function recordOf({ id, kind, channel, target, ordinal }: Notice, ref: string): Notification {
  const record = { id, kind, channel, attempt: 1, state: 'sent', attempts: 1, ref } as const;
  return { ...record, ...(target !== undefined && { target }), ...(ordinal > 1 && { ordinal }) };
}

const second = { kind: 'secondStepRequested', step: 2 } as const;
const asking = { ...task, status: { ...task.status, notifications: [] as Notification[] } };
asking.status.notifications = [
  recordOf(noticeTo(toChannel, { kind: 'reminder', step: 2, ordinal: 3 }), 'the third reminder'),
  recordOf(noticeTo(toChannel, {}), 'the request'),
  recordOf(noticeTo(toChannel, second), 'the second step'),
  recordOf(noticeTo({ ...toChannel, target: 'releases' } as Owed, {}), 'in another channel'),
  recordOf(noticeTo(direct, {}), 'to ann'),
  recordOf(noticeTo(direct, { kind: 'reminder' }), 'to ann, again'),
  recordOf(noticeTo({ ...direct, recipient: { entry: 'bob' } } as Owed, {}), 'to bob'),
];

test.each<[string, Pick<Owed, 'channel' | 'address' | 'place'>, string[]]>([
  ['a channel', toChannel, ['the second step', 'the request', 'the third reminder']],
  ['one person', direct, ['to ann', 'to ann, again']],
  ['somebody who was not asked', { ...direct, recipient: { entry: 'cid' } } as Owed, []],
])('the end finds every message again that asked %s, and no other', (_, reader, refs) => {
  for (const kind of ['decided', 'timedOut', 'cancelled'] satisfies NoticeKind[])
    expect(refsOf(asking, noticeTo(reader, { kind }), hash)).toEqual(refs);
});
