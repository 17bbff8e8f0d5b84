import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalTask } from '../../src/api/approvaltask.ts';
import { annotations } from '../../src/api/names.ts';
import { approvalDecisions, approvalTasks, pipelineRuns } from '../../src/api/resources.ts';
import type { ApprovalDecision } from '../../src/api/approvaldecision.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { eventType } from '../../src/kube/recorder.ts';
import { pipeline, pipelineRun } from '../builders/pipeline.ts';
import { pipelines } from '../builders/resources.ts';
import { roleBindings } from '../control-plane/operator-home.ts';
import { FormClient, type Page } from '../fakes/form-client.ts';
import { isAbout } from '../fakes/mailed-link.ts';
import { Scraped } from '../scrape.ts';
import { ask, people } from './asking.ts';
import { openGate, type Gate } from './gate.ts';
import { PeopleFile } from './peoplefile.ts';
import { endOf, resultsOf } from './turns.ts';
import { until } from './until.ts';

/** The people directory on a real API server, with a real mail server: who counts as whom, and what a changed file does. */

const ann = 'ann@example.com';
const known = `
persons:
  - { handle: ann, displayName: Ann Example, emails: [${ann}], kubernetesUsers: [alice] }
  - { handle: ben, emails: [ben@example.com], kubernetesUsers: [bob] }
groups:
  - { name: release-team, members: [ann, ben] }
`;
const broken = known.replace('ben@example.com', 'ann+2@example.com');

let gate: Gate;
let file: PeopleFile;
beforeAll(async () => {
  gate = await openGate({ settings: { PEOPLE_POLL_MS: '200' } });
  await gate.allow(
    'people',
    ['alice', 'bob', 'carol', 'dave'].map((name) => ({ kind: 'User', name })),
  );
  file = new PeopleFile(gate);
  await file.put(known);
});
afterAll(async () => gate.close());

const strategy = (value: string): { name: string; value: string } => ({ name: 'strategy', value });
const groups = (...value: string[]): { name: string; value: unknown } => ({ name: 'groups', value });

async function approveByMail(address: string, task: ApprovalTask): Promise<Page> {
  const browser = new FormClient();
  return browser.answer(await browser.open(await gate.mailedLink(address, task)), 'approve');
}

async function codes({ metadata }: ApprovalTask): Promise<unknown[]> {
  const all = await gate.all<ApprovalDecision & KubeObject>(approvalDecisions);
  return all.flatMap(({ spec, status }) => (spec.taskRef.uid === metadata.uid ? (status?.code ?? []) : []));
}

const statusOf = async ({ metadata }: ApprovalTask): Promise<ApprovalTask['status']> =>
  (await gate.task(metadata.name)).status;

/** The condition that says whether the directory is in force, once it has that status. */
const conditionOf = async (task: ApprovalTask, wanted: string) =>
  until(`PeopleDirectoryValid ${wanted}`, async () => {
    const conditions = (await statusOf(task))?.conditions ?? [];
    return conditions.find(({ type, status }) => type === 'PeopleDirectoryValid' && status === wanted);
  });

async function metric(name: string): Promise<number | undefined> {
  const answer = await fetch(`http://127.0.0.1:${gate.settings['METRICS_PORT'] ?? ''}/metrics`);
  return new Scraped(await answer.text()).sum(name);
}

const readiness = async (): Promise<{ status: number; text: string }> => {
  const answer = await fetch(`http://127.0.0.1:${gate.settings['PROBES_PORT'] ?? ''}/readyz`).catch(
    () => undefined,
  );
  return { status: answer?.status ?? 0, text: (await answer?.text()) ?? '' };
};

