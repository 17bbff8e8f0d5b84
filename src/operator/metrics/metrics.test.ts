import { pino } from 'pino';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Scraped } from '../../../test/scrape.ts';
import { FakeCluster } from '../../controllers/fake-cluster.ts';
import { someTask } from '../../controllers/fixture.ts';
import { approvalTasks } from '../../api/resources.ts';
import { nobodyKnown } from '../../domain/directory.ts';
import { KubeError } from '../../kube/error.ts';
import type { SendResult } from '../../notify/provider.ts';
import { Metrics } from './metrics.ts';
import type { Sources } from './seen.ts';

let cluster: FakeCluster;
let metrics: Metrics;
let lines: string[];
const people = { current: () => nobodyKnown, problem: () => undefined };
const channels = { problem: (): string | undefined => undefined };
let sources: Sources;

beforeEach(() => {
  cluster = new FakeCluster();
  lines = [];
  metrics = new Metrics(pino({}, { write: (line: string) => lines.push(line) }));
  const { caches } = cluster.context();
  sources = { caches, isLeader: () => true, isReady: () => true, people, channels, now: () => cluster.now };
});

const seen = async (): Promise<Scraped> => new Scraped(await metrics.scrape.text());

describe('a counter', () => {
  it('begins at 0 in every case that can be told beforehand', async () => {
    const start = await seen();
    expect(start.sum('settled_total', { strategy: 'MULTI', outcome: 'timedOut' })).toBe(0);
    expect(start.sum('answers_total', { verdict: 'badSeal', via: 'link' })).toBe(0);
    expect(start.sum('watch_restarts_total', { kind: 'CustomRun', cause: 'expired' })).toBe(0);
    expect(start.sum('api_requests_total')).toBeUndefined();
  });

  it('goes up by what it is told', async () => {
    const { telemetry } = metrics;
    telemetry.settled({ strategy: 'SINGLE', outcome: 'approved', afterMs: 40_000 });
    telemetry.judged({ verdict: 'late', via: 'link' });
    telemetry.endedWithoutDecision('NameTaken');
    telemetry.reconciled('customrun', 20);
    telemetry.reconciled('customrun', 30, new KubeError('slow down', { status: 429 }));
    telemetry.proved('unknown', { holds: 0, broken: 0, unknown: 1 });
    metrics.onRestart('Namespace', '410');
    const after = await seen();
    expect(after.sum('settled_total', { strategy: 'SINGLE', outcome: 'approved' })).toBe(1);
    expect(after.sum('time_to_decision_seconds_bucket', { le: '30' })).toBe(0);
    expect(after.sum('time_to_decision_seconds_bucket', { le: '60' })).toBe(1);
    expect(after.sum('answers_total', { verdict: 'late', via: 'link' })).toBe(1);
    expect(after.sum('runs_ended_without_decision_total', { reason: 'NameTaken' })).toBe(1);
    expect(after.sum('reconcile_duration_seconds_sum', { result: 'ok' })).toBe(0.02);
    expect(after.sum('reconcile_duration_seconds_count', { result: 'error' })).toBe(1);
    expect(after.sum('reconcile_errors_total', { controller: 'customrun', cause: 'throttled' })).toBe(1);
    expect(after.sum('policy_proofs_total', { result: 'unknown' })).toBe(1);
    expect(after.sum('watch_restarts_total', { kind: 'Namespace', cause: 'expired' })).toBe(1);
  });

  it('of calls knows a call without an answer, and how long calls waited for the limit of ours', async () => {
    const call = { verb: 'patch', resource: 'customruns' };
    metrics.onRequest({ ...call, status: 200, ms: 20, waitedMs: 0 });
    metrics.onRequest({ ...call, status: 0, ms: 0, waitedMs: 3_000 });
    const after = await seen();
    expect(after.sum('api_requests_total', { verb: 'patch', resource: 'customruns', code: '200' })).toBe(1);
    expect(after.sum('api_requests_total', { code: 'none' })).toBe(1);
    expect(after.sum('api_rate_limit_wait_seconds_sum')).toBe(3);
    expect(after.sum('api_rate_limit_wait_seconds_count')).toBe(1);
  });

  it('of pages takes no method for a label that it does not know', async () => {
    metrics.onAnswered({ method: 'PROPFIND', route: 'none', status: 404 });
    expect((await seen()).sum('web_requests_total', { method: 'other', route: 'none', status: '404' })).toBe(
      1,
    );
  });

  it.each<SendResult>([
    { kind: 'sent' },
    { kind: 'retry', why: 'mallory@example.com: try again' },
    { kind: 'permanent', why: 'mallory@example.com: no such user' },
  ])('of notices counts what an attempt came to: $kind', async (result) => {
    const provider = metrics.counted({ channel: 'mail', send: async () => result });
    const to = { id: 'i', threadId: 't', address: 'mallory@example.com' };
    // Only what a provider reads of a message, which is nothing here.
    expect(await provider.send({} as never, to)).toBe(result);
    const after = await seen();
    expect(after.sum('notifications_total', { channel: 'mail', result: result.kind })).toBe(1);
    expect(after.sum('notifications_total')).toBe(1);
    expect(after.text).not.toContain('mallory');
  });

  it('of a kind that is not watched does not exist', async () => {
    metrics.onRestart('Mallory', 'closed');
    expect((await seen()).text).not.toContain('Mallory');
  });
});

