import { afterAll, beforeAll, expect, it } from 'vitest';
import { scrape } from '../scrape.ts';
import { ask, people } from './asking.ts';
import { openGate, type Gate } from './gate.ts';

let gate: Gate;

/** Far too few calls for what comes, and a Lease that would be lost if its renewals waited for their turn. */
beforeAll(async () => {
  gate = await openGate({
    settings: {
      API_REQUESTS_PER_SECOND: '6',
      API_BURST: '1',
      LEASE_LEASE_MS: '8000',
      LEASE_RENEW_DEADLINE_MS: '5000',
      LEASE_RETRY_MS: '500',
    },
  });
  await gate.allow('alice', [{ kind: 'User', name: 'alice' }]);
});
afterAll(async () => gate.close());

it('an operator whose own limit holds it up stays the leader, opens every gate and counts every answer', async () => {
  const names = Array.from({ length: 6 }, (_, index) => `limited-${String(index)}`);
  const tasks = await Promise.all(names.map(async (name) => ask(gate, name, { params: people('alice') })));
  const answers = await Promise.all(
    tasks.map(async (task) => gate.answer('alice', task, { decision: 'approve' })),
  );
  expect(answers.map(({ status }) => status?.verdict)).toEqual(names.map(() => 'counted'));
  const seen = await scrape(gate.settings['METRICS_PORT'] ?? '');
  expect(seen.sum('api_rate_limit_wait_seconds_count')).toBeGreaterThan(20);
  expect(seen.sum('settled_total', { outcome: 'approved' })).toBe(names.length);
  expect(seen.sum('leader')).toBe(1);
  const led = gate.log.filter((line) => /"msg":"(?:no longer )?leading/.test(line));
  expect(led).toHaveLength(1);
});
