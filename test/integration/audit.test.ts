import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { ApprovalTask } from '../../src/api/approvaltask.ts';
import { verifyTask, type AuditReport } from '../../src/api/audit.ts';
import type { CustomRun } from '../../src/api/tekton.ts';
import { approvalTasks, customRuns, pipelineRuns } from '../../src/api/resources.ts';
import { chainOn, chainStart } from '../../src/domain/digest.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { approval, inlineRun } from '../builders/inline-run.ts';
import { sha256 } from '../builders/parameters.ts';
import { FormClient } from '../fakes/form-client.ts';
import { tool, toolAs, type Ended } from './command.ts';
import { trailOf, trailWhen } from './eventtrail.ts';
import { openGate, type Gate, type PipelineRunObject } from './gate.ts';

/** What is left of a request for people and auditors: Events on its objects, and a record that cannot be edited unseen. */

let gate: Gate;
beforeAll(async () => {
  gate = await openGate();
  await gate.allow(
    'people',
    ['alice', 'bob', 'carol', 'dave'].map((name) => ({ kind: 'User', name })),
  );
});
afterAll(async () => gate.close());

/** Starts a run with one step, which asks these people, and publishes the digest. */
async function ask(
  name: string,
  given: Record<string, unknown>,
  rest: Record<string, unknown> = {},
): Promise<ApprovalTask> {
  const results = [{ name: 'proof', value: '$(tasks.ask.results.auditDigest)' }];
  const tasks = [approval('ask', given, rest)];
  await gate.create(pipelineRuns, inlineRun(name, { tasks, pipeline: { results } }));
  return gate.task(`${name}-ask`);
}

/** The uids of run, PipelineRun and request. */
function uidsOf({ metadata, spec }: ApprovalTask): string[] {
  return [spec.customRunRef?.uid ?? '', spec.pipelineRun?.uid ?? '', metadata.uid];
}

/** What is told on each of the three, once it is as much: the PipelineRun's with the run's name taken off again. */
async function toldOn(task: ApprovalTask, count: number): Promise<string[][]> {
  const trails = await Promise.all(uidsOf(task).map(async (uid) => trailWhen(gate, uid, count)));
  const { name } = task.metadata;
  return trails.map((trail) => trail.map((line) => line.replace(`: ${name}: `, ': ')));
}

const everywhere = (lines: unknown[]): unknown[] => [lines, lines, lines];

describe.concurrent('Events on the run, its PipelineRun and the request', () => {
  it('say who is asked, who answered through what, who was refused and why, and how it ended, once each', async () => {
    const pair = ['ann@example.com', 'ben@example.com'];
    const task = await ask('told', { approvers: pair, strategy: 'MULTI' });
    for (let again = 0; again < 3; again += 1) await gate.answer('dave', task, { decision: 'approve' });
    for (const address of pair) {
      const browser = new FormClient();
      const form = await browser.open(await gate.mailedLink(address, task));
      expect((await browser.answer(form, 'approve', 'only for the concerned')).status).toBe(200);
    }
    await gate.customRun('told-ask');
    const trails = await toldOn(task, 4);
    const refused =
      'AnswerRefused: An answer in the name of dave, through Kubernetes, was refused (notListed): You are not among the approvers of this request.';
    const approved = 'Approved: Approved by ann@example.com, ben@example.com.';
    expect(trails).toEqual(
      everywhere([
        refused,
        'Answered: ann@example.com approved, through a mailed link.',
        `${approved} The answer of ben@example.com came through a mailed link.`,
        expect.stringContaining('WaitingForApproval: Waiting for all of ann@example.com, ben@example.com'),
      ]),
    );
    expect(JSON.stringify(trails)).not.toContain('concerned');
  });

  it('say that an attempt timed out and people are asked anew, and that the last one timed out', async () => {
    const task = await ask('timed', { approvers: ['alice'] }, { timeout: '2s', retries: 1 });
    await gate.customRun('timed-ask');
    const trails = await toldOn(task, 3);
    expect(trails).toEqual(
      everywhere([
        expect.stringMatching(/^CustomRunTimedOut: It was not settled by /u),
        expect.stringMatching(
          /^WaitingForApproval: Attempt 1: it was not settled by .* Asked anew\. Waiting/u,
        ),
        expect.stringMatching(/^WaitingForApproval: Waiting for alice until /u),
      ]),
    );
  });

  it('say that it was cancelled, and why', async () => {
    const task = await ask('cancelled', { approvers: ['alice'] });
    await gate.admin.patch(
      pipelineRuns,
      gate.key('cancelled'),
      { spec: { status: 'Cancelled' } },
      { type: 'merge' },
    );
    await gate.customRun('cancelled-ask');
    expect(await toldOn(task, 2)).toEqual(
      everywhere([
        // Tekton's own words.
        'CustomRunCancelled: CustomRun cancelled as the PipelineRun it belongs to has been cancelled.',
        expect.stringMatching(/^WaitingForApproval: Waiting for alice/u),
      ]),
    );
  });

  it('say that it was rejected, by whom and through what', async () => {
    const task = await ask('rejected', { approvers: ['alice'] });
    await gate.answer('alice', task, { decision: 'reject', comment: 'only for the concerned' });
    expect(await toldOn(task, 2)).toEqual(
      everywhere([
        'Rejected: Rejected by alice. The answer of alice came through Kubernetes.',
        expect.stringMatching(/^WaitingForApproval: Waiting for alice/u),
      ]),
    );
  });
});

