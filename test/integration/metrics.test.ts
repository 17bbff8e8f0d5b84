import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalTask } from '../../src/api/approvaltask.ts';
import { catalogue } from '../../src/operator/metrics/catalogue.ts';
import { prefix } from '../../src/operator/metrics/description.ts';
import { version } from '../../src/version.ts';
import { pipelineRuns } from '../../src/api/resources.ts';
import { pipeline, pipelineRun } from '../builders/pipeline.ts';
import { pipelines } from '../builders/resources.ts';
import { FormClient } from '../fakes/form-client.ts';
import { linkIn } from '../fakes/mailed-link.ts';
import type { MailboxOptions } from '../fakes/smtp-server.ts';
import { scrape, type Scraped } from '../scrape.ts';
import { ask, people, type Question } from './asking.ts';
import { openGate, type Gate } from './gate.ts';
import { until } from './until.ts';

/** What somebody would write who wants it to be seen, or to break a line of metrics. */
const hostile = '"}\n# HELP mallory_metric a lie\nmallory_metric{who="mallory"} 1\n\\';
const address = { ann: 'ann.secret@example.com', nobody: 'nobody@example.com', later: 'later@example.com' };

let gate: Gate;
/** The scrape after everything below happened once. */
let seen: Scraped;
/** What must never be found in it. */
const secrets = new Set<string>(['mallory', 'alice', 'bob', 'top-secret', ...Object.values(address)]);

const scraped = (): Promise<Scraped> => scrape(gate.settings['METRICS_PORT'] ?? '');

const question = (...approvers: string[]): Question['params'] => [
  ...people(...approvers),
  { name: 'description', value: `Deploy? ${hostile}` },
  { name: 'pipeline', value: 'top-secret-pipeline' },
];

/** Asks, and notes what names the request. */
async function askFor(
  name: string,
  params: Question['params'],
  step: Record<string, unknown> = {},
): Promise<ApprovalTask> {
  const task = await ask(gate, `top-secret-${name}`, { params, step });
  secrets.add(task.metadata.uid);
  return task;
}

async function answerByLink(to: string, decision: 'approve' | 'reject'): Promise<void> {
  const link = linkIn(await gate.mail.waitFor((one) => one.to.includes(to)));
  secrets.add(new URL(link).pathname.split('/').at(-1) ?? link);
  const browser = new FormClient();
  const page = await browser.answer(await browser.open(link), decision, hostile);
  expect(page.status).toBe(200);
}

const settled = async (task: ApprovalTask): Promise<unknown> =>
  gate.task(task.metadata.name, ({ status }) => status?.outcome !== undefined);

/** Takes the mail for one, refuses it for good for another, and for now for the third. */
const mail: MailboxOptions = {
  script: ({ stage, address: to }) => {
    if (stage !== 'recipient') return undefined;
    if (to === address.nobody) return { code: 550, text: 'no such user' };
    return to === address.later ? { code: 451, text: 'try again' } : undefined;
  },
};

beforeAll(async () => {
  gate = await openGate({ mail });
  secrets.add(gate.namespace);
  await gate.allow(
    'approvers',
    ['alice', 'bob'].map((name) => ({ kind: 'User' as const, name })),
  );

  const approved = await askFor('approved', question('alice'));
  await gate.answer('bob', approved, { decision: 'approve', comment: hostile });
  await gate.answer('alice', approved, { decision: 'approve', comment: hostile });
  const rejected = await askFor('rejected', question(address.ann));
  await answerByLink(address.ann, 'reject');
  const timedOut = await askFor('timed-out', question('bob'), { timeout: '2s' });
  for (const task of [approved, rejected, timedOut]) await settled(task);

  await gate.create(
    pipelines,
    pipeline({ name: 'top-secret-wrong', params: [{ name: 'aprovers', value: 'x' }] }),
  );
  await gate.create(pipelineRuns, pipelineRun('top-secret-wrong', 'top-secret-wrong'));
  await gate.customRun('top-secret-wrong-approve');
  await askFor('waiting', [...question(address.later, address.nobody), { name: 'strategy', value: 'MULTI' }]);
  seen = await until('a scrape that shows all of it', async () => {
    const found = await scraped();
    const shown =
      (found.sum('notifications_total', { result: 'retry' }) ?? 0) > 0 &&
      found.sum('notifications_total', { result: 'sent' }) === 2 &&
      found.sum('notifications_undelivered', { state: 'failed' }) === 1 &&
      found.sum('answers_total', { verdict: 'counted' }) === 2 &&
      found.sum('queue_depth') === 0;
    return shown ? found : undefined;
  });
});
afterAll(async () => gate.close());

