import { beforeEach, describe, expect, test } from 'vitest';
import { taskUidField } from '../api/names.ts';
import type { CustomRunStatus } from '../api/tekton.ts';
import type { RecordedEvent } from '../kube/recorder.ts';
import { someRun } from './fixture.ts';
import { tellOfRun } from './runevents.ts';

let events: RecordedEvent[];
beforeEach(() => {
  events = [];
});
const recorder = { event: (event: RecordedEvent) => events.push(event) } as unknown as Parameters<
  typeof tellOfRun
>[0]['recorder'];

const condition = (status: 'True' | 'False' | 'Unknown', reason: string): CustomRunStatus => ({
  conditions: [{ type: 'Succeeded', status, reason, message: 'In words.', lastTransitionTime: '' }],
});
const extraFields = { [taskUidField]: 'task-uid' };
const waiting = { ...condition('Unknown', 'WaitingForApproval'), extraFields };
const again = { ...waiting, retriesStatus: [condition('False', 'CustomRunTimedOut')] };

/** Each Event as its type, action, reason and the kind of object that it is about. */
function told(before: CustomRunStatus | undefined, written: CustomRunStatus): string[] {
  tellOfRun({ recorder }, someRun({}, before === undefined ? {} : { status: before }), written);
  return events.map(({ type, action, reason, regarding }) => `${type} ${action} ${reason} ${regarding.kind}`);
}

const both = (text: string): string[] => [`${text} CustomRun`, `${text} PipelineRun`];

describe('of a run and its PipelineRun people are told', () => {
  test.each<{ what: string; before?: CustomRunStatus; written: CustomRunStatus; event: string }>([
    { what: 'that it asks', written: waiting, event: 'Normal Ask WaitingForApproval' },
    { what: 'that it asks anew', before: waiting, written: again, event: 'Normal Ask WaitingForApproval' },
    {
      what: 'that it was approved',
      before: waiting,
      written: condition('True', 'Approved'),
      event: 'Normal Settle Approved',
    },
    {
      what: 'that it was rejected',
      before: waiting,
      written: condition('True', 'Rejected'),
      event: 'Warning Settle Rejected',
    },
    {
      what: 'that it ended unasked',
      written: condition('False', 'UnownedRun'),
      event: 'Warning Settle UnownedRun',
    },
  ])('$what', ({ before, written, event }) => {
    expect(told(before, written)).toEqual(both(event));
  });

  test.each<[string, CustomRunStatus | undefined, CustomRunStatus]>([
    ['another sentence while it waits', waiting, { ...waiting, observedGeneration: 2 }],
    ['a wait before anybody is asked', undefined, condition('Unknown', 'WaitingForApproval')],
    ['a generation seen after the end', condition('True', 'Approved'), condition('True', 'Approved')],
  ])('not of %s', (_, before, written) => {
    expect(told(before, written)).toEqual([]);
  });

  test('by the words of the condition, in front of which stands the run where the PipelineRun is told', () => {
    told(undefined, waiting);
    expect(events.map(({ note }) => note)).toEqual(['In words.', `${someRun().metadata.name}: In words.`]);
    expect(events[1]?.related).toEqual(events[0]?.regarding);
  });

  test('only of the run where no PipelineRun owns it', () => {
    tellOfRun({ recorder }, someRun({}, { meta: { ownerReferences: [] } }), waiting);
    expect(events.map(({ regarding }) => regarding.kind)).toEqual(['CustomRun']);
  });
});
