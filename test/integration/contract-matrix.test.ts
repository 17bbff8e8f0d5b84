import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CustomRun } from '../../src/api/tekton.ts';
import { approvalTasks, pipelineRuns } from '../../src/api/resources.ts';
import { approval, consumer, inlineRun, paramsOf } from '../builders/inline-run.ts';
import { FormClient, type Page } from '../fakes/form-client.ts';
import { linkIn } from '../fakes/mailed-link.ts';
import { valuesOf } from './arrivals.ts';
import { openGate, type Gate, type PipelineRunObject } from './gate.ts';

/** One step that Tekton fans out: a run, a request and a link for each combination, each decided by itself. */

let gate: Gate;
beforeAll(async () => {
  gate = await openGate();
  await gate.allow('people', [
    { kind: 'User', name: 'alice' },
    { kind: 'User', name: 'bob' },
  ]);
});
afterAll(async () => gate.close());

/** A member for each, with params of its own. */
const matrixOf = (members: readonly Record<string, string>[]): Record<string, unknown> => ({
  matrix: {
    include: members.map((params, at) => ({ name: `member-${String(at)}`, params: paramsOf(params) })),
  },
});

async function openLink(browser: FormClient, address: string): Promise<Page> {
  return browser.open(linkIn(await gate.mail.waitFor(({ to }) => to.includes(address))));
}

/** Returns the page of the form. */
async function answerByLink(address: string, decision: 'approve' | 'reject'): Promise<Page> {
  const browser = new FormClient();
  const page = await openLink(browser, address);
  expect((await browser.answer(page, decision)).status).toBe(200);
  return page;
}

const endOf = ({ status }: CustomRun): string =>
  `${status?.conditions?.[0]?.status ?? ''} ${status?.conditions?.[0]?.reason ?? ''}`;
const referencesOf = ({ status }: PipelineRunObject): string[] =>
  (status?.childReferences ?? []).map(({ name }) => name);

describe.concurrent(
  'a step with three members, of which one is approved, one rejected and one left alone',
  () => {
    const addresses = ['first@example.com', 'second@example.com', 'third@example.com'];
    const members = addresses.map((approvers, at) => ({ approvers, timeout: at === 2 ? '2s' : '0' }));
    const names = ['three-ask-0', 'three-ask-1', 'three-ask-2'];
    let pages: Page[];

    beforeAll(async () => {
      const tasks = [approval('ask', {}, matrixOf(members)), consumer('deploy', {}, { runAfter: ['ask'] })];
      const finallyTasks = [consumer('report', { status: '$(tasks.ask.status)' })];
      await gate.create(pipelineRuns, inlineRun('three', { tasks, pipeline: { finally: finallyTasks } }));
      pages = await Promise.all([
        answerByLink('first@example.com', 'approve'),
        answerByLink('second@example.com', 'reject'),
      ]);
      await gate.pipelineRun('three');
    });

    it('each has a run, a request and a link of its own', async () => {
      const tasks = await Promise.all(names.map(async (name) => gate.task(name)));
      expect(tasks.map(({ spec }) => spec.approvers)).toEqual(addresses.map((address) => [address]));
      expect(new Set(tasks.map(({ metadata }) => metadata.uid)).size).toBe(3);
      expect(new Set(pages.map(({ url }) => url)).size).toBe(2);
      expect(tasks.map(({ spec }) => spec.pipelineTask)).toEqual(['ask', 'ask', 'ask']);
    });

    it('each ends by itself, with its own results', async () => {
      const runs = await Promise.all(names.map(async (name) => gate.customRun(name)));
      expect(runs.map(endOf)).toEqual(['True Approved', 'True Rejected', 'False CustomRunTimedOut']);
      expect(runs.map(({ status }) => valuesOf(status?.results)['decision'])).toEqual([
        'true',
        'false',
        'false',
      ]);
      expect(runs.map(({ status }) => valuesOf(status?.results)['outcome'])).toEqual([
        'approved',
        'rejected',
        'timedOut',
      ]);
      expect(runs.map(({ status }) => valuesOf(status?.results)['approvedBy'])).toEqual([
        addresses[0],
        '',
        '',
      ]);
    });

    it('the PipelineRun fails with the one that failed, and only after all of them have ended', async () => {
      const run = await gate.pipelineRun('three');
      expect(run.status?.conditions?.[0]).toMatchObject({ status: 'False', reason: 'Failed' });
      expect(referencesOf(run).toSorted()).toEqual([...names, 'three-report']);
      const ends = await Promise.all(names.map(async (name) => (await gate.customRun(name)).status));
      const last =
        ends
          .map((status) => status?.completionTime ?? '')
          .toSorted()
          .at(-1) ?? '';
      const { completionTime = '' } = (run.status ?? {}) as { completionTime?: string };
      expect(completionTime >= last).toBe(true);
    });
  },
);

