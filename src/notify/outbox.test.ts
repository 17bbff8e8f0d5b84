import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limits } from '../api/limits.ts';
import { directoryOf } from '../domain/directory.ts';
import { knownAs } from '../domain/fixture.ts';
import type { Reach } from './recipients.ts';
import type { ApprovalTask } from '../api/approvaltask.ts';
import { instant, timestamp } from '../api/time.ts';
import { approvalBy, everywhere, hash, start, taskOf } from './fixture.ts';
import { dueNotices, requestWindowMs } from './due.ts';
import { advance, type OutboxFacts } from './outbox.ts';
import type { SendResult } from './provider.ts';

const reach = everywhere;

function facts(now: number, more: Partial<OutboxFacts> = {}): OutboxFacts {
  return { reach, hash, now, random: () => 0, results: new Map(), underWay: new Set(), ...more };
}

/** The task with its outbox written. */
function written(task: ApprovalTask, given: OutboxFacts): ApprovalTask {
  return { ...task, status: { ...task.status, notifications: [...advance(task, given).records] } };
}

const single = (): ApprovalTask => taskOf({ approvers: ['ann@example.com'] });
const record = (task: ApprovalTask) => task.status?.notifications?.[0];
const idOf = (task: ApprovalTask): string => record(task)?.id ?? '';

describe('what is due', () => {
  test.each([
    ['a pending task owes a notice to each address', taskOf(), start, 3],
    ['user names are owed none', taskOf({ approvers: ['ann', 'bob@example.com'] }), start, 1],
    ['a task whose attempt has not begun owes none', taskOf({}, { startTime: undefined }), start, 0],
    ['a settled task owes none', taskOf({}, { status: 'completed', outcome: 'approved' }), start, 0],
    ['after the deadline none is owed', taskOf(), start + 2 * 3_600_000, 0],
    [
      'without a limit it ends after seven days',
      taskOf({}, { deadline: undefined }),
      start + requestWindowMs,
      0,
    ],
    ['until then it is owed', taskOf({}, { deadline: undefined }), start + requestWindowMs - 1, 3],
    [
      'the second step has seven days of its own',
      taskOf({ strategy: 'FOUR_EYES' }, { deadline: undefined, responses: [approvalBy('ann@example.com')] }),
      start + requestWindowMs,
      2,
    ],
  ])('%s', (...[, task, now, count]) => {
    expect(dueNotices(task, now, { reach, hash })).toHaveLength(count);
  });

  test('a task that is being deleted owes none', () => {
    const task = taskOf();
    const ending = { ...task, metadata: { ...task.metadata, deletionTimestamp: timestamp(start) } };
    expect(dueNotices(ending, start, { reach, hash })).toEqual([]);
  });

  test('ids differ by task, attempt, step and recipient, and by nothing else', () => {
    const ids = (task: ApprovalTask): string[] =>
      dueNotices(task, start, { reach, hash }).map(({ id }) => id);
    const base = taskOf({ strategy: 'FOUR_EYES' });
    const other = { ...base, metadata: { ...base.metadata, uid: 'uid-2' } };
    const second = taskOf({ strategy: 'FOUR_EYES' }, { attempt: 2 });
    const step = taskOf({ strategy: 'FOUR_EYES' }, { responses: [approvalBy('ann@example.com')] });
    const all = [base, other, second, step].flatMap(ids);
    expect(new Set(all).size).toBe(all.length);
    expect(ids(taskOf({ strategy: 'FOUR_EYES', description: 'x' }, { linkGeneration: 7 }))).toEqual(
      ids(base),
    );
  });

  test('every later notice belongs to the thread of the first one to that person', () => {
    const [first] = dueNotices(taskOf(), start, { reach, hash });
    const [later] = dueNotices(taskOf({}, { attempt: 3 }), start, { reach, hash });
    expect(first?.threadId).toBe(first?.id);
    expect(later?.threadId).toBe(first?.id);
    expect(later?.id).not.toBe(first?.id);
  });
});