describe('people who are known', () => {
  it('H15: one person by mail and by kubectl counts once in FOUR_EYES; another completes it by another channel', async () => {
    const task = await ask(gate, 'two-ways', { params: [...people('ann', 'ben'), strategy('FOUR_EYES')] });
    const page = await approveByMail(ann, task);
    expect(page.status).toBe(200);
    expect(page.body).toContain('Ann Example (ann)');
    const again = await gate.answer('alice', task, { decision: 'approve' });
    expect(again.status).toMatchObject({ verdict: 'refused', code: 'alreadyAnswered' });
    expect(await statusOf(task)).toMatchObject({ status: 'pending', awaiting: ['ben'] });
    await gate.answer('bob', task, { decision: 'approve' });
    const results = resultsOf(await gate.customRun(task.metadata.name));
    expect(results).toMatchObject({ decision: 'true', approvedBy: 'ann|ben', approvers: '["ann","ben"]' });
    expect(await statusOf(task)).toMatchObject({
      responses: [
        { entry: 'ann', person: 'ann', mapped: true, identity: { kind: 'link' } },
        { entry: 'ben', person: 'ben', mapped: true, identity: { kind: 'kubernetes', subject: 'bob' } },
      ],
    });
  });

  it('H17: one person fills one slot of MULTI, by whatever name the list has', async () => {
    const task = await ask(gate, 'one-slot', { params: [...people(ann, 'ben'), strategy('MULTI')] });
    await gate.answer('alice', task, { decision: 'approve' });
    expect((await approveByMail(ann, task)).status).toBe(409);
    expect(await codes(task)).toEqual(['alreadyAnswered']);
    expect((await approveByMail('ben@example.com', task)).status).toBe(200);
    expect(resultsOf(await gate.customRun(task.metadata.name))).toMatchObject({ approvedBy: 'ann|ben' });
    const twice = await ask(gate, 'listed-twice', { params: people(ann) }).then(() =>
      gate.create(
        pipelines,
        pipeline({ name: 'twice', params: [...people(ann, 'alice'), strategy('MULTI')] }),
      ),
    );
    await gate.create(pipelineRuns, pipelineRun('twice', twice.metadata.name));
    expect(endOf(await gate.customRun('twice-approve'))).toBe('False InvalidParameters');
  });

  it('people who are not known cannot be told apart where they come by different channels', async () => {
    const task = await ask(gate, 'strangers', {
      params: [...people('dave', 'eve@example.com', 'ann'), strategy('FOUR_EYES')],
    });
    await gate.answer('dave', task, { decision: 'approve' });
    expect((await approveByMail('eve@example.com', task)).status).toBe(409);
    expect((await approveByMail(ann, task)).status).toBe(409);
    expect(await codes(task)).toEqual(['cannotTellApart', 'cannotTellApart']);
    await gate.answer('alice', task, { decision: 'approve' });
    expect(endOf(await gate.customRun(task.metadata.name))).toBe('True Approved');
  });

  it('members of a group of the directory are mailed links of their own, and complete FOUR_EYES by them', async () => {
    const task = await ask(gate, 'by-members', { params: [groups('release-team'), strategy('FOUR_EYES')] });
    const [first, second] = [
      await gate.mailedLink(ann, task),
      await gate.mailedLink('ben@example.com', task),
    ];
    expect(first).not.toBe(second);
    expect((await approveByMail(ann, task)).status).toBe(200);
    // A person, and no longer a group: kubectl needs no group of the cluster.
    expect((await gate.answer('alice', task, { decision: 'approve' })).status).toMatchObject({
      code: 'alreadyAnswered',
    });
    const mails = await until('the second request', async () => {
      const found = gate.mail.messages().filter((one) => isAbout(one, 'by-members'));
      return Promise.resolve(found.length >= 3 && found);
    });
    expect(mails.map(({ to }) => to.join()).toSorted()).toEqual([ann, 'ben@example.com', 'ben@example.com']);
    expect(mails.at(-1)?.parsed.text).toContain('Ann Example (ann) approved first');
    expect((await approveByMail('ben@example.com', task)).status).toBe(200);
    expect(await statusOf(task)).toMatchObject({
      outcome: 'approved',
      responses: [
        { entry: 'release-team', person: 'ann' },
        { entry: 'release-team', person: 'ben' },
      ],
    });
  });
});

