import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalTask } from '../../src/api/approvaltask.ts';
import { apiVersion, approvalTaskKind } from '../../src/api/names.ts';
import { approvalDecisions, approvalTasks, pipelineRuns } from '../../src/api/resources.ts';
import { isNotFound } from '../../src/kube/error.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { approval, inlineRun } from '../builders/inline-run.ts';
import { sized } from '../tier.ts';
import type { Page } from '../fakes/form-client.ts';
import { trailOf, trailWhen } from './eventtrail.ts';
import { openGate, type Gate } from './gate.ts';
import { Answers, browserTo, expectOneStory, startReplica, verdictsOf } from './racing.ts';
import { until } from './until.ts';
import { verdictOn } from '../endurance/verdict-page.ts';

/** Answers through Kubernetes that race, come too early, come again, or come by the hundred. */

let gate: Gate;
let answers: Answers;
beforeAll(async () => {
  gate = await openGate({ standalone: true });
  answers = new Answers(gate);
  await gate.allow(
    'people',
    ['alice', 'bob', 'dave'].map((name) => ({ kind: 'User', name })),
  );
});
afterAll(async () => gate.close());

async function ask(name: string, given: Record<string, unknown> = {}): Promise<ApprovalTask> {
  const params = { approvers: ['alice', 'bob'], ...given };
  await gate.create(pipelineRuns, inlineRun(name, { tasks: [approval('ask', params)] }));
  return gate.task(`${name}-ask`);
}

/** An approval and a rejection in the same instant, in either order; the one that is told to have counted. */
async function race(task: ApprovalTask, round: number): Promise<void> {
  const approve = answers.create(`${task.metadata.name}-yes`, { by: 'alice', to: task });
  const reject = answers.create(`${task.metadata.name}-no`, { by: 'bob', to: task, decision: 'reject' });
  await Promise.all(round % 2 === 0 ? [approve, reject] : [reject, approve]);
  const told = await expectOneStory(gate, task);
  expect(verdictsOf(told)).toEqual(['counted', 'settled']);
  const winner = told.find(({ status }) => status?.verdict === 'counted');
  const loser = told.find(({ status }) => status?.verdict === 'refused');
  expect(loser?.status?.message).toContain(`by ${winner?.spec.actor.username ?? ''} at `);
  const order = [winner, loser].map((one) => BigInt(one?.metadata.resourceVersion ?? 0));
  expect(order.every((version) => version > 0n)).toBe(true);
}

const rounds = sized({ short: 4, long: 40 });
const eachRound = async (name: string): Promise<void> => {
  for (let round = 0; round < rounds; round += 1) await race(await ask(`${name}-${String(round)}`), round);
};

/** Rounds of whole requests, one after the other: a slow machine takes its time. */
const generous = { timeout: 480_000 };

describe('approve and reject by two people in the same instant', generous, () => {
  it('H11: while two replicas run, one of them leading: one wins, and the other is told by whom', async () => {
    const follower = await startReplica(gate);
    try {
      await eachRound('replicas');
    } finally {
      await follower.stopOperator();
    }
  });

  it('H11: by the forms of two replicas: one wins, and the page of the other says who did', async () => {
    const follower = await startReplica(gate);
    try {
      for (let round = 0; round < rounds; round += 1) await raceByForm(round, follower);
    } finally {
      await follower.stopOperator();
    }
  });

  it('H11: with two operators that both believe they lead: one wins all the same, and every fact is told once', async () => {
    const second = await startReplica(gate, { LEASE_NAME: 'second' });
    const tasks: ApprovalTask[] = [];
    try {
      await eachRound('leaders');
      for (let round = 0; round < rounds; round += 1) {
        tasks.push(await gate.task(`leaders-${String(round)}-ask`), await inTurns(round));
      }
      for (const task of tasks) for (const uid of uidsOf(task)) await trailWhen(gate, uid, 3);
    } finally {
      await second.stopOperator();
      // Once both have stopped, all that they told is there.
      await gate.stopOperator();
      await gate.startOperator();
    }
    for (const task of tasks) {
      const trails = await Promise.all(uidsOf(task).map(async (uid) => reasonsIn(await trailOf(gate, uid))));
      const facts = trails[0] ?? [];
      expect(facts).toEqual([...new Set(facts)]);
      expect(facts).toEqual(
        task.spec.strategy === 'MULTI'
          ? ['AnswerRefused', 'Answered', 'Approved', 'WaitingForApproval']
          : ['AnswerRefused', expect.stringMatching(/^(?:Approved|Rejected)$/u), 'WaitingForApproval'],
      );
      expect(trails).toEqual([facts, facts, facts]);
    }
  });
});

