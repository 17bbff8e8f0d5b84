import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { accepted, read } from '../../test/builders/parameters.ts';
import { chainOn, chainStart, continueChain } from '../domain/digest.ts';
import { decide } from '../domain/decide.ts';
import { nobodyKnown } from '../domain/directory.ts';
import { byKubernetes, kubernetesUser, someFacts, start } from '../domain/fixture.ts';
import type { ApprovalTask } from './approvaltask.ts';
import { verifyTask, type AuditReport } from './audit.ts';
import { renderRunStatus } from './runstatus.ts';
import { openApproval, termsOf } from './storedapproval.ts';
import { renderTaskStatus } from './taskstatus.ts';
import type { CustomRun } from './tekton.ts';
import { timestamp } from './time.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const creationTimestamp = timestamp(start);

/** A request of MULTI that these people approved, as the operator stores it, and its run. */
function settled(people: readonly string[] = ['alice', 'bob', 'carol']): {
  task: ApprovalTask;
  run: CustomRun;
} {
  const { spec } = accepted(read({ approvers: people, strategy: 'MULTI' }));
  const metadata = { name: 'release-7-approve', uid: 'task-uid', resourceVersion: '1', creationTimestamp };
  const made: ApprovalTask = { metadata, spec };
  const submissions = people.map((who, at) =>
    byKubernetes(kubernetesUser(who), { order: at + 1, comment: `fine, says ${who}` }),
  );
  const opened = openApproval(made);
  const facts = someFacts({ approval: opened, terms: termsOf(spec), submissions });
  const { approval } = decide(facts, start);
  const chained = continueChain(
    { head: chainStart(spec.digest, sha256), recorded: 0 },
    approval.responses,
    sha256,
  );
  const rendering = {
    approval: { ...approval, responses: chained.responses },
    approvalUrl: '',
    auditDigest: chained.head,
    directory: nobodyKnown,
    circumstances: [],
    now: start,
  };
  const task = { ...made, status: renderTaskStatus({ ...rendering, task: made, unreachable: [] }) };
  const run: CustomRun = { metadata: { ...metadata, uid: 'run-uid' }, spec: {} };
  return { task, run: { ...run, status: renderRunStatus({ ...rendering, run, task, notes: [] }) } };
}

/** The PipelineRun of that request, with a result of its own. */
function publishing(value: unknown, head: unknown) {
  return {
    metadata: { uid: 'pr-uid' },
    status: {
      pipelineSpec: { results: [{ name: 'proof', value }] },
      results: [{ name: 'proof', value: head }],
    },
  };
}

const headOf = ({ status }: ApprovalTask): string => status?.auditDigest ?? '';
type Status = NonNullable<ApprovalTask['status']>;
const withStatus = (task: ApprovalTask, more: Partial<Status>): ApprovalTask => ({
  ...task,
  status: { ...task.status, ...more },
});

/** Somebody who can write the status rewrites a record, and computes all the rest again. */
function recomputed(task: ApprovalTask): ApprovalTask {
  let head = chainStart(task.spec.digest, sha256);
  const responses = (task.status?.responses ?? []).map(({ digest: _none, ...rest }) => {
    const forged = { ...rest, comment: 'not at all fine' };
    head = chainOn(head, forged, sha256);
    return { ...forged, digest: head };
  });
  return withStatus(task, { responses, auditDigest: head });
}

const told = (report: AuditReport): string => (report.ok ? 'fits' : report.sentence);