describe.concurrent('a step with several members', () => {
  it('waits for the others after one was rejected where that fails, and then fails', async () => {
    const members = [{ approvers: 'alice' }, { approvers: 'bob' }];
    const tasks = [approval('ask', { onReject: 'fail' }, matrixOf(members))];
    await gate.create(pipelineRuns, inlineRun('patient', { tasks }));
    await gate.answer('alice', await gate.task('patient-ask-0'), { decision: 'reject' });
    expect(endOf(await gate.customRun('patient-ask-0'))).toBe('False Rejected');
    expect((await gate.task('patient-ask-1')).status?.status).toBe('pending');
    const verdict = await gate.answer('bob', await gate.task('patient-ask-1'), { decision: 'approve' });
    expect(verdict.status).toMatchObject({ verdict: 'counted' });
    const run = await gate.pipelineRun('patient');
    expect(run.status?.conditions?.[0]).toMatchObject({ status: 'False', reason: 'Failed' });
    expect(endOf(await gate.customRun('patient-ask-1'))).toBe('True Approved');
  });

  it('succeeds when all are approved, and what runs after it runs', async () => {
    const matrix = { params: paramsOf({ approvers: ['alice', 'bob'] }) };
    const tasks = [approval('ask', {}, { matrix }), consumer('deploy', {}, { runAfter: ['ask'] })];
    await gate.create(pipelineRuns, inlineRun('all', { tasks }));
    await gate.answer('alice', await gate.task('all-ask-0'), { decision: 'approve' });
    await gate.answer('bob', await gate.task('all-ask-1'), { decision: 'approve' });
    const run = await gate.pipelineRun('all');
    expect(run.status?.conditions?.[0]).toMatchObject({ status: 'True', reason: 'Succeeded' });
    expect(referencesOf(run)).toContain('all-deploy');
  });

  it('cancels all that wait when its PipelineRun is cancelled', async () => {
    const matrix = { params: paramsOf({ approvers: ['alice', 'bob'] }) };
    await gate.create(pipelineRuns, inlineRun('stopped', { tasks: [approval('ask', {}, { matrix })] }));
    await gate.answer('alice', await gate.task('stopped-ask-0'), { decision: 'approve' });
    await gate.customRun('stopped-ask-0');
    await gate.task('stopped-ask-1');
    const cancel = { spec: { status: 'Cancelled' } };
    await gate.admin.patch(pipelineRuns, gate.key('stopped'), cancel, { type: 'merge' });
    expect(endOf(await gate.customRun('stopped-ask-1'))).toBe('False CustomRunCancelled');
    expect(endOf(await gate.customRun('stopped-ask-0'))).toBe('True Approved');
    expect((await gate.pipelineRun('stopped')).status?.conditions?.[0]?.reason).toBe('Cancelled');
  });

  it('of which there are none, because the list is empty, is skipped by Tekton, and nobody is asked', async () => {
    const matrix = { params: paramsOf({ approvers: ['$(params.people[*])'] }) };
    const pipeline = { params: [{ name: 'people', type: 'array', default: [] }] };
    const tasks = [approval('ask', {}, { matrix }), consumer('deploy', {})];
    await gate.create(pipelineRuns, inlineRun('none', { tasks, pipeline }));
    const run = await gate.pipelineRun('none');
    expect(run.status?.skippedTasks?.map(({ name }) => name)).toEqual(['ask']);
    expect(await gate.read(approvalTasks, 'none-ask-0')).toBeUndefined();
  });

  it('is found by the address of its step, which lists those that this browser may answer', async () => {
    const members = [{ approvers: 'one@example.com' }, { approvers: 'two@example.com' }];
    await gate.create(pipelineRuns, inlineRun('listed', { tasks: [approval('ask', {}, matrixOf(members))] }));
    const browser = new FormClient();
    await openLink(browser, 'one@example.com');
    await openLink(browser, 'two@example.com');
    const page = await browser.open(`${gate.baseUrl}/a/${gate.namespace}/listed/ask`);
    expect(page.body).toContain('listed-ask-0, as one@example.com');
    expect(page.body).toContain('listed-ask-1, as two@example.com');
    const stranger = await new FormClient().open(`${gate.baseUrl}/a/${gate.namespace}/listed/ask`);
    expect(stranger.body).not.toContain('listed-ask-0');
    expect(stranger.body).not.toContain('example.com');
  });
});