describe('a directory that changes', () => {
  it('with a mistake, what was good before stays in force: told in an Event, a metric and the log, without a name', async () => {
    await file.write(broken);
    const told = await until('the Event', async () => {
      const { items } = await gate.admin.listAll<KubeObject & { reason?: string; note?: string }>(eventType, {
        namespace: gate.namespace,
      });
      return items.find(({ reason }) => reason === 'PeopleDirectoryInvalid');
    });
    expect(told.note).toContain('persons[1].emails[0] may be the same person as persons[0].handle');
    expect(await metric('people_directory_broken')).toBe(1);
    expect(await metric('people_directory_persons')).toBe(2);
    expect(gate.log.filter((line) => line.includes('"people directory"')).join()).not.toMatch(/ann[@+]|Ann/);
    const task = await ask(gate, 'meanwhile', { params: [...people('ann', 'ben'), strategy('FOUR_EYES')] });
    await gate.answer('alice', task, { decision: 'approve' });
    expect((await approveByMail('ben@example.com', task)).status).toBe(200);
    expect((await readiness()).status).toBe(200);
    const said = await conditionOf(task, 'False');
    expect(said?.message).toMatch(
      /stays in force\. persons\[1\]\.emails\[0\] may be the same person as persons/,
    );
    const pending = await ask(gate, 'seen-mended', { params: people('ann') });
    expect((await conditionOf(pending, 'False')).reason).toBe('Invalid');
    await file.put(known);
    expect((await conditionOf(pending, 'True')).reason).toBe('Valid');
    expect(await metric('people_directory_broken')).toBe(0);
  });

  it('between the first and the second of four eyes, nobody is told from a person whom it no longer knows', async () => {
    const task = await ask(gate, 'forgotten', {
      params: [...people(ann, 'bob', 'carol'), strategy('FOUR_EYES')],
    });
    await gate.answer('alice', task, { decision: 'approve' });
    await file.put(known.replace('kubernetesUsers: [alice]', 'kubernetesUsers: []'));
    const refused = await gate.answer('bob', task, { decision: 'approve' });
    expect(refused.status).toMatchObject({ code: 'cannotTellApart' });
    expect((await gate.answer('carol', task, { decision: 'approve' })).status?.code).toBe('cannotTellApart');
    await file.put(known);
    await gate.answer('bob', task, { decision: 'approve' });
    expect(endOf(await gate.customRun(task.metadata.name))).toBe('True Approved');
  });

  it('a new member of a group is mailed, and the link of one who left is dead', async () => {
    const task = await ask(gate, 'members', { params: [groups('release-team')] });
    const old = await gate.mailedLink('ben@example.com', task);
    const joined = known
      .replace('groups:', '  - { handle: cid, emails: [cid@example.com] }\ngroups:')
      .replace('members: [ann, ben]', 'members: [ann, cid]');
    await file.put(joined);
    expect((await new FormClient().open(old)).status).toBe(404);
    expect((await approveByMail('cid@example.com', task)).status).toBe(200);
    const asked = gate.mail
      .messages()
      .filter(({ parsed }) => / members .+ is waiting/u.test(parsed.text ?? ''));
    expect(asked.map(({ to }) => to.join()).toSorted()).toEqual([ann, 'ben@example.com', 'cid@example.com']);
    await file.put(known);
  });

  it('broken at the start, nobody is asked and no answer judged until it is mended', async () => {
    const task = await ask(gate, 'waits', { params: people('alice') });
    await gate.stopOperator();
    await file.write(broken);
    const starting = gate.startOperator();
    const { text } = await until('the reason', async () => {
      const said = await readiness();
      return said.status === 503 && said.text.includes('persons[1]') && said;
    });
    expect(text).toContain(
      'Not judging answers: the people directory: persons[1].emails[0] may be the same person',
    );
    expect((await conditionOf(task, 'False')).message).toContain('no answer is judged until it is mended');
    const answered = gate.answer('alice', task, { decision: 'approve' });
    await gate.create(pipelines, pipeline({ name: 'later', params: people('alice') }));
    await gate.create(pipelineRuns, pipelineRun('later', 'later'));
    const waiting = await gate.customRun('later-approve', ({ status }) => status?.conditions !== undefined);
    expect(waiting.status?.conditions?.[0]?.message).toContain('people directory');
    expect(await statusOf(task)).toMatchObject({ status: 'pending' });
    await file.write(known);
    await starting;
    expect((await answered).status?.verdict).toBe('counted');
    await gate.task('later-approve');
  });
});

describe('where the requester may not approve', () => {
  beforeAll(async () => {
    await gate.stopOperator();
    gate.settings['REQUESTER_MAY_NOT_APPROVE'] = 'true';
    await gate.startOperator();
    await gate.create(roleBindings, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'alice-starts-pipelines' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'tekton-aggregate-edit' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'alice' }],
    });
  });

  /** Alice starts a pipeline with one approval step. */
  async function start(name: string, params: object[], stamp: Record<string, string>): Promise<void> {
    await gate.create(pipelines, pipeline({ name, params: params as never }));
    const run = pipelineRun(name, name);
    const metadata = { name, namespace: gate.namespace, annotations: stamp };
    await gate.as('alice').create(pipelineRuns, { ...run, metadata });
  }

  const stamped = { [annotations.requestedBy]: 'alice' };

  it.each([
    ['unknown', {}, 'it is not known who started it'],
    ['asserted', { [annotations.requestedFor]: 'alice' }, 'alice is only said to have started it'],
  ])('H49: a run whose requester is %s fails before anybody is asked', async (certainty, stamp, why) => {
    await start(`run-${certainty}`, people('ann', 'ben'), stamp);
    const run = await gate.customRun(`run-${certainty}-approve`);
    expect(endOf(run)).toBe('False RequesterUnknown');
    expect(run.status?.conditions?.[0]?.message).toContain(why);
    expect(await gate.read(approvalTasks, `run-${certainty}-approve`)).toBeUndefined();
  });

  it('H49: the requester cannot approve it, by kubectl or by mail; another person can, and a stranger is not told apart', async () => {
    await start('own', people('ann', 'ben', 'dan@example.com'), stamped);
    const task = await gate.task('own-approve');
    expect(task.spec.requester).toEqual({ name: 'alice', certainty: 'stamped' });
    const own = await gate.answer('alice', task, { decision: 'approve' });
    expect(own.status).toMatchObject({ verdict: 'refused', code: 'requesterMayNotApprove' });
    const byMail = await approveByMail(ann, task);
    expect(byMail.status).toBe(403);
    expect(byMail.body).toContain('You started this run');
    expect((await approveByMail('dan@example.com', task)).body).toContain('alice, who started this run');
    expect((await approveByMail('ben@example.com', task)).status).toBe(200);
    expect(resultsOf(await gate.customRun('own-approve'))).toMatchObject({ approvedBy: 'ben' });
  });

  it('H49: the requester can reject it', async () => {
    await start('reconsidered', people('ann', 'ben'), stamped);
    const task = await gate.task('reconsidered-approve');
    await gate.answer('alice', task, { decision: 'reject' });
    expect(endOf(await gate.customRun('reconsidered-approve'))).toBe('True Rejected');
  });
});
