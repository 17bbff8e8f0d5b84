import { instant } from '../api/time.ts';
import type { Instant } from '../domain/approval.ts';
import type { KubeObject } from '../kube/object.ts';

/**
 * The newest change of policy and binding. Its time alone would not do: a change that takes away the only fields of
 * its author leaves no trace in managedFields. The resourceVersion, the revision of the store, moves with every change.
 */
export interface PolicyChange {
  readonly at: Instant;
  readonly version: bigint;
}

/** When that object last changed, as far as it tells. */
export function changeOf({ metadata }: KubeObject): PolicyChange {
  const times = (metadata.managedFields ?? []) as { time?: string }[];
  const changes = times.flatMap(({ time }) => (time === undefined ? [] : [instant(time)]));
  return {
    at: Math.max(instant(metadata.creationTimestamp), ...changes),
    version: BigInt(metadata.resourceVersion),
  };
}

/** Both in one: what is later than this is later than each. */
export function newestOf(one: PolicyChange, other: PolicyChange): PolicyChange {
  return {
    at: Math.max(one.at, other.at),
    version: one.version > other.version ? one.version : other.version,
  };
}

/** Whether an object was created, and stored as it was read, after a change. */
export function isAfter({ metadata }: KubeObject, change: PolicyChange): boolean {
  return instant(metadata.creationTimestamp) > change.at && BigInt(metadata.resourceVersion) > change.version;
}
