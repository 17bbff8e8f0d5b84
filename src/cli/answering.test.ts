import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ApprovalDecisionStatus } from '../api/approvaldecision.ts';
import { cut, json, refuse } from '../../test/faults/scripted-api-server.ts';
import type { Exchange, Step } from '../../test/faults/scripted-api-server.ts';
import { run as approve } from './approve.ts';
import { exitCodes } from './exitcode.ts';
import { answerOf, hostile, requestOf, settled } from './fixture.ts';
import type { Sketch } from './fixture.ts';
import { run as reject } from './reject.ts';
import { decisionsPath, missing, ScriptedCluster, tasksPath } from './scripted.ts';

let cluster: ScriptedCluster;
beforeEach(async () => {
  cluster = await ScriptedCluster.start();
  // A watch that says at once that something changed: what it is, is read.
  cluster.api.fallback.watch = cluster.api.events([['MODIFIED', decided({})]], 'end');
});
afterEach(async () => cluster.close());

const decided = (status: ApprovalDecisionStatus): object => ({
  metadata: { namespace: 'shop', name: 'approve-1', uid: 'd', resourceVersion: '12', creationTimestamp: '' },
  spec: {},
  status,
});

const steps =
  (...all: Step[]): Step =>
  (exchange: Exchange) =>
    ((all.length > 1 ? all.shift() : all[0]) ?? refuse(500, 'NoStep'))(exchange);

/** A request, how it stands after the answer, and the verdict on that. */
function asked(before: Sketch, after?: Sketch, verdict?: ApprovalDecisionStatus): void {
  const reads = [before, ...(after === undefined ? [] : [after])].map((sketch) => json(requestOf(sketch)));
  const name = requestOf(before).metadata.name;
  cluster.routes.push(
    [`GET ${tasksPath}/${name}`, steps(...reads)],
    [`POST ${decisionsPath}`, json(decided({}))],
    [`GET ${decisionsPath}`, json(decided(verdict ?? {}))],
  );
}

const name = 'deploy-x7k2p-approve';
const title = `shop/${name}`;
const refusal = (code: ApprovalDecisionStatus['code'], message = ''): ApprovalDecisionStatus => ({
  verdict: 'refused',
  code,
  message,
});

describe('an answer', () => {
  it('is sent as the user we are, for the request and the attempt that were read', async () => {
    asked(
      { spec: { groups: ['qa', 'team-a'] }, status: { attempt: 2 } },
      { status: settled('approved') },
      { verdict: 'counted' },
    );
    await cluster.run(approve, [name], { message: 'Fine.', yes: true });
    expect(cluster.posted('/approvaldecisions')[0]?.spec).toEqual({
      taskRef: { name, uid: `uid-of-${name}` },
      attempt: 2,
      decision: 'approve',
      comment: 'Fine.',
      via: 'kubernetes',
      actor: { kind: 'kubernetes', issuer: '', username: 'alice', groups: ['team-a'] },
    });
  });

  it.each<[string, Sketch, Sketch, ApprovalDecisionStatus, number, string]>([
    [
      'counts and settles it',
      {},
      { status: settled('approved', [answerOf('alice')]) },
      { verdict: 'counted' },
      0,
      `${title}: your approval counts. It was approved by alice at 2026-11-21 09:30 UTC.`,
    ],
    [
      'counts, and others are awaited',
      { spec: { strategy: 'MULTI' } },
      { spec: { strategy: 'MULTI', approvers: ['bob', 'carol', 'dave'] } },
      { verdict: 'counted' },
      0,
      `${title}: your approval counts. It still waits for bob, carol and dave.`,
    ],
    [
      'is that of nobody listed',
      { spec: { approvers: ['bob'] } },
      { spec: { approvers: ['bob'] } },
      refusal('notListed'),
      3,
      `alice is not an approver of ${title}: it waits for bob`,
    ],
    [
      'is that of no member',
      { spec: { groups: ['qa', 'ops'] } },
      { spec: { groups: ['qa', 'ops'] } },
      refusal('notListed'),
      3,
      `alice is not an approver of ${title}: it waits for anyone in qa or anyone in ops`,
    ],
    [
      'comes after somebody else’s',
      {},
      { status: settled('rejected', [answerOf('bob', { decision: 'reject' })]) },
      refusal('settled'),
      3,
      `${title} was rejected by bob at 2026-11-21 09:30 UTC. Your approval did not count.`,
    ],
    [
      'comes after a cancel',
      {},
      { status: settled('cancelled') },
      refusal('settled'),
      3,
      `${title} was cancelled at 2026-11-21 09:30 UTC. Your approval did not count.`,
    ],
    [
      'is refused for another reason, in the words of others',
      {},
      {},
      refusal('cannotTellApart', `Not told apart. ${hostile}`),
      3,
      `${title}: your approval did not count. Not told apart. ok□[2J□[31m□31m□□State: approved□gnp.exe□□`,
    ],
  ])('that %s is told so', async (...[, before, after, verdict, code, says]) => {
    asked(before, after, verdict);
    const ended = await cluster.run(approve, [name], { yes: true });
    expect([ended.code, ended.out + ended.err]).toEqual([code, `${says}\n`]);
  });

  it('without a verdict is not said to count', async () => {
    asked({});
    const ended = await cluster.run(approve, [name], { yes: true, wait: '50ms' });
    expect(ended).toMatchObject({ code: exitCodes.noVerdict, out: '' });
    expect(ended.err).toContain(
      'your approval is recorded as approve-1, not yet counted: no verdict within 0.05 s',
    );
  });

  it('may go without waiting', async () => {
    asked({});
    const ended = await cluster.run(approve, [name], { yes: true, wait: '0' });
    expect(ended).toEqual({ code: 0, out: `${title}: sent as approve-1, not waited for\n`, err: '' });
  });

  it('finds its verdict also without the right to watch', async () => {
    cluster.api.fallback.watch = refuse(403, 'Forbidden');
    asked({}, { status: settled('approved') }, { verdict: 'counted' });
    expect((await cluster.run(approve, [name], { yes: true })).code).toBe(0);
  });

  it('that arrived although no word came back is not sent twice', async () => {
    cluster.routes.push([`POST ${decisionsPath}`, cut]);
    asked({}, { status: settled('approved') }, { verdict: 'counted' });
    const ended = await cluster.run(approve, [name], { yes: true });
    expect(ended.code).toBe(0);
    expect(cluster.posted('/approvaldecisions').length).toBe(1);
  });

  it('that did not arrive is told as such, and not as a missing installation', async () => {
    cluster.routes.push([`POST ${decisionsPath}`, cut], [`GET ${decisionsPath}`, missing]);
    asked({});
    const ended = await cluster.run(approve, [name], { yes: true });
    expect(ended).toMatchObject({
      code: exitCodes.noCluster,
      err: expect.stringContaining('No cluster: https'),
    });
  });

  it('that the API server’s policy refuses says why', async () => {
    const message = `approvaldecisions "x" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: [P1-approve] You may not answer this request.`;
    cluster.routes.push([
      `POST ${decisionsPath}`,
      json({ kind: 'Status', code: 422, reason: 'Invalid', message }, 422),
    ]);
    asked({});
    expect(await cluster.run(approve, [name], { yes: true })).toEqual({
      code: exitCodes.refused,
      out: '',
      err: `${title}: the API server refused the answer. [P1-approve] You may not answer this request.\n`,
    });
  });

  it('without the right to answer names the role that grants it', async () => {
    cluster.routes.push([`POST ${decisionsPath}`, refuse(403, 'Forbidden')]);
    asked({});
    expect(await cluster.run(approve, [name], { yes: true })).toEqual({
      code: exitCodes.noRights,
      out: '',
      err: 'No rights: alice may not answer requests in namespace shop: the ClusterRole tekton-approvals-approver allows it, bound there\n',
    });
  });
});

