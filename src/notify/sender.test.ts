import { describe, expect, test } from 'vitest';
import type { ApprovalTask } from '../api/approvaltask.ts';
import { readChannels } from '../api/channelsdocument.ts';
import { timestamp } from '../api/time.ts';
import { dueNotices } from './due.ts';
import { everywhere, hash, start, taskOf } from './fixture.ts';
import type { Message } from './message.ts';
import type { Channel, Notice } from './notice.ts';
import type { Provider, SendResult } from './provider.ts';
import type { Reach } from './recipients.ts';
import { Sender } from './sender.ts';

const secrets = [`whsec_${Buffer.alloc(24).toString('base64')}`];
const webhookUrl = 'https://hooks.slack.com/services/T0/B0/x';
const read = readChannels({
  slack: { releases: { webhookUrl }, ops: { webhookUrl }, slow: { webhookUrl } },
  webhook: { audit: { url: 'https://audit.example.com', secrets } },
  defaults: { everywhere: { slack: ['releases', 'ops', 'slow'], webhook: ['audit'] } },
});
const reach: Reach = { ...everywhere, channels: read.ok ? read.channels : everywhere.channels };
const own = 'https://approvals.example.com/l/own-secret';
const view = 'https://approvals.example.com/a/shop/release-approve';
const task = taskOf({ approvers: ['ann@example.com'] });

interface Sent {
  readonly to: string;
  readonly message: Message;
}

function opened(limit = 100): {
  send: (of: ApprovalTask, way: string) => Promise<SendResult | undefined>;
  sent: Sent[];
  free: () => void;
} {
  const sent: Sent[] = [];
  let free: () => void = () => undefined;
  const slow = new Promise<void>((resolve) => (free = resolve));
  const provider = ({ channel, target = '' }: { channel: Channel; target?: string }): Provider => ({
    channel,
    send: async (message) => {
      if (target === 'slow') await slow;
      sent.push({ to: `${channel} ${target}`.trim(), message });
      return { kind: 'sent' };
    },
  });
  const sender = new Sender({
    provider,
    reach: () => reach,
    link: () => own,
    url: () => view,
    runEndsAt: () => undefined,
    now: () => start,
    hash,
    atOnce: 1,
    perNamespaceHour: limit,
    onFailure: () => undefined,
  });
  const noticeFor = (of: ApprovalTask, way: string): Notice => {
    const found = dueNotices(of, start, { reach, hash }).find(
      ({ channel, target = '' }) => `${channel} ${target}`.trim() === way,
    );
    if (found === undefined) throw new Error(`nothing is due by ${way}`);
    return found;
  };
  return {
    send: async (of, way) => sender.send(noticeFor(of, way), () => of, new AbortController().signal),
    sent,
    free,
  };
}

describe('what is sent', () => {
  test('a person gets a link of their own, and channels and systems the address that holds no secret', async () => {
    const { send, sent } = opened();
    for (const way of ['mail', 'slack releases', 'webhook audit']) await send(task, way);
    expect(sent.map(({ to, message }) => [to, message.link])).toEqual([
      ['mail', own],
      ['slack releases', view],
      ['webhook audit', view],
    ]);
    expect(JSON.stringify(sent.slice(1))).not.toContain('own-secret');
    expect(sent[2]?.message.event.url).toBe(view);
  });

  test('how it ended is told without a link that answers', async () => {
    const { send, sent } = opened();
    const [request] = dueNotices(task, start, { reach, hash });
    const record = {
      id: request?.id ?? '',
      kind: 'requested',
      channel: 'mail',
      attempt: 1,
      state: 'sent',
      attempts: 1,
    } as const;
    const ended: ApprovalTask = {
      ...task,
      status: {
        ...task.status,
        status: 'completed',
        outcome: 'approved',
        completionTime: timestamp(start),
        notifications: [record],
      },
    };
    await send(ended, 'mail');
    expect(sent[0]?.message).toMatchObject({ kind: 'decided', link: view, viewOnly: true });
  });
});

describe('a channel', () => {
  test('channel-03: that does not answer holds up no other, not even one of its kind', async () => {
    const { send, sent, free } = opened();
    const waiting = send(task, 'slack slow');
    await send(task, 'slack releases');
    await send(task, 'mail');
    expect(sent.map(({ to }) => to)).toEqual(['slack releases', 'mail']);
    free();
    expect(await waiting).toEqual({ kind: 'sent' });
  });

  test('has a limit of its own for each namespace, but systems are told of everything', async () => {
    const { send } = opened(1);
    const kinds: unknown[] = [];
    for (const way of ['mail', 'slack releases', 'mail', 'webhook audit', 'webhook audit'])
      kinds.push((await send(task, way))?.kind);
    expect(kinds).toEqual(['sent', 'sent', 'retry', 'sent', 'sent']);
  });

  test('channel-03: that was tried too often takes nothing from another of its kind', async () => {
    const { send, sent } = opened(1);
    for (const way of ['slack releases', 'slack releases', 'slack ops']) await send(task, way);
    expect(sent.map(({ to }) => to)).toEqual(['slack releases', 'slack ops']);
  });
});