describe('progress', () => {
  test('is marked attempting before anything is sent', () => {
    const outbox = advance(single(), facts(start));
    expect(outbox.records).toMatchObject([{ state: 'attempting', attempts: 1, lastTime: timestamp(start) }]);
    expect(outbox.send.map(({ address }) => address)).toEqual(['ann@example.com']);
  });

  test('goes on where a person who was asked before is asked again, and makes no more records than a task has room for, whoever is asked', () => {
    const people = (...members: string[]): Reach => ({
      ...everywhere,
      directory: directoryOf({
        persons: members.map((handle) => knownAs(handle, { emails: [`${handle}@example.com`] })),
        groups: [{ name: 'ops', members }],
      }),
    });
    let task = taskOf({ groups: ['ops'] });
    const states = (): unknown => task.status?.notifications?.map(({ state }) => state);
    task = written(task, facts(start, { reach: people('ann') }));
    task = written(task, facts(start, { reach: people(), underWay: new Set() }));
    expect(states()).toEqual(['dropped']);
    task = written(task, facts(start, { reach: people('ann') }));
    expect(states()).toEqual(['attempting']);
    for (let round = 0; round < 6; round += 1) {
      const members = Array.from({ length: 90 }, (_, index) => `p${String(round)}-${String(index)}`);
      // The first write drops those who are asked no more, the next has room for all who are.
      const now = facts(start, { reach: people(...members) });
      const first = written(task, now);
      expect(first.status?.notifications?.length).toBeLessThanOrEqual(limits.notifications);
      task = written(first, now);
      const records = task.status?.notifications ?? [];
      expect(records.length).toBeLessThanOrEqual(limits.notifications);
      expect(records.filter(({ state }) => state === 'attempting')).toHaveLength(90);
    }
  });

  test('holds neither address nor token', () => {
    expect(JSON.stringify(advance(taskOf(), facts(start)).records)).not.toMatch(/@|example/u);
  });

  test('stays as it is while this process is sending', () => {
    const task = written(single(), facts(start));
    const outbox = advance(task, facts(start + 60_000, { underWay: new Set([idOf(task)]) }));
    expect(outbox.records).toEqual(task.status?.notifications);
    expect(outbox.send).toEqual([]);
  });

  test('attempting that nobody is working on was left by a crash: sent again under the same id', () => {
    const task = written(single(), facts(start));
    const [again] = advance(task, facts(start + 1)).send;
    expect(again?.id).toBe(idOf(task));
  });

  test.each<[string, SendResult, object]>([
    ['sent stays sent', { kind: 'sent' }, { state: 'sent' }],
    [
      'a refusal for good ends it',
      { kind: 'permanent', why: '550 no' },
      { state: 'failed', lastError: '550 no' },
    ],
    [
      'a failure waits, half of the first wait at least',
      { kind: 'retry', why: '421 busy' },
      { state: 'waiting', nextTime: timestamp(start + 3_000), lastError: '421 busy' },
    ],
    [
      'a wait that the channel asks for is honoured',
      { kind: 'retry', why: 'x', afterMs: 600_000 },
      { state: 'waiting', nextTime: timestamp(start + 600_000) },
    ],
    [
      'but one hour is the most',
      { kind: 'retry', why: 'x', afterMs: 86_400_000 },
      { state: 'waiting', nextTime: timestamp(start + 3_600_000) },
    ],
  ])('%s', (_what, result, expected) => {
    const task = written(single(), facts(start));
    const id = idOf(task);
    const after = written(task, facts(start, { results: new Map([[id, result]]), underWay: new Set([id]) }));
    expect(record(after)).toMatchObject(expected);
  });

  test('waits double with each failure, up to an hour, and are spread', () => {
    const wait = (attempts: number, random: number): number => {
      const task = single();
      const [fresh] = advance(task, facts(start)).records;
      if (fresh === undefined) throw new Error('nothing is due');
      const tried = { ...task, status: { ...task.status, notifications: [{ ...fresh, attempts }] } };
      const results = new Map([[fresh.id, { kind: 'retry', why: 'x' } as const]]);
      const [next] = advance(tried, facts(start, { results, random: () => random })).records;
      return instant(next?.nextTime ?? '') - start;
    };
    expect([1, 2, 3, 20].map((attempts) => wait(attempts, 0.999_999))).toEqual([
      5_000, 10_000, 20_000, 3_600_000,
    ]);
    expect([1, 2, 3, 20].map((attempts) => wait(attempts, 0))).toEqual([3_000, 5_000, 10_000, 1_800_000]);
  });

  test('a wait is over at its time, not before, and says when to look', () => {
    const task = single();
    const first = written(task, facts(start));
    const results = new Map([[idOf(first), { kind: 'retry', why: 'x' } as const]]);
    const waiting = written(first, facts(start, { results }));
    const early = advance(waiting, facts(start + 2_999));
    expect(early).toMatchObject({ send: [], lookAgainAt: start + 3_000 });
    expect(early.records).toEqual(waiting.status?.notifications);
    expect(advance(waiting, facts(start + 3_000)).records).toMatchObject([
      { state: 'attempting', attempts: 2 },
    ]);
  });

  test('what lost its meaning is dropped, what was sent stays on record', () => {
    const task = written(taskOf(), facts(start));
    const [sent, failed] = task.status?.notifications ?? [];
    const results = new Map<string, SendResult>([
      [sent?.id ?? '', { kind: 'sent' }],
      [failed?.id ?? '', { kind: 'permanent', why: 'x' }],
    ]);
    const after = written(task, facts(start, { results }));
    const settled: ApprovalTask = {
      ...after,
      status: { ...after.status, status: 'completed', outcome: 'approved' },
    };
    const states = advance(settled, facts(start + 60_000)).records.map(({ state }) => state);
    expect(states.toSorted()).toEqual(['dropped', 'failed', 'sent']);
  });

  test('records of an earlier attempt are left out', () => {
    const task = written(single(), facts(start));
    const next: ApprovalTask = { ...task, status: { ...task.status, attempt: 2 } };
    expect(advance(next, facts(start)).records).toMatchObject([{ attempt: 2, state: 'attempting' }]);
  });

  test('a finished outbox does not change any more', () => {
    const task = written(single(), facts(start));
    const done = written(task, facts(start, { results: new Map([[idOf(task), { kind: 'sent' } as const]]) }));
    expect(advance(done, facts(start + 3_600_000))).toEqual({
      records: done.status?.notifications,
      send: [],
    });
  });
});

