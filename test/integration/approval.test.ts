import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { approvalDecisions } from '../../src/api/resources.ts';
import { FormClient } from '../fakes/form-client.ts';
import { ask, type Question } from './asking.ts';
import { openGate, type Gate, type PipelineRunObject } from './gate.ts';

let gate: Gate;
beforeAll(async () => {
  gate = await openGate();
  await gate.allow(
    'people',
    ['alice', 'bob', 'carol', 'dave', 'erin'].map((name) => ({ kind: 'User', name })),
  );
});
afterAll(async () => gate.close());

/** Returns the name of the run's task and CustomRun. */
async function askFor(name: string, params: Question['params']): Promise<string> {
  return (await ask(gate, name, { params })).metadata.name;
}

const tasksRun = (run: PipelineRunObject): string[] =>
  (run.status?.childReferences ?? [])
    .filter(({ kind }) => kind === 'TaskRun')
    .map(({ pipelineTaskName }) => pipelineTaskName);
const skipped = (run: PipelineRunObject): string[] =>
  (run.status?.skippedTasks ?? []).map(({ name }) => name);
const reasonOf = (run: PipelineRunObject): string =>
  `${run.status?.conditions?.[0]?.status ?? ''} ${run.status?.conditions?.[0]?.reason ?? ''}`;
const resultsOf = (run: {
  status?: { results?: { name: string; value: unknown }[] };
}): Record<string, unknown> =>
  Object.fromEntries((run.status?.results ?? []).map(({ name, value }) => [name, value]));

async function paramsOf(task: string): Promise<Record<string, unknown>> {
  const run = (await gate.taskRuns()).find(({ metadata }) => metadata.name === task);
  return Object.fromEntries((run?.spec.params ?? []).map(({ name, value }) => [name, value]));
}

const single = (approver: string, description: string): { name: string; value: unknown }[] => [
  { name: 'approvers', value: [approver] },
  { name: 'description', value: description },
];

