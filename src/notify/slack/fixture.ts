import { startSlack, type FakeSlack, type SlackOptions } from '../../../test/fakes/slack.ts';
import type { SlackChannel } from '../../api/channels.ts';
import { createEgress, type EgressSettings, type OpenEgress } from '../../egress/guard.ts';
import type { ApprovalTask } from '../../api/approvaltask.ts';
import { nobodyKnown } from '../../domain/directory.ts';
import { approvalBy, start, taskOf } from '../fixture.ts';
import { messageOf, type Message } from '../message.ts';
import type { NoticeKind } from '../notice.ts';
import type { Addressing, Provider } from '../provider.ts';
import { slackProvider } from './provider.ts';

/** The address of the request in the tests of this folder, and somebody's own link to it. */
export const viewLink = 'https://approvals.example.com/requests/shop/release-approve';
export const ownLink = 'https://approvals.example.com/l/v1.kid.payload.proof';

const recipient = { entry: 'ann@example.com' };
const ended = { status: 'completed', completionTime: '2026-11-21T09:20:00Z' } as const;

/** A task as it stands when it is told of in this way. */
function taskFor(kind: NoticeKind | 'rejected', spec: Parameters<typeof taskOf>[0]): ApprovalTask {
  const first = approvalBy('bob@example.com', { comment: 'Looks good.\nShip it.' });
  const no = approvalBy('cid@example.com', { decision: 'reject', comment: 'The change window is closed.' });
  const states = {
    requested: taskOf(spec),
    reminder: taskOf(spec),
    secondStepRequested: taskOf({ strategy: 'FOUR_EYES', ...spec }, { responses: [first] }),
    responded: taskOf(spec, { responses: [first] }),
    decided: taskOf(spec, { ...ended, outcome: 'approved', responses: [first] }),
    rejected: taskOf(spec, { ...ended, outcome: 'rejected', responses: [first, no] }),
    timedOut: taskOf(spec, { ...ended, outcome: 'timedOut' }),
    cancelled: taskOf(spec, { ...ended, outcome: 'cancelled' }),
  };
  return states[kind];
}

/** The message of this kind to a channel; a rejection is a kind of `decided`. */
export function channelMessage(
  kind: NoticeKind | 'rejected',
  spec: Parameters<typeof taskOf>[0] = {},
): Message {
  const notice = { kind: kind === 'rejected' ? 'decided' : kind, target: 'releases' } as const;
  return messageOf({ task: taskFor(kind, spec), notice, directory: nobodyKnown, link: viewLink, now: start });
}

/** The message of this kind to Ann alone. */
export function ownMessage(kind: NoticeKind, spec: Parameters<typeof taskOf>[0] = {}): Message {
  const facts = { task: taskFor(kind, spec), directory: nobodyKnown, link: ownLink, now: start };
  return messageOf({ ...facts, notice: { kind, recipient } });
}

/** To the channel, as its first message. */
export const toChannel: Addressing = { id: 'n1', threadId: 'n1', address: '' };

/** How a channel of a fake Slack is configured. */
type Way = (slack: FakeSlack) => SlackChannel;

export const byWebhook: Way = ({ webhookUrl }) => ({ name: 'releases', webhookUrl });
export const asApp: Way = ({ botToken, conversation }) => ({
  name: 'releases',
  botToken,
  conversation,
  directMessages: true,
});

const open: { close: () => Promise<void> }[] = [];

/** Closes what a test has opened. */
export async function closeAll(): Promise<void> {
  await Promise.all(open.splice(0).map((one) => one.close()));
}

export async function started(options: SlackOptions = {}): Promise<FakeSlack> {
  const slack = await startSlack(options);
  open.push(slack);
  return slack;
}

export function egressTo({ port }: FakeSlack, more: Partial<EgressSettings> = {}): OpenEgress {
  const allow = [`127.0.0.1:${String(port)}`];
  const egress = createEgress({ allow, proxy: '', noProxy: [], timeoutMs: 20_000, ...more });
  open.push(egress);
  return egress;
}

export function providerFor(slack: FakeSlack, way: Way, more: Partial<EgressSettings> = {}): Provider {
  return slackProvider(way(slack), egressTo(slack, more), { apiUrl: slack.apiUrl, now: () => start });
}