/** An approval and a rejection by mailed links in the same instant, each through a replica of its own. */
async function raceByForm(round: number, other: Gate): Promise<void> {
  const [ann, ben] = ['ann@example.com', 'ben@example.com'];
  const task = await ask(`forms-${String(round)}`, { approvers: [ann, ben] });
  const links = [await gate.mailedLink(ann, task), await gate.mailedLink(ben, task)];
  const browsers = (round % 2 === 0 ? [gate, other] : [other, gate]).map(browserTo);
  const forms = await Promise.all(browsers.map(async (browser, at) => browser.open(links[at] ?? '')));
  const pages = await Promise.all(
    browsers.map(async (browser, at) =>
      verdictOn(browser, await browser.answer(forms[at] ?? noPage, at === 0 ? 'approve' : 'reject')),
    ),
  );
  const [counted, ...others] = (await expectOneStory(gate, task)).toSorted((one) =>
    one.status?.verdict === 'counted' ? -1 : 1,
  );
  expect(others.map(({ status }) => status?.code)).toEqual(others.map(() => 'settled'));
  const won = counted?.spec.decision === 'approve' ? 0 : 1;
  expect(pages.map(({ status }) => status)).toEqual(won === 0 ? [200, 409] : [409, 200]);
  const [winner, did] = won === 0 ? [ann, 'approved'] : [ben, 'rejected'];
  expect(pages[won]?.body).toContain('and settled the request');
  expect(textOf(pages[1 - won])).toContain('The request was settled before it arrived.');
  expect(textOf(pages[1 - won])).toContain(`${winner} ${did} it`);
}

const noPage: Page = { status: 0, url: '', body: '' };

const textOf = ({ body }: Page = noPage): string => body.replaceAll(/<[^>]*>/gu, '').replaceAll(/\s+/gu, ' ');

/** One approval that settles nothing beside one that does not count, then the one that settles it. */
async function inTurns(round: number): Promise<ApprovalTask> {
  const name = `turns-${String(round)}`;
  const task = await ask(name, { strategy: 'MULTI' });
  await Promise.all([
    answers.create(`${name}-first`, { by: 'alice', to: task }),
    answers.create(`${name}-not-listed`, { by: 'dave', to: task }),
  ]);
  expect(verdictsOf(await answers.judged(task))).toEqual(['counted', 'notListed']);
  await answers.create(`${name}-last`, { by: 'bob', to: task });
  expect(verdictsOf(await expectOneStory(gate, task))).toEqual(['counted', 'counted', 'notListed']);
  return task;
}

const uidsOf = ({ metadata, spec }: ApprovalTask): string[] => [
  metadata.uid,
  spec.customRunRef?.uid ?? '',
  spec.pipelineRun?.uid ?? '',
];

const reasonsIn = (trail: readonly string[]): string[] => trail.map((line) => line.split(':')[0] ?? '');

describe('the same person twice in the same instant', () => {
  it('approves once: the other is told that it was settled', async () => {
    const task = await ask('twice');
    await Promise.all(
      ['one', 'two'].map(async (name) => answers.create(`twice-${name}`, { by: 'alice', to: task })),
    );
    expect(verdictsOf(await expectOneStory(gate, task))).toEqual(['counted', 'settled']);
  });

  it('is one vote where another is needed, and the other is told that it was given before', async () => {
    const task = await ask('one-vote', { strategy: 'FOUR_EYES' });
    await Promise.all(
      ['one', 'two'].map(async (name) => answers.create(`vote-${name}`, { by: 'alice', to: task })),
    );
    expect(verdictsOf(await answers.judged(task))).toEqual(['alreadyAnswered', 'counted']);
    expect((await gate.task('one-vote-ask')).status).toMatchObject({ status: 'pending', awaiting: ['bob'] });
  });

  it('who approves and rejects has rejected, or has approved and is told that it is settled: never both', async () => {
    const task = await ask('both');
    await Promise.all([
      answers.create('both-yes', { by: 'alice', to: task }),
      answers.create('both-no', { by: 'alice', to: task, decision: 'reject' }),
    ]);
    expect(verdictsOf(await expectOneStory(gate, task))).toEqual(['counted', 'settled']);
  });
});