/** The report on a request as it is stored now. */
async function reportOn(name: string): Promise<AuditReport> {
  const task = await gate.task(`${name}-ask`);
  const run = await gate.customRun(`${name}-ask`);
  const pipelineRun = await gate.read<PipelineRunObject>(pipelineRuns, name);
  return verifyTask({ task, run, ...(pipelineRun !== undefined && { pipelineRun }) }, sha256);
}

type Status = NonNullable<ApprovalTask['status']>;

/** Somebody who may write the status of a request, past every policy, does. */
async function rewrite(name: string, change: (task: ApprovalTask) => Partial<Status>): Promise<void> {
  const status = change(await gate.task(`${name}-ask`));
  const options = { type: 'merge', subresource: 'status' } as const;
  await gate.admin.patch(approvalTasks, gate.key(`${name}-ask`), { status }, options);
}

/** With the record at this place, counted from 0, changed. */
function edited({ status }: ApprovalTask, at: number): Partial<Status> {
  const responses = status?.responses ?? [];
  return { responses: responses.map((one, place) => (place === at ? { ...one, comment: 'not fine' } : one)) };
}

/** The chain over the records as they stand now, as if it had always been so. */
function recomputed({ spec, status }: ApprovalTask): Partial<Status> {
  let head = chainStart(spec.digest, sha256);
  const responses = (status?.responses ?? []).map((one) => {
    head = chainOn(head, one, sha256);
    return { ...one, digest: head };
  });
  return { responses, auditDigest: head };
}

