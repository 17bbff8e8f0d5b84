import { beforeEach, describe, expect, test } from 'vitest';
import type { ApprovalTask, ApprovalTaskStatus } from '../api/approvaltask.ts';
import { taskUidField } from '../api/names.ts';
import type { CustomRunStatus } from '../api/tekton.ts';
import { refuse, type RefusalCode, type Verdict } from '../domain/refusal.ts';
import type { RecordedEvent } from '../kube/recorder.ts';
import { someAnswer, someRun, someTask } from './fixture.ts';
import { RefusalTrail } from './refusaltrail.ts';
import {
  factOfEnd,
  factOfRefusal,
  factOfRun,
  factsOfTask,
  subjectsOfRun,
  subjectsOfTask,
  tell,
} from './trail.ts';

let events: RecordedEvent[];
beforeEach(() => {
  events = [];
});
const recorder = { event: (event: RecordedEvent): unknown => events.push(event) };

const condition = (
  status: 'True' | 'False' | 'Unknown',
  reason: string,
  message = 'In words.',
): CustomRunStatus => ({
  conditions: [{ type: 'Succeeded', status, reason, message, lastTransitionTime: '' }],
});
const extraFields = { [taskUidField]: 'task-uid' };
const waiting = { ...condition('Unknown', 'WaitingForApproval'), extraFields };
const again = {
  ...waiting,
  retriesStatus: [condition('False', 'CustomRunTimedOut', 'Attempt 1: too late.')],
};

/** What a run's write comes to: type, action, reason and words. */
function ofRun(before: CustomRunStatus | undefined, written: CustomRunStatus): string | undefined {
  const fact = factOfRun(someRun({}, before === undefined ? {} : { status: before }), written);
  return fact && `${fact.type} ${fact.action} ${fact.reason}: ${fact.note}`;
}

describe('of a run people are told', () => {
  test.each<[string, CustomRunStatus | undefined, CustomRunStatus, string]>([
    ['that it asks', undefined, waiting, 'Normal Ask WaitingForApproval: In words.'],
    [
      'that an attempt timed out and it asks anew',
      waiting,
      again,
      'Normal Ask WaitingForApproval: Attempt 1: too late. Asked anew. In words.',
    ],
    [
      'that it ended unasked',
      undefined,
      condition('False', 'UnownedRun'),
      'Warning Settle UnownedRun: In words.',
    ],
    [
      'that its task was deleted',
      waiting,
      condition('False', 'ApprovalTaskDeleted'),
      'Warning Settle ApprovalTaskDeleted: In words.',
    ],
  ])('%s', (...[, before, written, told]) => {
    expect(ofRun(before, written)).toBe(told);
  });

  test.each<[string, CustomRunStatus | undefined, CustomRunStatus]>([
    ['another sentence while it waits', waiting, { ...waiting, observedGeneration: 2 }],
    ['a wait before anybody is asked', undefined, condition('Unknown', 'WaitingForApproval')],
    [
      'the end of its request, which is told of the request',
      waiting,
      { ...waiting, ...condition('True', 'Approved') },
    ],
    [
      'the end of its request, where it comes before anybody was told that it asks',
      undefined,
      { ...waiting, ...condition('True', 'Approved') },
    ],
    ['a generation seen after the end', condition('True', 'Approved'), condition('True', 'Approved')],
  ])('nothing of %s', (...[, before, written]) => {
    expect(ofRun(before, written)).toBeUndefined();
  });
});

type Stored = NonNullable<ApprovalTaskStatus['responses']>[number];
const response = (person: string, more: Partial<Stored> = {}): Stored => ({
  decisionUid: `of-${person}`,
  attempt: 1,
  step: 1,
  entry: person,
  person,
  identity: { kind: 'kubernetes', issuer: '', subject: person },
  decision: 'approve',
  comment: 'a comment that only concerned people may read',
  time: '2026-01-01T00:00:01Z',
  via: 'kubernetes',
  assurance: 'kubernetes',
  ...more,
});

const pending = (...responses: Stored[]): ApprovalTask =>
  someTask({}, { status: { attempt: 1, status: 'pending', message: 'Waiting for carol.', responses } });
const ended = (status: ApprovalTaskStatus): ApprovalTask =>
  someTask({}, { status: { status: 'completed', attempt: 1, ...status } });