describe('an answer at the wrong time', () => {
  it('to a request that is gone is refused, though one of its name waits now', async () => {
    const old = await ask('again');
    await gate.admin.delete(pipelineRuns, gate.key('again'));
    await until('the first request to be gone', async () => {
      const now = await gate.read<KubeObject>(approvalTasks, 'again-ask');
      return now === undefined;
    });
    const task = await ask('again');
    await answers.create('to-old', { by: 'alice', to: old });
    expect((await gate.verdict('to-old')).status).toMatchObject({ verdict: 'refused', code: 'wrongTask' });
    expect((await gate.task('again-ask')).status).toMatchObject({ status: 'pending', responses: [] });
    await answers.create('to-new', { by: 'alice', to: task });
    expect(verdictsOf(await expectOneStory(gate, task))).toEqual(['counted']);
  });

  it('made before the operator ever saw the request counts once it runs, in the order in which answers were given', async () => {
    await gate.stopOperator();
    const task = await gate.create<ApprovalTask & KubeObject>(approvalTasks, {
      apiVersion,
      kind: approvalTaskKind,
      metadata: { name: 'unseen' },
      spec: { approvers: ['alice', 'bob'] },
    });
    await answers.create('unseen-first', { by: 'bob', to: task, decision: 'reject' });
    await answers.create('unseen-second', { by: 'alice', to: task });
    await gate.startOperator();
    const [first, second] = [await gate.verdict('unseen-first'), await gate.verdict('unseen-second')];
    expect([first.status?.verdict, second.status?.code]).toEqual(['counted', 'settled']);
    expect((await gate.task('unseen')).status).toMatchObject({
      outcome: 'rejected',
      responses: [{ person: 'bob' }],
    });
  });

  it('H42: deleted right after it was made counts as a whole, or not at all', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const task = await ask(`deleted-${String(round)}`);
      const name = `gone-${String(round)}`;
      await answers.create(name, { by: 'alice', to: task });
      await new Promise((resolve) => setTimeout(resolve, round * 5));
      await gate.admin.delete(approvalDecisions, gate.key(name)).catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
      // Behind it in the order of answers: once this one is judged, that one had its turn.
      await answers.create(`behind-${String(round)}`, { by: 'bob', to: task, decision: 'reject' });
      const { status } = await gate.verdict(`behind-${String(round)}`);
      const settled = await gate.task(task.metadata.name, (one) => one.status?.outcome !== undefined);
      const counted = status?.verdict === 'counted';
      expect(settled.status?.responses).toHaveLength(1);
      expect(settled.status).toMatchObject({ outcome: counted ? 'rejected' : 'approved' });
      await expectOneStory(gate, task);
    }
  });
});

describe('answers of somebody who is not listed, by the hundred', () => {
  const flood = sized({ short: 300, long: 1_000 });

  it('editor-14: hold up nobody who is, fill neither status nor Events, and each is told why it does not count', async () => {
    const task = await ask('flooded');
    const sent = Array.from({ length: flood }, (_, at) => `flood-${String(at)}`);
    const queue = [...sent];
    const send = async (): Promise<void> => {
      for (let name = queue.pop(); name !== undefined; name = queue.pop())
        await answers.create(name, { by: 'dave', to: task });
    };
    const flooding = Promise.all(Array.from({ length: 8 }, send));
    await until('the flood to be on its way', async () => (await answers.to(task)).length > flood / 10);
    const asked = performance.now();
    await answers.create('listed', { by: 'alice', to: task });
    await gate.customRun('flooded-ask');
    // Generous, for slow machines: it does not wait for the refusals in front of it.
    expect(performance.now() - asked).toBeLessThan(30_000);
    await flooding;
    const told = await answers.judged(task, 180_000);
    const codes = verdictsOf(told);
    expect(codes).toHaveLength(flood + 1);
    expect(new Set(codes)).toEqual(new Set(['counted', 'notListed', 'settled']));
    const { status } = await gate.task('flooded-ask');
    expect(status?.responses).toHaveLength(1);
    expect(JSON.stringify(status).length).toBeLessThan(4_096);
    for (const uid of uidsOf(task)) {
      const trail = await trailOf(gate, uid);
      expect(trail.filter((line) => line.startsWith('AnswerRefused')).length).toBeLessThanOrEqual(2);
      expect(trail.length).toBeLessThanOrEqual(4);
    }
  });
});
