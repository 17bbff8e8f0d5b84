import { expect, test, vi } from 'vitest';
import type { ApprovalTask } from '../api/approvaltask.ts';
import { approvalBy, everywhere, hash, start, taskOf } from './fixture.ts';
import { createSendNow, type OnDemandOptions } from './ondemand.ts';
import type { Addressing, SendResult } from './provider.ts';

const ann = 'ann@example.com';

function sending(result: SendResult = { kind: 'sent' }, more: Partial<OnDemandOptions> = {}) {
  const sent: (Addressing & { link: string })[] = [];
  const failures: string[] = [];
  let count = 0;
  const sendNow = createSendNow({
    provider: {
      channel: 'mail',
      send: (message, { id, threadId, address }) => {
        sent.push({ id, threadId, address, link: message.link });
        return Promise.resolve(result);
      },
    },
    reach: () => ({ ...everywhere, allowedDomains: ['example.com'] }),
    link: (_task, { entry }) => `https://a.example/${entry}`,
    runEndsAt: () => undefined,
    now: () => start,
    hash,
    freshId: () => `fresh-${String((count += 1))}`,
    onFailure: (_task, why) => failures.push(why),
    ...more,
  });
  return { sendNow, sent, failures };
}

test('each mail is one of its own, in the thread of the request', async () => {
  const { sendNow, sent } = sending();
  await sendNow(taskOf(), { entry: ann });
  await sendNow(taskOf(), { entry: 'ANN@example.com' });
  expect(sent.map(({ id, address }) => ({ id, address }))).toEqual([
    { id: 'fresh-1', address: ann },
    { id: 'fresh-2', address: ann },
  ]);
  expect(sent[0]?.threadId).toMatch(/^[0-9a-f]{64}$/u);
  expect(sent[0]?.link).toBe(`https://a.example/${ann}`);
});

test.each<[string, ApprovalTask, string]>([
  ['a settled request', taskOf({}, { status: 'completed', outcome: 'rejected' }), ann],
  ['a request past its deadline', taskOf({}, { deadline: '2026-11-21T08:00:00Z' }), ann],
  ['somebody who is not listed', taskOf(), 'eve@example.com'],
  ['the first person of FOUR_EYES', taskOf({ strategy: 'FOUR_EYES' }, { responses: [approvalBy(ann)] }), ann],
  ['a domain that may not be mailed', taskOf({ approvers: ['ann@other.example'] }), 'ann@other.example'],
])('nothing is sent for %s', async (_what, task, entry) => {
  const { sendNow, sent, failures } = sending();
  await sendNow(task, { entry });
  expect({ sent, failures }).toEqual({ sent: [], failures: [] });
});

test('a failure is told to the log alone', async () => {
  const { sendNow, failures } = sending({ kind: 'retry', why: '421 busy' });
  await expect(sendNow(taskOf(), { entry: ann })).resolves.toBeUndefined();
  expect(failures).toEqual(['421 busy']);
});

test('a link that cannot be made is a failure without its text', async () => {
  const link = vi.fn(() => {
    throw new Error('secret');
  });
  const { sendNow, failures } = sending({ kind: 'sent' }, { link });
  await sendNow(taskOf(), { entry: ann });
  expect(failures).toEqual(['the message could not be made']);
});
