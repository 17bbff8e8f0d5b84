import { pino } from 'pino';
import { expect, test } from 'vitest';
import { FakeProvider, FakeTaskApi, install } from '../../test/fakes/notifier.ts';
import { FakeClock, settle } from '../kube/fake-clock.ts';
import { start, taskOf } from '../notify/fixture.ts';
import { Notifier, type NotifierOptions } from './notifier.ts';

const key = 'shop/release-approve';

test('leadership that comes back while a mail hangs sends on after the grace of the term before', async () => {
  const clock = new FakeClock(start);
  const provider = new FakeProvider();
  provider.byHand = true;
  const api = new FakeTaskApi(taskOf({ approvers: ['ann@example.com'] }));
  const notifier = new Notifier({
    // Only what the notifier calls.
    client: api as unknown as NotifierOptions['client'],
    task: () => api.cached,
    provider: () => provider,
    url: () => 'https://approvals.example.com/a/shop/release-approve',
    ...install,
    isLeader: () => true,
    now: () => clock.now(),
    recorder: { event: () => undefined },
    log: pino({ level: 'silent' }),
    clock,
  });
  api.onChange = () => notifier.touch(key);
  const lead = async (): Promise<void> => {
    notifier.start();
    notifier.touch(key);
    await settle();
  };
  await lead();
  const lost = notifier.drain(8_000);
  await lead();
  await clock.advance(8_000);
  await lost;
  // The mail of the first term was stopped and is due again; nothing stops it this time.
  await clock.advance(120_000);
  expect(provider.sent).toHaveLength(2);
  provider.pending.at(-1)?.({ kind: 'sent' });
  await clock.advance(10_000);
  expect(api.states()).toEqual(['sent']);
  await notifier.drain(0);
});
