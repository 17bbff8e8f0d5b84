import { expect, test } from 'vitest';
import { FakeProvider, FakeTaskApi, notifierOf } from '../../test/fakes/notifier.ts';
import { FakeClock, settle } from '../kube/fake-clock.ts';
import { start, taskOf } from '../notify/fixture.ts';

const key = 'shop/release-approve';

test('leadership that comes back while a mail hangs sends on after the grace of the term before', async () => {
  const clock = new FakeClock(start);
  const provider = new FakeProvider();
  provider.byHand = true;
  const api = new FakeTaskApi(taskOf({ approvers: ['ann@example.com'] }));
  const notifier = notifierOf(api, { clock, provider: () => provider });
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

test('a task that changes is left alone for a moment, so that neither of two writers is refused', async () => {
  const clock = new FakeClock(start);
  const api = new FakeTaskApi(taskOf({ approvers: ['ann@example.com'] }));
  const notifier = notifierOf(api, { clock, provider: () => new FakeProvider(), pauseMs: 200 });
  notifier.start();
  notifier.touch(key);
  await clock.advance(199);
  expect(api.writes).toEqual([]);
  api.change((task) => ({ ...task, metadata: { ...task.metadata, labels: { responses: '0_of_1' } } }));
  await clock.advance(1);
  await settle();
  expect(api.states()).toEqual(['sent']);
  expect(api.refused).toBe(0);
  await notifier.drain(0);
});