describe('the record of a request', () => {
  test('fits as the operator stored it, and the run published the same', () => {
    const { task, run } = settled();
    expect(verifyTask({ task, run }, sha256)).toEqual({
      ok: true,
      records: 3,
      head: headOf(task),
      published: ['CustomRun'],
    });
  });

  test('fits before anybody has answered, and before the first status', () => {
    const { task } = settled();
    const { status: _, ...fresh } = task;
    expect(verifyTask({ task: fresh }, sha256)).toMatchObject({ ok: true, records: 0, published: [] });
  });

  test('of old, without a digest for each answer, is still told by its head', () => {
    const { task, run } = settled();
    const responses = (task.status?.responses ?? []).map(({ digest: _none, ...rest }) => rest);
    const old = withStatus(task, { responses });
    expect(verifyTask({ task: old, run }, sha256)).toMatchObject({ ok: true, records: 3 });
    const forged = withStatus(task, { responses: responses.map((one) => ({ ...one, comment: 'no' })) });
    expect(verifyTask({ task: forged }, sha256)).toMatchObject({ ok: false, at: { kind: 'head' } });
  });

  test('in which an answer was changed names it by number, person and decision', () => {
    const { task } = settled();
    const responses = (task.status?.responses ?? []).map((one, at) =>
      at === 1 ? { ...one, comment: 'I never said this' } : one,
    );
    const report = verifyTask({ task: withStatus(task, { responses }) }, sha256);
    expect(report).toMatchObject({ ok: false, at: { kind: 'record', record: 2, decisionUid: 'decision-2' } });
    expect(told(report)).toBe(
      'Record 2 (bob, decision decision-2) does not fit: it was changed, or what stood in front of it was.',
    );
  });

  test.each([
    ['a person who is asked', { approvers: ['mallory'] }],
    ['the description', { description: 'something harmless' }],
    ['the strategy', { strategy: 'SINGLE' as const }],
    ['who asked', { requester: { name: 'alice', certainty: 'stamped' as const } }],
    ['the PipelineRun', { pipelineRun: { name: 'other', uid: 'pr-uid' } }],
  ])('in which %s was changed does not fit what was shown', (_, more) => {
    const { task } = settled();
    const report = verifyTask({ task: { ...task, spec: { ...task.spec, ...more } } }, sha256);
    expect(report).toMatchObject({ ok: false, at: { kind: 'spec' } });
  });

  test.each(['rejected', 'timedOut', undefined] as const)(
    'that says %s although all approved does not fit its outcome',
    (outcome) => {
      const { task } = settled();
      const { outcome: _, ...rest } = task.status ?? {};
      const status = outcome === undefined ? rest : { ...rest, outcome };
      const report = verifyTask({ task: { ...task, status } }, sha256);
      expect(report).toMatchObject({ ok: false, at: { kind: 'outcome' } });
    },
  );
});

describe('a record that was computed again as a whole', () => {
  test('fits in itself, and is noticed by what the CustomRun handed over', () => {
    const { task, run } = settled();
    const forged = recomputed(task);
    expect(verifyTask({ task: forged }, sha256)).toMatchObject({ ok: true, published: [] });
    const report = verifyTask({ task: forged, run }, sha256);
    expect(report).toMatchObject({ ok: false, at: { kind: 'published', on: 'CustomRun' } });
    expect(told(report)).toContain('the CustomRun was handed another auditDigest');
  });

  test('is noticed by the results of the PipelineRun, where the run was changed, too', () => {
    const { task } = settled();
    const pipelineRun = publishing('$(tasks.approve.results.auditDigest)', headOf(task));
    expect(verifyTask({ task, pipelineRun }, sha256)).toMatchObject({ ok: true, published: ['PipelineRun'] });
    expect(verifyTask({ task: recomputed(task), pipelineRun }, sha256)).toMatchObject({
      ok: false,
      at: { kind: 'published', on: 'PipelineRun' },
    });
  });
});

describe('a result of the PipelineRun', () => {
  const { task } = settled();
  const head = headOf(task);
  const published = (pipelineRun: ReturnType<typeof publishing>): unknown => {
    const report = verifyTask({ task, pipelineRun }, sha256);
    return report.ok ? report.published : report.at;
  };

  test.each([
    ['$(tasks.approve.results.auditDigest)', head],
    ["$(tasks.approve.results['auditDigest'])", head],
    ['$(tasks.approve.results["auditDigest"])', head],
    ['$(finally.approve.results.auditDigest)', head],
    ['$(tasks.approve.results.auditDigest[*])', ['of another combination', head]],
  ])('that is %s is compared', (value, given) => {
    expect(published(publishing(value, given))).toEqual(['PipelineRun']);
    const other = Array.isArray(given) ? ['x', 'y'] : 'x';
    expect(published(publishing(value, other))).toEqual({ kind: 'published', on: 'PipelineRun' });
  });

  test.each([
    ['$(tasks.other.results.auditDigest)'],
    ['$(tasks.approve.results.comment)'],
    ['see $(tasks.approve.results.auditDigest)'],
    ['auditDigest'],
    [['$(tasks.approve.results.auditDigest)']],
  ])('that is %j says nothing of this request', (value) => {
    expect(published(publishing(value, 'x'))).toEqual([]);
  });

  test('of another PipelineRun says nothing, nor does the run of another request', () => {
    const other = { ...publishing('$(tasks.approve.results.auditDigest)', 'x'), metadata: { uid: 'other' } };
    expect(published(other)).toEqual([]);
    const { run } = settled(['alice']);
    const foreign = { ...run, metadata: { ...run.metadata, uid: 'other' } };
    expect(verifyTask({ task, run: foreign }, sha256)).toMatchObject({ ok: true, published: [] });
  });
});
