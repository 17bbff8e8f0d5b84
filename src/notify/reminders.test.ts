import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { timestamp } from '../api/time.ts';
import { nextReminderAt } from './due.ts';
import { everywhere, hash, start, taskOf } from './fixture.ts';
import { advance } from './outbox.ts';
import { noReminders, reminderTimes, type Reminders } from './reminders.ts';

const hour = 3_600_000;
const half: Reminders = { fractions: [0.5], everyMs: 0, leastMs: hour / 4, most: 5 };

test.each<[string, number | undefined, Partial<Reminders>, number[]]>([
  ['half of the time', 8, {}, [4]],
  ['several parts, in any order', 8, { fractions: [0.75, 0.25] }, [2, 6]],
  ['no deadline: parts of it are none', undefined, {}, []],
  ['intervals need none', undefined, { fractions: [], everyMs: 2 * hour, most: 3 }, [2, 4, 6]],
  ['intervals end with the deadline', 5, { fractions: [], everyMs: 2 * hour }, [2, 4]],
  ['both together', 8, { everyMs: 3 * hour }, [3, 4, 6]],
  ['never sooner than that after another', 8, { everyMs: 3 * hour, leastMs: 2 * hour }, [3, 6]],
  ['a short deadline has none', 0.4, {}, []],
  ['at most so many', undefined, { everyMs: hour, most: 2 }, [1, 2]],
  ['none', 8, noReminders, []],
])('%s', (...[, end, rule, hours]) => {
  const times = reminderTimes(0, end === undefined ? undefined : end * hour, { ...half, ...rule });
  expect(times.map((at) => at / hour)).toEqual(hours);
});

test('reminders keep their distance, whatever the rule', () => {
  const rule = fc.record({
    fractions: fc.array(fc.double({ min: 0.001, max: 0.999, noNaN: true }), { maxLength: 20 }),
    everyMs: fc.nat(10 * hour),
    leastMs: fc.integer({ min: 1, max: 3 * hour }),
    most: fc.nat(100),
  });
  fc.assert(
    fc.property(fc.option(fc.nat(100 * hour), { nil: undefined }), rule, (end, given) => {
      const times = reminderTimes(0, end, given);
      expect(times.length).toBeLessThanOrEqual(given.most);
      for (const [index, at] of times.entries()) {
        expect(at - (times[index - 1] ?? 0)).toBeGreaterThanOrEqual(given.leastMs);
        if (end !== undefined) expect(end - at).toBeGreaterThanOrEqual(given.leastMs);
      }
    }),
  );
});

test.each<[string, number | undefined, number | undefined, number | undefined]>([
  ['its deadline, where it has one alone', 2, undefined, 1],
  ['the time limit of its pipeline run, where it has no deadline', undefined, 1, 0.5],
  ['that time limit, where it comes first', 2, 1, 0.5],
  ['its deadline, where that comes first', 2, 8, 1],
  ['nothing, where nothing ends it', undefined, undefined, undefined],
])('parts of the time until a request ends are counted to %s', (...[, deadline, limit, next]) => {
  const task = taskOf(
    {},
    { deadline: deadline === undefined ? undefined : timestamp(start + deadline * hour) },
  );
  const runEndsAt = (): number | undefined => (limit === undefined ? undefined : start + limit * hour);
  const at = nextReminderAt(task, start, { ...everywhere, reminders: half, runEndsAt });
  expect(at === undefined ? undefined : (at - start) / hour).toBe(next);
});

test('a request that nobody is told of is not looked at for a reminder', () => {
  const facts = { hash, now: start, random: () => 0, results: new Map(), underWay: new Set<string>() };
  const reach = { ...everywhere, reminders: half };
  const looked = (approver: string): number | undefined =>
    advance(taskOf({ approvers: [approver] }), { ...facts, reach }).lookAgainAt;
  expect([looked('ann@example.com'), looked('ann')]).toEqual([start + hour, undefined]);
});