describe('the metrics of an operator at work', () => {
  it.each<[string, Record<string, string>, number]>([
    ['settled_total', { strategy: 'SINGLE', outcome: 'approved' }, 1],
    ['settled_total', { strategy: 'SINGLE', outcome: 'rejected' }, 1],
    ['settled_total', { strategy: 'SINGLE', outcome: 'timedOut' }, 1],
    ['settled_total', {}, 3],
    ['time_to_decision_seconds_count', { outcome: 'timedOut' }, 1],
    ['time_to_decision_seconds_count', {}, 3],
    ['pending', { strategy: 'MULTI' }, 1],
    ['pending', {}, 1],
    ['overdue', {}, 0],
    ['answers_total', { verdict: 'counted', via: 'kubernetes' }, 1],
    ['answers_total', { verdict: 'counted', via: 'link' }, 1],
    ['answers_total', { verdict: 'notListed', via: 'kubernetes' }, 1],
    ['answers_total', {}, 3],
    ['runs_ended_without_decision_total', { reason: 'InvalidParameters' }, 1],
    ['runs_ended_without_decision_total', {}, 1],
    // The request, and how it ended.
    ['notifications_total', { channel: 'mail', result: 'sent' }, 2],
    ['notifications_total', { channel: 'mail', result: 'permanent' }, 1],
    ['notifications_undelivered', { channel: 'mail', state: 'failed' }, 1],
    ['notifications_undelivered', { channel: 'mail' }, 2],
    ['leader', {}, 1],
    ['ready', {}, 1],
    ['queue_failing', {}, 0],
    ['policy_proofs_total', { result: 'broken' }, 0],
    ['cache_synced', {}, 5],
    ['cache_objects', { kind: 'ApprovalTask' }, 4],
    ['cache_objects', { kind: 'CustomRun' }, 5],
    ['cache_objects', { kind: 'ApprovalDecision' }, 3],
    ['web_requests_total', { method: 'GET', route: '/l/:token', status: '303' }, 1],
    ['build_info', { version }, 1],
  ])('%s %j is %i', (name, labels, value) => {
    expect(seen.sum(name, labels)).toBe(value);
  });

  it.each<[string, Record<string, string>, number]>([
    ['time_to_decision_seconds_sum', { outcome: 'timedOut' }, 2],
    ['pending_oldest_age_seconds', { strategy: 'MULTI' }, 0.001],
    ['notifications_undelivered_oldest_age_seconds', { channel: 'mail' }, 0.001],
    ['notification_duration_seconds_count', {}, 3],
    ['reconcile_duration_seconds_count', { controller: 'customrun', result: 'ok' }, 4],
    ['reconcile_duration_seconds_count', { controller: 'approvaltask', result: 'ok' }, 4],
    ['reconcile_duration_seconds_count', { controller: 'notifier', result: 'ok' }, 4],
    ['policy_proofs_total', { result: 'holds' }, 1],
    ['policy_proof_last_success_timestamp_seconds', {}, Date.UTC(2020, 0, 1) / 1_000],
    ['api_requests_total', { verb: 'watch', code: '200' }, 5],
    ['api_requests_total', { verb: 'create', resource: 'approvaltasks', code: '201' }, 4],
    ['api_requests_total', { verb: 'patch', resource: 'customruns', code: '200' }, 5],
    ['api_request_duration_seconds_count', { verb: 'patch' }, 10],
    ['api_request_duration_seconds_sum', { verb: 'patch' }, 0.001],
  ])('%s %j is at least %d', (name, labels, least) => {
    expect(seen.sum(name, labels)).toBeGreaterThanOrEqual(least);
  });

  it('hold no run, namespace, person, address, comment or token', () => {
    expect(secrets.size).toBeGreaterThan(12);
    for (const secret of secrets) expect(seen.text).not.toContain(secret);
  });

  it('have no label that is not described, and no value that is not among those described', () => {
    const described = new Map(
      catalogue.flatMap((group) => Object.values(group.metrics)).map((metric) => [metric.name, metric]),
    );
    const ours = seen.samples.filter(({ name }) => name.startsWith(prefix));
    const strange = ours.filter(({ name, labels: { le: _bucket, ...labels } }) => {
      const whole = name.slice(prefix.length);
      const metric = described.get(whole) ?? described.get(whole.replace(/_(?:bucket|sum|count)$/, ''));
      return Object.entries(labels).some(([label, value]) => {
        const values = metric?.labels[label];
        return values === undefined || (typeof values !== 'string' && !values.includes(value));
      });
    });
    expect(strange).toEqual([]);
    expect(
      new Set(ours.flatMap(({ labels }) => (labels['code'] === undefined ? [] : [labels['code']]))),
    ).toSatisfy((codes: Set<string>) => [...codes].every((code) => /^(?:none|[1-5]\d\d)$/.test(code)));
  });

  it('count nothing again after a restart, and show what still waits', async () => {
    await gate.stopOperator();
    await gate.startOperator();
    const again = await until('the new leader to have looked at everything', async () => {
      const found = await scraped();
      const looked = found.sum('reconcile_duration_seconds_count', { controller: 'approvaltask' }) ?? 0;
      return looked >= 4 && found.sum('queue_depth') === 0 ? found : undefined;
    });
    for (const name of [
      'settled_total',
      'answers_total',
      'runs_ended_without_decision_total',
      'time_to_decision_seconds_count',
    ])
      expect(again.sum(name) ?? 0).toBe(0);
    expect(again.sum('pending')).toBe(1);
  });
});