describe('the record of a request on a real API server', () => {
  beforeAll(async () => {
    const task = await ask('recorded', { approvers: ['alice', 'bob', 'carol'], strategy: 'MULTI' });
    for (const person of ['alice', 'bob', 'carol'] as const)
      await gate.answer(person, task, { decision: 'approve', comment: `<${person}> & "fine" \u{1f642}\n` });
    await gate.pipelineRun('recorded');
  });

  it('H63: fits what run and PipelineRun published; an edited record is named, and a chain computed anew is noticed by either', async () => {
    const stored = await gate.task('recorded-ask');
    const head = stored.status?.auditDigest ?? '';
    expect(await reportOn('recorded')).toEqual({
      ok: true,
      records: 3,
      head,
      published: ['CustomRun', 'PipelineRun'],
    });
    const fits = `${gate.namespace}/recorded-ask: 3 records, all of which fit. Audit digest ${head}\n`;
    const elsewhere = 'The same was published by CustomRun and PipelineRun.\n';
    expect(await verified()).toEqual({ code: 0, out: fits + elsewhere, err: '' });
    await rewrite('recorded', (task) => edited(task, 1));
    expect(await reportOn('recorded')).toMatchObject({ ok: false, at: { kind: 'record', record: 2 } });
    const second = stored.status?.responses?.[1]?.decisionUid ?? '';
    expect(await verified()).toEqual(
      unfit(
        `Record 2 (bob, decision ${second}) does not fit: it was changed, or what stood in front of it was.`,
      ),
    );
    await rewrite('recorded', recomputed);
    expect(await reportOn('recorded')).toMatchObject({
      ok: false,
      at: { kind: 'published', on: 'CustomRun' },
    });
    expect(await verified()).toEqual(unfit(recomputedOn('CustomRun')));
    // Who may not read the runs cannot find that out, and is told so.
    expect(await toolAs('alice', gate.namespace, ['verify', 'recorded-ask'])).toEqual({
      code: 10,
      out: expect.stringContaining(': 3 records, all of which fit. Audit digest '),
      err: 'Not compared with the CustomRun: you may not read it\nNot compared with the PipelineRun: you may not read it\n',
    });
    await publishOnRun('recorded-ask');
    expect(await reportOn('recorded')).toMatchObject({
      ok: false,
      at: { kind: 'published', on: 'PipelineRun' },
    });
    expect(await verified()).toEqual(unfit(recomputedOn('PipelineRun')));
  });

  it('H63: that was edited between two answers is found out in the end: a later answer does not cover up for it', async () => {
    const task = await ask('between', { approvers: ['alice', 'bob'], strategy: 'MULTI' });
    await gate.answer('alice', task, { decision: 'approve', comment: 'only with the migration' });
    await rewrite('between', (given) => edited(given, 0));
    await gate.answer('bob', task, { decision: 'approve' });
    await gate.customRun('between-ask');
    expect(await reportOn('between')).toMatchObject({
      ok: false,
      at: { kind: 'record', record: 1 },
      sentence: expect.stringContaining('Record 1 (alice, decision '),
    });
  });
});

/** What the command-line tool says of that request to somebody who may read everything. */
async function verified(): Promise<Ended> {
  const args = ['verify', 'recorded/ask', '-n', gate.namespace];
  return tool(args, { KUBECONFIG: inject('controlPlane').kubeconfig });
}

/** The one line that the tool says where something does not fit, with its exit code. */
const unfit = (sentence: string): Ended => ({
  code: 9,
  out: '',
  err: `${gate.namespace}/recorded-ask does not fit: ${sentence}\n`,
});
const recomputedOn = (kind: string): string =>
  `The records fit one another, but the ${kind} was handed another auditDigest: they were changed and computed again as a whole.`;

async function publishOnRun(name: string): Promise<void> {
  const head = (await gate.task(name)).status?.auditDigest ?? '';
  const run = await gate.read<CustomRun & KubeObject>(customRuns, name);
  const results = run?.status?.results?.map((one) =>
    one.name === 'auditDigest' ? { ...one, value: head } : one,
  );
  const options = { type: 'merge', subresource: 'status' } as const;
  await gate.admin.patch(customRuns, gate.key(name), { status: { results } }, options);
}

describe('a restart', () => {
  it('tells nothing a second time, of what waits and of what has ended', async () => {
    const waits = await ask('waits', { approvers: ['alice'] });
    const ended = await ask('ended', { approvers: ['alice'] });
    await gate.answer('alice', ended, { decision: 'reject' });
    await gate.customRun('ended-ask');
    await toldOn(ended, 2);
    await gate.stopOperator();
    await gate.startOperator();
    // What is asked after the restart is told behind everything that it might have told again.
    const later = await ask('later', { approvers: ['alice'] });
    await toldOn(later, 1);
    const counts = await Promise.all(
      [waits, ended].flatMap(uidsOf).map(async (uid) => (await trailOf(gate, uid)).length),
    );
    expect(counts).toEqual([1, 1, 1, 2, 2, 2]);
  });
});
