import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { dump } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalTask } from '../../src/api/approvaltask.ts';
import { approvalTasks, customRuns, pipelineRuns } from '../../src/api/resources.ts';
import { FormClient } from '../fakes/form-client.ts';
import { isAbout, linkIn } from '../fakes/mailed-link.ts';
import { startSlack, type FakeSlack, type SlackMessage } from '../fakes/slack.ts';
import { openTeams, type Teams } from '../fakes/teams.ts';
import { openWebhookReceiver, type WebhookReceiver } from '../fakes/webhook-receiver.ts';
import { scrape } from '../scrape.ts';
import { scratchFolder } from '../scratch.ts';
import { ask, people } from './asking.ts';
import { openGate, type Gate } from './gate.ts';
import { trailOf } from './eventtrail.ts';
import { until } from './until.ts';

/** Requests on a real operator and API server, told to strict receivers of each way. */

const secret = `whsec_${Buffer.alloc(32, 5).toString('base64')}`;
const ann = 'ann@example.com';
let gate: Gate;
let slack: FakeSlack;
let teams: Teams;
let audit: WebhookReceiver;
let file: string;

const document = (): object => ({
  slack: {
    releases: { webhookUrl: slack.webhookUrl },
    ops: { botToken: slack.botToken, conversation: slack.conversation },
    // Nobody listens there.
    dead: { webhookUrl: 'http://127.0.0.1:9/services/T0/B0/dead-secret' },
  },
  teams: { releases: { webhookUrl: teams.webhookUrl } },
  webhook: { audit: { url: audit.url, secrets: [secret] } },
  defaults: { everywhere: { webhook: ['audit'] } },
});

beforeAll(async () => {
  [slack, teams, audit] = await Promise.all([
    startSlack(),
    openTeams(),
    openWebhookReceiver({ secrets: [secret] }),
  ]);
  file = path.join(scratchFolder('channels-'), 'channels.yaml');
  writeFileSync(file, dump(document()));
  gate = await openGate({
    settings: {
      CHANNELS_FILE: file,
      CHANNELS_POLL_MS: '50',
      CHANNELS_SLACK_API_URL: slack.apiUrl,
      EGRESS_ALLOW: '127.0.0.1',
    },
  });
  await gate.allow('people', [{ kind: 'User', name: 'alice' }]);
});
afterAll(async () => {
  await gate.close();
  await Promise.all([slack.close(), teams.close(), audit.close()]);
});

const param = (name: string, value: string): { name: string; value: string } => ({ name, value });
const says = (message: SlackMessage, text: string): boolean => JSON.stringify(message.posted).includes(text);
const inSlack = async (name: string, text: string): Promise<SlackMessage> =>
  until(`${text} in Slack`, async () => slack.messages().find((one) => says(one, name) && says(one, text)));
const inTeams = async (name: string, text: string): Promise<unknown> =>
  teams.waitFor((card) => [name, text].every((part) => JSON.stringify(card).includes(part)));
const events = (task: ApprovalTask): unknown[] =>
  audit
    .kept()
    .map(({ body }) => body as { type: string; data: { uid: string } })
    .filter(({ data }) => data.uid === task.metadata.uid)
    .map(({ type }) => type);
const delivered = (task: ApprovalTask): { status: string; reason: string; message: string } | undefined =>
  task.status?.conditions?.find(({ type }) => type === 'NotificationsDelivered');

