import type { ApprovalTask } from '../api/approvaltask.ts';
import {
  channelKey,
  channelWays,
  isOpenTo,
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

/** A channel that a request names, and that cannot be told. */
export interface MissingChannel {
  readonly channel: ChannelWay;
  readonly name: string;
  /** It is configured, but for other namespaces. */
  readonly isClosed: boolean;
}

export interface NamedChannels {
  readonly configured: readonly NamedChannel[];
  /** Named, and not configured, or not for this namespace. */
  readonly missing: readonly MissingChannel[];
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
  const wanted = channelWays.flatMap((channel) => {
    const names = given[channel] === '' ? (chosen[channel] ?? []) : [given[channel]];
    return names.map((name) => ({ channel, name, known: channels[channel].get(channelKey(name)) }));
  });
  const isClosed = ({ known }: (typeof wanted)[number]): boolean =>
    known !== undefined && !isOpenTo(known, namespace);
  const configured = wanted
    .filter((one) => !isClosed(one))
    .flatMap(({ channel, known }) =>
      known === undefined ? [] : [{ channel, name: known.name, kinds: known.kinds }],
    );
  // A default that is closed to this namespace is left out: both are what the platform says.
  const missing = wanted.filter(
    (one) => one.known === undefined || (isClosed(one) && given[one.channel] !== ''),
  );
  return {
    configured: configured.filter(isFirst),
    missing: missing.map((one) => ({ channel: one.channel, name: one.name, isClosed: isClosed(one) })),
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