describe('a pipeline with an approval step', () => {
  it('goes on with the approved branch after the approver answered through the mailed link', async () => {
    const name = await askFor('approve-by-link', single('ann@example.com', 'Deploy shop 2.4 to production'));
    const browser = new FormClient();
    const page = await browser.open(await gate.mailedLink('ann@example.com', await gate.task(name)));
    expect(page.body).toContain('Deploy shop 2.4 to production');
    const answered = await browser.answer(page, 'approve', 'checked the release notes');
    expect(answered.status).toBe(200);

    const run = await gate.pipelineRun('approve-by-link');
    expect(tasksRun(run)).toEqual(['deploy']);
    expect(skipped(run)).toEqual(['stop']);
    expect(await paramsOf('approve-by-link-deploy')).toEqual({
      comment: 'checked the release notes',
      approvedBy: 'ann@example.com',
      rejectedBy: '',
    });
    expect(resultsOf(await gate.customRun(name))).toMatchObject({
      decision: 'true',
      comment: 'checked the release notes',
      approvedBy: 'ann@example.com',
      rejectedBy: '',
      outcome: 'approved',
      approvers: '["ann@example.com"]',
    });
    const task = await gate.task(name, ({ metadata }) => metadata.labels?.['decision'] === 'approved');
    expect(task.metadata.labels).toMatchObject({ decision: 'approved', responses: '1_of_1' });
    expect(task.status).toMatchObject({ status: 'completed', approvalUrl: '', outcome: 'approved' });
  });

  it('goes on with the other branch after a rejection, where a rejection is an answer', async () => {
    const name = await askFor('reject-continue', single('alice', 'reject me'));
    const verdict = await gate.answer('alice', await gate.task(name), {
      decision: 'reject',
      comment: 'not today',
    });
    expect(verdict.status).toMatchObject({ verdict: 'counted' });
    const run = await gate.pipelineRun('reject-continue');
    expect(tasksRun(run)).toEqual(['stop']);
    expect(skipped(run)).toEqual(['deploy']);
    expect(await paramsOf('reject-continue-stop')).toEqual({
      comment: 'not today',
      approvedBy: '',
      rejectedBy: 'alice',
    });
    const custom = await gate.customRun(name);
    expect(custom.status?.conditions?.[0]).toMatchObject({ status: 'True', reason: 'Rejected' });
  });

  it('stops after a rejection with onReject: fail, and still publishes the results', async () => {
    const params = [...single('alice', 'reject me hard'), { name: 'onReject', value: 'fail' }];
    const name = await askFor('reject-fail', params);
    await gate.answer('alice', await gate.task(name), { decision: 'reject', comment: 'never' });
    const run = await gate.pipelineRun('reject-fail');
    expect(reasonOf(run)).toBe('False Failed');
    expect(tasksRun(run)).toEqual([]);
    const custom = await gate.customRun(name);
    expect(custom.status?.conditions?.[0]).toMatchObject({ status: 'False', reason: 'Rejected' });
    expect(resultsOf(custom)).toMatchObject({ decision: 'false', comment: 'never', rejectedBy: 'alice' });
  });

  it('MULTI waits for everybody and joins names and comments in the order of the answers', async () => {
    const params = [
      { name: 'approvers', value: ['alice', 'bob', 'carol'] },
      { name: 'strategy', value: 'MULTI' },
    ];
    const name = await askFor('multi-all', params);
    await gate.answer('bob', await gate.task(name), { decision: 'approve', comment: 'fine' });
    await gate.answer('alice', await gate.task(name), { decision: 'approve' });
    expect((await gate.task(name)).status).toMatchObject({ status: 'pending', awaiting: ['carol'] });
    await gate.answer('carol', await gate.task(name), { decision: 'approve', comment: 'good | better' });
    const run = await gate.pipelineRun('multi-all');
    expect(tasksRun(run)).toEqual(['deploy']);
    expect(await paramsOf('multi-all-deploy')).toEqual({
      comment: 'fine||good ¦ better',
      approvedBy: 'bob|alice|carol',
      rejectedBy: '',
    });
  });

  it('MULTI ends with the first rejection', async () => {
    const params = [
      { name: 'approvers', value: ['alice', 'bob', 'carol'] },
      { name: 'strategy', value: 'MULTI' },
    ];
    const name = await askFor('multi-reject', params);
    await gate.answer('bob', await gate.task(name), { decision: 'approve' });
    await gate.answer('carol', await gate.task(name), { decision: 'reject', comment: 'no' });
    const run = await gate.pipelineRun('multi-reject');
    expect(tasksRun(run)).toEqual(['stop']);
    expect(await paramsOf('multi-reject-stop')).toEqual({
      comment: '|no',
      approvedBy: 'bob',
      rejectedBy: 'carol',
    });
    const late = await gate.answer('alice', await gate.task(name), { decision: 'approve' });
    expect(late.status).toMatchObject({ verdict: 'refused', code: 'settled' });
  });

  it('FOUR_EYES needs a second person: the first one may not approve twice', async () => {
    const params = [
      { name: 'approvers', value: ['alice', 'bob'] },
      { name: 'strategy', value: 'FOUR_EYES' },
    ];
    const name = await askFor('four-eyes', params);
    await gate.answer('alice', await gate.task(name), { decision: 'approve', comment: 'first' });
    const twice = await gate.answer('alice', await gate.task(name), {
      decision: 'approve',
      comment: 'again',
    });
    expect(twice.status).toMatchObject({ verdict: 'refused', code: 'alreadyAnswered' });
    expect((await gate.task(name)).status).toMatchObject({ status: 'pending', awaiting: ['bob'] });
    await gate.answer('bob', await gate.task(name), { decision: 'approve', comment: 'second' });
    await gate.pipelineRun('four-eyes');
    expect(await paramsOf('four-eyes-deploy')).toEqual({
      comment: 'second',
      approvedBy: 'alice|bob',
      rejectedBy: '',
    });
  });

  it('FOUR_EYES by two mailed links works as long as they are opened in two browsers', async () => {
    const params = [
      { name: 'approvers', value: ['ann@example.com', 'ben@example.com'] },
      { name: 'strategy', value: 'FOUR_EYES' },
      { name: 'description', value: 'two pairs of eyes' },
    ];
    const name = await askFor('four-eyes-links', params);
    const links = [
      await gate.mailedLink('ann@example.com', await gate.task(name)),
      await gate.mailedLink('ben@example.com', await gate.task(name)),
    ];
    const shared = new FormClient();
    await shared.answer(await shared.open(links[0] ?? ''), 'approve');
    await gate.task(name, ({ status }) => status?.responses?.length === 1);
    await shared.answer(await shared.open(links[1] ?? ''), 'approve');
    const refused = (await gate.all<{ metadata: never; status?: { code?: string } }>(approvalDecisions)).map(
      ({ status }) => status?.code,
    );
    expect(refused).toContain('sameBrowser');
    const own = new FormClient();
    await own.answer(await own.open(links[1] ?? ''), 'approve');
    expect(tasksRun(await gate.pipelineRun('four-eyes-links'))).toEqual(['deploy']);
  });
});

describe('the log of all that', () => {
  it('holds no link, no token and no address (H65)', () => {
    const log = gate.log.join('');
    expect(log).toContain('wrote task status');
    expect(log).not.toMatch(/v1\.k[0-9a-f]+\./);
    expect(log).not.toMatch(/@example\.com/);
    expect(log).not.toMatch(/\/l\/v1/);
  });
});