describe('a request', () => {
  it('is told on the channels that its author names, and how it ended as well, with comment and name', async () => {
    const params = [
      ...people('alice', ann),
      param('notifyOnSlack', 'releases'),
      param('notifyOnTeams', 'Releases'),
    ];
    const task = await ask(gate, 'told', { params });
    const asked = await inSlack('told', 'Approval needed');
    await inTeams('told', 'Approval needed');
    expect(says(asked, `${gate.baseUrl}/a/${gate.namespace}/told-approve`)).toBe(true);
    await gate.mailedLink(ann, task);
    await gate.answer('alice', task, { decision: 'approve', comment: 'looks *good* <!channel>' });
    const ended = await inSlack('told', 'Approved');
    expect(says(ended, 'alice approved at')).toBe(true);
    expect(ended.pings).toEqual([]);
    await inTeams('told', 'alice approved at');
    const mail = await gate.mail.waitFor(
      ({ to, parsed }) => to.includes(ann) && (parsed.text ?? '').includes('was approved at its task'),
    );
    expect(mail.parsed.text).toContain('looks *good*');
    await until('all to be delivered', async () => {
      const now = await gate.task('told-approve', ({ status }) => status?.outcome === 'approved');
      return (
        delivered(now)?.status === 'True' &&
        /slack releases: 2 of 2 sent/u.test(delivered(now)?.message ?? '')
      );
    });
  });

  it('is told to systems by default, everything in its order, each once', async () => {
    const task = await ask(gate, 'audited', { params: people('alice') });
    await gate.answer('alice', task, { decision: 'reject', comment: 'no' });
    await until('the last event', async () => events(task).length === 3);
    expect(events(task)).toEqual(['approval.requested', 'approval.responded', 'approval.settled']);
  });

  it.each([
    ['is cancelled', 'stopped', { status: 'RunCancelled' }, 'the request was cancelled'],
    ['is changed', 'changed', { params: people('mallory') }, 'the run was changed while it waited'],
  ])('that %s is told so', async (...[, name, spec, why]) => {
    const task = await ask(gate, name, {
      params: [...people('alice'), param('notifyOnSlack', 'releases')],
    });
    await inSlack(name, 'Approval needed');
    await gate.admin.patch(customRuns, gate.key(`${name}-approve`), { spec }, { type: 'merge' });
    const told = await inSlack(name, 'No longer needed');
    expect(says(told, why)).toBe(true);
    await until('the event', async () => events(task).includes('approval.cancelled'));
  });

  it.each([
    // Whether the operator cancels it first, or Kubernetes collects it before, is open.
    [
      'with its pipeline run',
      'collected',
      pipelineRuns,
      'collected',
      /its request was deleted|was cancelled/u,
    ],
    ['alone', 'removed', approvalTasks, 'removed-approve', /its request was deleted/u],
  ] as const)('that is deleted %s is told so, by mail, in chat and to systems', async (...row) => {
    const [, run, type, name, why] = row;
    const task = await ask(gate, run, { params: [...people(ann), param('notifyOnSlack', 'ops')] });
    await gate.mailedLink(ann, task);
    const asked = await inSlack(run, 'Approval needed');
    await gate.admin.delete(type, gate.key(name), { propagation: 'Background' });
    const told = await gate.mail.waitFor(
      (mail) => isAbout(mail, run) && (mail.parsed.text ?? '').startsWith('No longer needed'),
    );
    expect(told.to).toEqual([ann]);
    expect(told.parsed.text).toMatch(why);
    await until('the message to change', async () =>
      slack.messages().some(({ ts, edits }) => ts === asked.ts && edits > 0),
    );
    await until('the event', async () => events(task).includes('approval.cancelled'));
  });

  it('of an app changes its message when it is settled elsewhere, and tells it in the thread', async () => {
    const task = await ask(gate, 'by-app', { params: [...people('alice'), param('notifyOnSlack', 'ops')] });
    const asked = await inSlack('by-app', 'Approval needed');
    expect(asked.by).toBe('app');
    await gate.answer('alice', task, { decision: 'approve' });
    const changed = await until('the message to change', async () =>
      slack.messages().find(({ ts, edits }) => ts === asked.ts && edits > 0),
    );
    expect(says(changed, 'Approved')).toBe(true);
    await until('the reply', async () => slack.messages().some(({ threadTs }) => threadTs === asked.ts));
  });
});