describe('a gauge', () => {
  it('shows what is there when it is looked at', async () => {
    const queue = { depth: 3, oldestMs: 1_500, failing: 1 };
    metrics.telemetry.queue('notifier', queue);
    let leads = true;
    metrics.watch({ ...sources, isLeader: () => leads });
    cluster.put(approvalTasks, someTask({}, { status: { status: 'pending' } }));
    const first = await seen();
    expect(first.sum('queue_depth', { queue: 'notifier' })).toBe(3);
    expect(first.sum('queue_oldest_age_seconds', { queue: 'notifier' })).toBe(1.5);
    expect(first.sum('queue_failing', { queue: 'notifier' })).toBe(1);
    expect(first.sum('leader')).toBe(1);
    expect(first.sum('pending', { strategy: 'SINGLE' })).toBe(1);
    expect(first.sum('pending_oldest_age_seconds', { strategy: 'SINGLE' })).toBe(10);
    expect(first.sum('cache_objects', { kind: 'ApprovalTask' })).toBe(1);
    leads = false;
    queue.depth = 0;
    cluster.now += 5_000;
    const second = await seen();
    expect(second.sum('leader')).toBe(0);
    expect(second.sum('queue_depth', { queue: 'notifier' })).toBe(0);
    expect(second.sum('pending_oldest_age_seconds', { strategy: 'SINGLE' })).toBe(15);
  });

  it('needs no API server: without its clock nothing has an age', async () => {
    const silent = (): never => {
      throw new Error("the API server's clock is not known yet");
    };
    metrics.watch({ ...sources, now: silent });
    const found = await seen();
    expect(found.sum('pending', { strategy: 'SINGLE' })).toBe(0);
    expect(found.sum('pending_oldest_age_seconds', { strategy: 'SINGLE' })).toBe(0);
    expect(lines).toEqual([]);
  });

  it('that cannot be read is left out and logged, and all others are there', async () => {
    const broken = (): never => {
      throw new Error('cannot tell');
    };
    metrics.watch({ ...sources, isReady: broken });
    const found = await seen();
    expect(found.sum('ready')).toBeUndefined();
    expect(found.sum('leader')).toBe(1);
    expect(lines.join()).toContain('a metric could not be read');
  });

  it('says when the policy was last proven', async () => {
    metrics.watch(sources);
    expect((await seen()).sum('policy_proof_last_success_timestamp_seconds')).toBe(0);
    metrics.telemetry.proved('holds', { holds: 1, broken: 0, unknown: 0 });
    metrics.telemetry.proved('broken', { holds: 1, broken: 2, unknown: 0 });
    const at = (await seen()).sum('policy_proof_last_success_timestamp_seconds') ?? 0;
    expect(Math.abs(at - Date.now() / 1_000)).toBeLessThan(60);
  });

  it('says in how many namespaces the policy holds, on the replica that leads alone', async () => {
    let leads = true;
    metrics.watch({ ...sources, isLeader: () => leads });
    metrics.telemetry.proved('broken', { holds: 3, broken: 2, unknown: 1 });
    const first = await seen();
    const states = ['holds', 'broken', 'unknown'].map((state) => ({ state }));
    expect(states.map((state) => first.sum('policy_proof_namespaces', state))).toEqual([3, 2, 1]);
    leads = false;
    expect((await seen()).sum('policy_proof_namespaces')).toBe(0);
  });

  it('says whether the document of channels has a mistake', async () => {
    let problem: string | undefined = 'slack.releases.webhookUrl is missing.';
    metrics.watch({ ...sources, channels: { problem: () => problem } });
    expect((await seen()).sum('channels_broken')).toBe(1);
    problem = undefined;
    expect((await seen()).sum('channels_broken')).toBe(0);
  });

  it('of the queues says whether anything waits', () => {
    const queue = { depth: 0, oldestMs: 0, failing: 1 };
    metrics.telemetry.queue('approvaltask', queue);
    expect(metrics.isBusy).toBe(false);
    queue.depth = 1;
    expect(metrics.isBusy).toBe(true);
  });
});

describe('the event loop', () => {
  it('is measured until that is ended: its longest delay in each five seconds', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const end = metrics.measureEventLoop();
      await new Promise((resolve) => setTimeout(resolve, 50));
      const busyUntil = performance.now() + 120;
      while (performance.now() < busyUntil);
      await new Promise((resolve) => setTimeout(resolve, 50));
      vi.advanceTimersByTime(5_000);
      const { sum } = { sum: (await seen()).sum('event_loop_delay_seconds_sum') };
      expect(sum).toBeGreaterThan(0.1);
      end();
      vi.advanceTimersByTime(60_000);
      expect((await seen()).sum('event_loop_delay_seconds_count')).toBe(1);
    } finally {
      vi.useRealTimers();
    }
  });
});