describe('of a request people are told', () => {
  const alice = response('alice');
  const bob = response('bob', { via: 'link' });

  test('each answer that counted, by whom and through what', () => {
    const notes = factsOfTask(pending(alice), pending(alice, bob)).map(({ note }) => note);
    expect(notes).toEqual(['bob approved, through a mailed link.']);
    expect(factsOfTask(pending(alice), pending(alice))).toEqual([]);
  });

  test('the answer that settles it together with the end, once', () => {
    const approved = { outcome: 'approved', reason: 'Approved', message: 'Approved by alice, bob.' } as const;
    const task = ended({ ...approved, responses: [alice, bob] });
    expect(factsOfTask(pending(), task).map(({ note }) => note)).toEqual([
      'alice approved, through Kubernetes.',
    ]);
    expect(factOfEnd(task)).toEqual({
      type: 'Normal',
      reason: 'Approved',
      action: 'Settle',
      note: 'Approved by alice, bob. The answer of bob came through a mailed link.',
    });
  });

  test.each(['timedOut', 'cancelled', 'invalid'] as const)(
    'that it was %s, after what was answered',
    (outcome) => {
      const task = ended({ outcome, reason: 'Why', message: 'In words.', responses: [alice] });
      expect(factsOfTask(pending(), task)).toHaveLength(1);
      expect(factOfEnd(task)).toMatchObject({ type: 'Warning', reason: 'Why', note: 'In words.' });
    },
  );

  test('that a request by hand asks, for want of a run that says so', () => {
    const { customRunRef: _none, ...spec } = pending().spec;
    const byHand = { ...pending(), spec };
    const { status: _no, ...fresh } = byHand;
    expect(factsOfTask(fresh, byHand)).toMatchObject([{ action: 'Ask', note: 'Waiting for carol.' }]);
    expect(factsOfTask(byHand, byHand)).toEqual([]);
    expect(factsOfTask(someTask(), pending())).toEqual([]);
  });

  test('no comment, and no control character of a name', () => {
    const task = pending(response('mal\u001b[31mlory\n'));
    expect(factsOfTask(someTask(), task)).toMatchObject([
      { note: 'mal\ufffd[31mlory\ufffd approved, through Kubernetes.' },
    ]);
    const all = JSON.stringify([factsOfTask(someTask(), task), factOfEnd(ended({ responses: [alice] }))]);
    expect(all).not.toContain('a comment');
  });
});

describe('a fact', () => {
  const fact = { type: 'Normal', reason: 'Answered', action: 'Count', note: 'In words.' } as const;
  const kinds = (): string[] => events.map(({ regarding }) => `${regarding.kind} ${regarding.uid}`);

  test('is told on the run, the PipelineRun and the request, and the PipelineRun learns of which run', () => {
    tell({ recorder }, subjectsOfRun(someRun(), waiting), fact);
    expect(kinds()).toEqual(['CustomRun run-uid', 'PipelineRun pr-uid', 'ApprovalTask task-uid']);
    expect(events.map(({ note }) => note)).toEqual([
      'In words.',
      'release-7-approve: In words.',
      'In words.',
    ]);
    expect(events[1]?.related).toEqual(events[0]?.regarding);
  });

  test('is told on the same objects where the request is known, and not the run', () => {
    const pipelineRun = { name: 'release-7', uid: 'pr-uid' };
    tell({ recorder }, subjectsOfTask(someTask({ pipelineRun })), fact);
    const ofTask = events;
    events = [];
    tell({ recorder }, subjectsOfRun(someRun(), waiting), fact);
    const placed = events.map((event) => ({ ...event, regarding: { ...event.regarding } }));
    expect(ofTask).toEqual(placed);
  });

  test('is told only on what is there', () => {
    tell({ recorder }, subjectsOfRun(someRun({}, { meta: { ownerReferences: [] } }), {}), fact);
    expect(kinds()).toEqual(['CustomRun run-uid']);
  });
});

describe('a refused answer', () => {
  const refused = (code: RefusalCode): Extract<Verdict, { verdict: 'refused' }> => {
    const verdict = refuse('uid', code);
    if (verdict.verdict === 'counted') throw new Error('not refused');
    return verdict;
  };
  const answerOf = (username: string): ReturnType<typeof someAnswer> =>
    someAnswer({ actor: { kind: 'kubernetes', issuer: '', username, groups: [] } });
  const notes = (): string[] => [...new Set(events.map(({ note }) => note))];
  const more = 'More answers were refused. The status of each says why.';

  test('is told as one in the name of somebody, with code and sentence', () => {
    expect(factOfRefusal(answerOf('mallory'), refused('notListed')).note).toBe(
      'An answer in the name of mallory, through Kubernetes, was refused (notListed): You are not among the approvers of this request.',
    );
  });

  test('editor-14: a thousand of one person are one Event on each object, counted up', () => {
    const trail = new RefusalTrail(recorder);
    for (let at = 0; at < 1_000; at += 1)
      trail.refused(someTask(), answerOf('mallory'), refused('notListed'));
    expect(new Set(events.map((event) => JSON.stringify(event))).size).toBe(2);
  });

  test('of one person for ever other reasons is told twice, then counted', () => {
    const trail = new RefusalTrail(recorder);
    for (const code of ['notListed', 'late', 'wrongTask', 'tooLong', 'late'] as const)
      trail.refused(someTask(), answerOf('mallory'), refused(code));
    expect(notes()).toHaveLength(3);
    expect(notes()).toContain(more);
    expect(events.at(-1)?.note).toContain('(late)');
  });

  test('of ever other names is told eight times, then counted, and elsewhere anew', () => {
    const trail = new RefusalTrail(recorder);
    for (let at = 0; at < 1_000; at += 1)
      trail.refused(someTask(), answerOf(`mallory-${String(at)}`), refused('notListed'));
    expect(notes()).toHaveLength(9);
    events = [];
    trail.refused(someTask({}, { meta: { uid: 'other' } }), answerOf('mallory'), refused('notListed'));
    expect(notes()).toEqual([expect.stringContaining('in the name of mallory')]);
  });
});