describe('a channel', () => {
  it('that nobody configured opens the gate all the same: condition, Event and form name it', async () => {
    const params = [...people(ann), param('notifyOnSlack', 'relases')];
    const task = await ask(gate, 'misspelt', { params });
    const sentence = 'Slack channel relases is not configured, so nobody is told there.';
    const told = await gate.task('misspelt-approve', (one) => delivered(one)?.status === 'False');
    expect(delivered(told)).toMatchObject({ reason: 'ChannelNotConfigured' });
    expect(delivered(told)?.message).toContain(sentence);
    const form = await new FormClient().open(await gate.mailedLink(ann, task));
    expect(form.body).toContain(sentence);
    await until('the Event', async () =>
      (await trailOf(gate, task.metadata.uid)).some((line) =>
        line.startsWith('NotificationChannelNotConfigured'),
      ),
    );
  });

  it('channel-03: that is dead holds up nothing: the gate is answered, condition and metric name it', async () => {
    const params = [...people('alice'), param('notifyOnSlack', 'dead'), param('notifyOnTeams', 'releases')];
    const task = await ask(gate, 'dead-end', { params });
    await inTeams('dead-end', 'Approval needed');
    const troubled = await gate.task('dead-end-approve', (one) => delivered(one)?.reason === 'Retrying');
    expect(delivered(troubled)?.message).toContain('slack dead: 0 of 1 sent');
    const line = gate.log.find((one) => one.includes('notice not sent yet'));
    expect(line).toContain('"channel":"slack","target":"dead"');
    expect(JSON.stringify(troubled) + gate.log.join()).not.toContain('dead-secret');
    await gate.answer('alice', task, { decision: 'approve' });
    await gate.customRun('dead-end-approve');
    const scraped = await scrape(gate.settings['METRICS_PORT'] ?? '');
    expect(scraped.sum('notifications_total', { channel: 'slack', result: 'retry' })).toBeGreaterThan(0);
  });

  it('that is configured while a request waits is told of it then', async () => {
    await ask(gate, 'later', { params: [...people('alice'), param('notifyOnSlack', 'later')] });
    await gate.task('later-approve', (one) => delivered(one)?.reason === 'ChannelNotConfigured');
    const more = { ...document(), slack: { later: { webhookUrl: slack.webhookUrl } } };
    writeFileSync(file, dump(more));
    await inSlack('later', 'Approval needed');
    await gate.task('later-approve', (one) => delivered(one)?.status === 'True');
    writeFileSync(file, dump(document()));
  });
});

async function approveBy(link: string): Promise<void> {
  const browser = new FormClient();
  expect((await browser.answer(await browser.open(link), 'approve')).status).toBe(200);
}

describe('a reminder', () => {
  let patient: Gate;
  beforeAll(async () => {
    const settings = { CHANNELS_FILE: file, EGRESS_ALLOW: '127.0.0.1' };
    patient = await openGate({
      settings: { ...settings, REMINDERS_FRACTIONS: '0.01', REMINDERS_LEAST_MS: '1000', REMINDERS_MOST: '1' },
    });
    await patient.allow('people', [{ kind: 'User', name: 'alice' }]);
  });
  afterAll(async () => patient.close());

  it('goes once to those who have not answered, by a link that answers, and to the channel', async () => {
    const ben = 'ben@example.com';
    const params = [...people(ann, ben), param('strategy', 'MULTI'), param('notifyOnSlack', 'releases')];
    // No deadline: a hundredth of the pipeline run's own time limit is three seconds.
    const task = await ask(patient, 'patience', { params, run: { timeouts: { pipeline: '5m' } } });
    await approveBy(await patient.mailedLink(ann, task));
    const reminded = await patient.mail.waitFor(({ to, parsed }) => {
      return to.includes(ben) && (parsed.text ?? '').includes('is still waiting for an answer');
    });
    await inSlack('patience', 'Reminder');
    expect(reminded.header('references')).toBeDefined();
    await approveBy(linkIn(reminded));
    await patient.customRun('patience-approve');
    const reminders = patient.mail
      .messages()
      .filter(({ parsed }) => (parsed.text ?? '').includes('still waiting'));
    expect(reminders.map(({ to }) => to)).toEqual([[ben]]);
  });
});
