import type { ApprovalTask } from '../api/approvaltask.ts';
import {
  channelKey,
  channelWays,
  type ChannelKind,
  type Channels,
  type ChannelWay,
} from '../api/channels.ts';
import type { Channel, NoticeKind } from './notice.ts';

/** A channel that a request is told to, by its name. */
export interface NamedChannel {
  readonly channel: ChannelWay;
  /** As it was configured, or, where it was not, as the author wrote it. */
  readonly name: string;
  /** What it is told; absent: everything. */
  readonly kinds?: readonly ChannelKind[] | undefined;
}

export interface NamedChannels {
  readonly configured: readonly NamedChannel[];
  /** Named by the author, and not configured. */
  readonly missing: readonly NamedChannel[];
}

/**
 * The channels that a request is told to: the ones that its author names, else those that the platform configured for the
 * namespace, else those for everywhere. Webhooks are the platform's alone.
 */
export function namedChannels(
  { metadata, spec }: Pick<ApprovalTask, 'metadata' | 'spec'>,
  channels: Channels,
): NamedChannels {
  const { namespace = '' } = metadata;
  const chosen = { ...channels.everywhere, ...channels.namespaces.get(namespace) };
  const given = { slack: spec.notifyOnSlack, teams: spec.notifyOnTeams, webhook: '' };
  const wanted = channelWays.flatMap((channel) =>
    (given[channel] === '' ? (chosen[channel] ?? []) : [given[channel]]).map((name) => ({ channel, name })),
  );
  const found = wanted.map(({ channel, name }) => {
    const known = channels[channel].get(channelKey(name));
    return { channel, name: known?.name ?? name, kinds: known?.kinds, isConfigured: known !== undefined };
  });
  return {
    configured: found.filter(({ isConfigured }) => isConfigured).filter(isFirst),
    missing: found.filter(({ isConfigured }) => !isConfigured),
  };
}

function isFirst(one: NamedChannel, index: number, all: readonly NamedChannel[]): boolean {
  return all.findIndex(({ channel, name }) => channel === one.channel && name === one.name) === index;
}

/** Whether a channel with these kinds is told of this one. Only systems are told of each answer. */
export function isTold(
  { channel, kinds }: Pick<NamedChannel, 'kinds'> & { readonly channel: Channel },
  kind: NoticeKind,
): boolean {
  if (kind === 'responded' && channel !== 'webhook') return false;
  if (kind === 'reminder' && channel === 'webhook') return false;
  return kinds === undefined || kinds.includes(kind === 'secondStepRequested' ? 'requested' : kind);
}