type Fate = 'crash before' | 'crash after' | 'retry' | 'permanent' | 'sent';
const fates = fc.array(fc.constantFrom<Fate>('crash before', 'crash after', 'retry', 'permanent', 'sent'), {
  maxLength: 40,
});

interface Run {
  readonly ids: readonly string[];
  readonly delivered: Map<string, number>;
  readonly task: ApprovalTask;
}

/** Sends until nothing is left, each send meeting the next fate; afterwards every send works. */
function simulate(sequence: readonly Fate[]): Run {
  let task = taskOf({}, { deadline: undefined });
  const left = [...sequence];
  const delivered = new Map<string, number>();
  const ids = dueNotices(task, start, { reach, hash }).map(({ id }) => id);
  for (let now = start; ;) {
    const outbox = advance(task, facts(now));
    task = written(task, facts(now));
    if (outbox.send.length === 0 && outbox.lookAgainAt === undefined) return { ids, delivered, task };
    const met = outbox.send.map(({ id }) => [id, left.shift() ?? 'sent'] as const);
    for (const [id, fate] of met) if (arrives(fate)) delivered.set(id, (delivered.get(id) ?? 0) + 1);
    task = written(task, facts(now, { results: resultsOf(met), underWay: new Set(ids) }));
    now = Math.max(now + 1, advance(task, facts(now, { underWay: new Set(ids) })).lookAgainAt ?? 0);
  }
}

function arrives(fate: Fate): boolean {
  return fate === 'sent' || fate === 'crash after';
}

/** A crash leaves no result. */
function resultsOf(met: readonly (readonly [string, Fate])[]): Map<string, SendResult> {
  return new Map(
    met.flatMap(([id, fate]): [string, SendResult][] => {
      if (fate === 'sent') return [[id, { kind: 'sent' }]];
      return fate === 'retry' || fate === 'permanent' ? [[id, { kind: fate, why: 'x' }]] : [];
    }),
  );
}

describe('whatever crashes and fails', () => {
  test('everybody gets a message at least once, unless it was refused for good', () => {
    fc.assert(
      fc.property(fates, (sequence) => {
        const { ids, delivered, task } = simulate(sequence);
        for (const id of ids) {
          const state = task.status?.notifications?.find((known) => known.id === id)?.state;
          expect(state === 'failed' || (state === 'sent' && (delivered.get(id) ?? 0) >= 1)).toBe(true);
        }
      }),
    );
  });

  test('a message comes twice only where a crash hid that it was sent', () => {
    fc.assert(
      fc.property(fates, (sequence) => {
        const { delivered } = simulate(sequence);
        const extra = [...delivered.values()].reduce((sum, count) => sum + count - 1, 0);
        expect(extra).toBeLessThanOrEqual(sequence.filter((met) => met === 'crash after').length);
      }),
    );
  });

  test('what is sent is never sent again, at any later time', () => {
    fc.assert(
      fc.property(fates, fc.integer({ min: 0, max: 30 * 86_400_000 }), (sequence, later) => {
        const { task } = simulate(sequence);
        expect(advance(task, facts(start + later)).send).toEqual([]);
      }),
    );
  });
});