describe('an answer that would be refused for certain', () => {
  it.each<[string, Sketch, string]>([
    [
      'because it was approved meanwhile',
      { status: settled('approved', [answerOf('bob')]) },
      `${title} was approved by bob at 2026-11-21 09:30 UTC. Your answer was not sent.`,
    ],
    [
      'because its deadline passed',
      { status: settled('timedOut') },
      `${title} timed out at 2026-11-21 09:30 UTC. Your answer was not sent.`,
    ],
    [
      'because a comment is missing',
      { spec: { commentRequired: 'always' } },
      `${title} needs a comment with every answer: give --message TEXT`,
    ],
  ])('%s is not sent', async (_why, sketch, says) => {
    asked(sketch);
    const ended = await cluster.run(approve, [name], { yes: true, message: ' \u200b' });
    expect(ended.err).toBe(`${says}\n`);
    expect(cluster.posted('/approvaldecisions')).toEqual([]);
  });

  it('needs a comment only where the request says so', async () => {
    asked({ spec: { commentRequired: 'reject' } }, { status: settled('approved') }, { verdict: 'counted' });
    expect((await cluster.run(approve, [name], { yes: true })).code).toBe(0);
    cluster.routes.length = 0;
    asked({ spec: { commentRequired: 'reject' } });
    expect((await cluster.run(reject, [name], { yes: true })).code).toBe(exitCodes.usage);
  });
});

describe('several requests at once', () => {
  it('are each answered or told why not, in their order', async () => {
    cluster.routes.push(
      [`GET ${tasksPath}/one`, json(requestOf({ name: 'one', status: settled('approved') }))],
      [`GET ${tasksPath}/gone`, missing],
      [`GET ${tasksPath}/two`, json(requestOf({ name: 'two' }))],
      [`POST ${decisionsPath}`, json(decided({}))],
      [`GET ${decisionsPath}`, json(decided({ verdict: 'counted' }))],
    );
    const ended = await cluster.run(reject, ['one', 'gone', 'two', 'two'], { yes: true });
    expect(ended).toEqual({
      code: exitCodes.refused,
      out: 'shop/two: your rejection counts. It still waits for alice or bob.\n',
      err: 'shop/one was approved at 2026-11-21 09:30 UTC. Your answer was not sent.\nThere is no request gone in namespace shop\n',
    });
    expect(cluster.posted('/approvaldecisions')).toHaveLength(1);
  });
});

describe('on a terminal', () => {
  it.each(['y', 'YES', ' yes '])('%j confirms', async (typed) => {
    asked(
      { spec: { description: `Deploy?${hostile}` } },
      { status: settled('approved') },
      { verdict: 'counted' },
    );
    const ended = await cluster.run(approve, [name], { typed });
    expect(ended.code).toBe(0);
    expect(ended.err).toContain(`${title}, until 2026-11-21 12:00 UTC`);
    expect(ended.err).not.toContain('\u001b');
  });

  it.each(['', 'n', 'yikes', 'no'])('%j sends nothing', async (typed) => {
    asked({});
    const ended = await cluster.run(approve, [name], { typed });
    expect(ended).toMatchObject({ code: exitCodes.failed, err: expect.stringContaining('Nothing was sent') });
    expect(cluster.posted('/approvaldecisions')).toEqual([]);
  });
});
