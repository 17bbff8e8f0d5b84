import { expect, test } from 'vitest';
import { annotations, taskUidField } from '../api/names.ts';
import type { ApprovalTask } from '../api/approvaltask.ts';
import type { CustomRun } from '../api/tekton.ts';
import { markTask } from '../identity/mark.ts';
import { someRing } from '../identity/fixture.ts';
import { claimOf } from './claim.ts';
import { name, namespace, ring, someRun, someTask } from './fixture.ts';

const place = { namespace, name, ownerUid: 'run-uid' };

/** A task with a mark over the given place and its own spec, or over another spec. */
function marked(over: Partial<typeof place & { spec: ApprovalTask['spec'] }> = {}): ApprovalTask {
  const task = someTask();
  const mark = markTask(ring, { ...place, spec: task.spec, ...over });
  return { ...task, metadata: { ...task.metadata, annotations: { [annotations.mark]: mark } } };
}

const knowing = (uid: string) => someRun({}, { status: { extraFields: { [taskUidField]: uid } } });
const owner = { apiVersion: 'tekton.dev/v1beta1', kind: 'CustomRun', uid: 'older' };

const by = (run: CustomRun, task: ApprovalTask) => ({ run, task });

test.each([
  ['a task with our mark', by(someRun(), marked()), 'ours'],
  ['a task whose uid the run names', by(knowing('task-uid'), someTask()), 'ours'],
  ['a squatter that copies the spec and has no mark', by(someRun(), someTask()), 'taken'],
  ['a mark replayed from another namespace', by(someRun(), marked({ namespace: 'bank' })), 'taken'],
  ['a mark replayed from another task', by(someRun(), marked({ name: 'other' })), 'taken'],
  ['a mark replayed from an older run', by(someRun(), marked({ ownerUid: 'older' })), 'taken'],
  [
    'a mark over other approvers',
    by(someRun(), marked({ spec: someTask({ approvers: ['mallory'] }).spec })),
    'taken',
  ],
  ['a marked copy, once the run names another uid', by(knowing('first-uid'), marked()), 'taken'],
  [
    'the task of an older run of the same name',
    by(
      someRun(),
      someTask(
        { customRunRef: { name, uid: 'older', hash: '' } },
        { meta: { ownerReferences: [{ ...owner, name }] } },
      ),
    ),
    'olderRun',
  ],
  [
    'a task that another run owns',
    by(
      someRun(),
      someTask(
        { customRunRef: { name, uid: 'older', hash: '' } },
        { meta: { ownerReferences: [{ ...owner, name: 'b' }] } },
      ),
    ),
    'taken',
  ],
])('%s', (_, given, claim) => {
  expect(claimOf(given.run, given.task, ring)).toBe(claim);
});

test('a mark by a key that was removed is worth nothing', () => {
  expect(claimOf(someRun(), marked(), someRing('k2'))).toBe('taken');
});

test('without keys nothing is told ours or taken, unless the run itself says so', () => {
  expect(claimOf(someRun(), marked(), undefined)).toBe('noKeys');
  expect(claimOf(knowing('task-uid'), someTask(), undefined)).toBe('ours');
});
