import { describe, expect, test } from 'vitest';
import { dueNotices, nextReminderAt } from './due.ts';
import { channels, directory, minute, reach, reminding, said, sent, settled, single } from './duefixture.ts';
import { approvalBy, hash, start, taskOf } from './fixture.ts';

describe('who asks is told', () => {
  test('by mail, and on the channel that the author names, once each', () => {
    expect(said(single, start, reach)).toEqual([
      'requested mail ann@example.com',
      'requested slack releases',
    ]);
  });

  test('a channel is told once of the second step, too', () => {
    const task = taskOf(
      { strategy: 'FOUR_EYES', notifyOnSlack: 'releases' },
      { responses: [approvalBy('ann@example.com')] },
    );
    expect(said(task, start, reach)).toContain('secondStepRequested slack releases');
  });

  test('nothing by ways that are switched off', () => {
    expect(said(single, start, { ...reach, mailKinds: ['decided'] })).toEqual(['requested slack releases']);
  });

  test('by a direct message, where the directory knows the person’s id and the app writes to people', () => {
    expect(said(single, start, { ...reach, directory })).toEqual([
      'requested mail ann@example.com',
      'requested slack ops',
      'requested slack releases',
    ]);
    const [, direct] = dueNotices(single, start, { reach: { ...reach, directory }, hash });
    expect(direct).toMatchObject({ address: 'U123', target: 'ops', recipient: { entry: 'ann@example.com' } });
  });

  test.each([
    ['the kinds that its app is told', { kinds: ['decided'] as const }],
    ['namespaces that may use its app', { namespaces: ['bank'] }],
  ])('by a direct message only of %s, though it is told to another channel', (_, limited) => {
    const app = { botToken: 'xoxb-1', conversation: 'C0123456789', directMessages: true, name: 'ops' };
    const slack = new Map([...channels.slack, ['OPS', { ...app, ...limited }] as const]);
    expect(said(single, start, { ...reach, directory, channels: { ...channels, slack } })).toEqual([
      'requested mail ann@example.com',
      'requested slack releases',
    ]);
  });
});

describe('a reminder', () => {
  const asked = sent(single, start, reminding);

  test('goes to those whom the request reached, when its time has come', () => {
    expect(said(asked, start + 29 * minute, reminding)).not.toContain('reminder mail ann@example.com');
    expect(said(asked, start + 30 * minute, reminding)).toEqual([
      'reminder mail ann@example.com',
      'reminder slack releases',
      'requested mail ann@example.com',
      'requested slack releases',
    ]);
    expect(said(single, start + 30 * minute, reminding)).not.toContain('reminder mail ann@example.com');
  });

  test('is looked for at its time, and after it at the next', () => {
    expect(nextReminderAt(asked, start, reminding)).toBe(start + 30 * minute);
    expect(nextReminderAt(asked, start + 30 * minute, reminding)).toBe(start + 60 * minute);
    expect(nextReminderAt(asked, start + 60 * minute, reminding)).toBeUndefined();
    expect(nextReminderAt(settled(asked, { outcome: 'approved' }), start, reminding)).toBeUndefined();
  });

  test('gives way to the next one, and never goes out twice', () => {
    const once = sent(asked, start + 30 * minute, reminding);
    const again = sent(once, start + 30 * minute, reminding);
    expect(again.status?.notifications).toEqual(once.status?.notifications);
    const twice = sent(once, start + 60 * minute, reminding);
    const reminders = (twice.status?.notifications ?? []).filter(({ kind }) => kind === 'reminder');
    expect(reminders.map(({ ordinal }) => ordinal)).toEqual([2, 2]);
  });

  test('never goes to those who answered', () => {
    const multi = sent(taskOf({ strategy: 'MULTI' }), start, reminding);
    const answered = { ...multi, status: { ...multi.status, responses: [approvalBy('bob@example.com')] } };
    const reminders = said(answered, start + 30 * minute, reminding).filter((one) =>
      one.startsWith('reminder'),
    );
    expect(reminders).toEqual(['reminder mail ann@example.com', 'reminder mail cid@example.com']);
  });
});
