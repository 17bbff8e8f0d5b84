import { describe, expect, test } from 'vitest';
import { annotations, labels } from '../api/names.ts';
import { nobodyKnown } from '../domain/directory.ts';
import { start } from '../domain/fixture.ts';
import { firstSight, endsUnasked, renderNewTask, type Sighting } from './firstsight.ts';
import { somePipelineRun, someRun, someTask } from './fixture.ts';

const approvers = { name: 'approvers', value: ['alice'] };
const plain = { params: [approvers] };
const labelled = (spec: object = plain) =>
  someRun(spec, { meta: { labels: { [labels.pipelineTask]: 'approve', other: 'x' } } });
const sight = (more: Partial<Sighting> = {}) =>
  firstSight({
    run: labelled(),
    owner: { kind: 'live', pipelineRun: somePipelineRun() },
    adopter: undefined,
    requester: { name: '', certainty: 'unknown' },
    loginConfigured: false,
    requesterMayNotApprove: false,
    directory: nobodyKnown,
    now: start + 500,
    ...more,
  });
const undescribed = { kind: 'live', pipelineRun: { metadata: somePipelineRun().metadata } } as const;

describe('a run ends before anybody is asked', () => {
  test.each([
    [
      'where its PipelineRun has ended',
      { owner: { kind: 'ended', because: 'It has ended.' } } as const,
      'CustomRunCancelled',
    ],
    ['where nobody owns it', { owner: { kind: 'none' } } as const, 'UnownedRun'],
    [
      'where another PipelineRun would take it',
      { adopter: { pipelineRun: somePipelineRun(), isCertain: true } },
      'NameTaken',
    ],
    [
      'where another PipelineRun might, and does not tell',
      { adopter: { pipelineRun: somePipelineRun(), isCertain: false }, now: start + 10_000 },
      'NameTaken',
    ],
    ['where nobody is named', { run: someRun({ params: [] }) }, 'InvalidParameters'],
  ])('%s', (_, more, reason) => {
    expect(sight(more)).toMatchObject({ kind: 'end', condition: { status: 'False', reason } });
  });

  test('where it was cancelled, also when it was changed for that', () => {
    const run = someRun({ status: 'RunCancelled' }, { meta: { generation: 2 } });
    expect(endsUnasked(run)).toMatchObject({ condition: { reason: 'CustomRunCancelled' } });
  });

  test('a mistake is not waited with until the description is there', () => {
    expect(sight({ run: someRun({ params: [] }), owner: undescribed })).toMatchObject({ kind: 'end' });
  });
});

test('a run waits until it is known whether another PipelineRun would take it', () => {
  const adopter = { pipelineRun: somePipelineRun(), isCertain: false };
  expect(sight({ adopter })).toEqual({ kind: 'wait', afterMs: 200 });
});

describe('where the requester may not approve', () => {
  const rule = { requesterMayNotApprove: true } as const;

  test.each([
    ['is not known', { name: '', certainty: 'unknown' } as const, 'it is not known who started it'],
    [
      'is only asserted',
      { name: 'carol', certainty: 'asserted' } as const,
      'carol is only said to have started it',
    ],
    [
      'is a machine',
      { name: 'system:serviceaccount:ci:bot', certainty: 'stamped' } as const,
      'which is no person',
    ],
  ])('H49: nobody is asked about a run whose requester %s', (_, requester, why) => {
    const seen = sight({ ...rule, requester });
    expect(seen).toMatchObject({ kind: 'end', condition: { status: 'False', reason: 'RequesterUnknown' } });
    expect(JSON.stringify(seen)).toContain(why);
    expect(JSON.stringify(seen)).toContain(
      `set its annotation ${annotations.requestedBy} to your own user name`,
    );
    expect(sight({ requester })).toMatchObject({ kind: 'create' });
  });

  test('people are asked about a run of which it is proven who started it', () => {
    expect(sight({ ...rule, requester: { name: 'carol', certainty: 'stamped' } })).toMatchObject({
      kind: 'create',
    });
  });

  test('a mistake in the parameters is told first', () => {
    expect(sight({ ...rule, run: someRun({ params: [] }) })).toMatchObject({
      condition: { reason: 'InvalidParameters' },
    });
  });
});

test('who asked for the run stands in the task, with its certainty', () => {
  const requester = { name: 'carol', certainty: 'stamped' } as const;
  expect(sight({ requester })).toMatchObject({ kind: 'create', spec: { requester } });
});

describe('the description of the pipeline task', () => {
  test('is taken where the run brings none', () => {
    const tasks = [{ name: 'approve', description: 'Release to production?' }];
    const owner = {
      kind: 'live',
      pipelineRun: somePipelineRun({ status: { pipelineSpec: { tasks } } }),
    } as const;
    expect(sight({ owner })).toMatchObject({
      kind: 'create',
      spec: { description: 'Release to production?' },
    });
  });

  test('is waited for, for ten seconds at most', () => {
    expect(sight({ owner: undescribed })).toEqual({ kind: 'wait', afterMs: 200 });
    expect(sight({ owner: undescribed, now: start + 9_999 }).kind).toBe('wait');
    expect(sight({ owner: undescribed, now: start + 10_000 }).kind).toBe('create');
  });

  test('is not waited for where the run brings its own, however it is spelt', () => {
    const run = labelled({ params: [approvers, { name: ' Description', value: 'x' }] });
    expect(sight({ run, owner: undescribed }).kind).toBe('create');
  });

  test('is not waited for in a run that no PipelineRun owns', () => {
    expect(sight({ owner: { kind: 'standalone' } }).kind).toBe('create');
  });
});

test('the new task is named and owned like its run, carries Tekton’s labels and the mark, and nothing else of the run', () => {
  const { spec } = someTask();
  const task = renderNewTask({ run: labelled(), spec, notes: ['Asked once.'], mark: 'm' });
  expect(task.metadata).toMatchObject({
    name: 'release-7-approve',
    labels: { [labels.pipelineTask]: 'approve', [labels.decision]: 'pending' },
    annotations: { [annotations.mark]: 'm', [annotations.notes]: 'Asked once.' },
    ownerReferences: [{ kind: 'CustomRun', uid: 'run-uid', controller: true }],
  });
  expect(task.metadata).not.toHaveProperty('labels.other');
});
