import type { Lease } from '../../src/kube/lease.ts';
import { isTaken, type Write } from '../faults/recorded-write.ts';

/**
 * Whether only the holder of the Lease may write it. The form's answers come from every replica; Events, keys, the
 * proof of the identity policy and the Lease itself settle nothing.
 */
export function isLeadersWork({ resource, subresource, verb, dryRun }: Write): boolean {
  if (dryRun) return false;
  if (resource === 'approvaldecisions') return verb === 'delete' || subresource === 'status';
  return resource === 'approvaltasks' || resource === 'customruns';
}

/** A change of the Lease: who held it from then on, if anybody. */
interface Turn {
  readonly at: number;
  readonly holder: string;
}

function turnsOf(writes: readonly Write[]): Turn[] {
  return writes
    .filter((write) => write.resource === 'leases' && isTaken(write) && write.answeredAt !== undefined)
    .map((write) => ({ at: write.answeredAt ?? 0, holder: holderBy(write) }))
    .toSorted((a, b) => a.at - b.at);
}

function holderBy({ client, verb, answer }: Write): string {
  if (verb === 'delete') return '';
  return (answer as Lease).spec?.holderIdentity === '' ? '' : client;
}

/**
 * Writes of a leader's work that the API server took from who held the Lease neither when they came nor when they were
 * answered: a sentence for each. None means that there were never two writers that both got through.
 */
export function intrusions(writes: readonly Write[]): string[] {
  const turns = turnsOf(writes);
  const holderAt = (at: number): string => turns.findLast((turn) => turn.at < at)?.holder ?? '';
  return writes
    .filter((write) => isLeadersWork(write) && isTaken(write))
    .filter(({ client, receivedAt, answeredAt = receivedAt }) =>
      [receivedAt, answeredAt].every((at) => holderAt(at) !== client),
    )
    .map(
      ({ client, verb, resource, name, receivedAt }) =>
        `${client} could ${verb} ${resource} ${name} while ${holderAt(receivedAt) || 'nobody'} held the Lease`,
    );
}
