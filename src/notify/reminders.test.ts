import * as fc from 'fast-check';
import { expect, test } from 'vitest';
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
