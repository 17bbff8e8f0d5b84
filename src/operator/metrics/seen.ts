import type { Caches } from '../../controllers/caches.ts';
import type { Instant } from '../../domain/approval.ts';
import type { PeopleSource } from '../../identity/peoplesource.ts';
import { version } from '../../version.ts';
import type { ChannelSource } from '../channelsource.ts';
import { backlogOf, type Backlog } from './backlog.ts';
import type { Instruments } from './instrument.ts';
import { apiServer, processes, type watchedKinds } from './plumbing.ts';
import type { Noted } from './told.ts';
import { approvals, controllers, notifications, people, proofStates } from './work.ts';

/** What is looked at when metrics are asked for. */
export interface Sources {
  readonly caches: Caches;
  readonly isLeader: () => boolean;
  readonly isReady: () => boolean;
  readonly people: Pick<PeopleSource, 'current' | 'problem'>;
  readonly channels: Pick<ChannelSource, 'problem'>;
  /** The API server's clock. Throws before its first answer. */
  readonly now: () => Instant;
}

type Kind = (typeof watchedKinds)[number];

const asNumber = (flag: boolean): number => (flag ? 1 : 0);

/** Gauges of queues, leadership and caches. */
export function watchParts(make: Instruments, noted: Noted, sources: Sources): void {
  const { leader, ready, depth, age, failing, proven, namespaces } = controllers.metrics;
  make.gauge(leader, () => [[{}, asNumber(sources.isLeader())]]);
  make.gauge(ready, () => [[{}, asNumber(sources.isReady())]]);
  make.gauge(depth, () => [...noted.queues].map(([queue, view]) => [{ queue }, view.depth]));
  make.gauge(age, () => [...noted.queues].map(([queue, view]) => [{ queue }, view.oldestMs / 1_000]));
  make.gauge(failing, () => [...noted.queues].map(([queue, view]) => [{ queue }, view.failing]));
  make.gauge(proven, () => [[{}, noted.provenAt]]);
  make.gauge(namespaces, () =>
    // Only the leader proves: what another knows may be long past.
    proofStates.map((state) => [{ state }, sources.isLeader() ? noted.namespaces[state] : 0]),
  );
  make.gauge(people.metrics.broken, () => [[{}, asNumber(sources.people.problem() !== undefined)]]);
  make.gauge(people.metrics.persons, () => [[{}, sources.people.current()?.persons.length ?? 0]]);
  make.gauge(notifications.metrics.channelsBroken, () => [
    [{}, asNumber(sources.channels.problem() !== undefined)],
  ]);
  const caches = byKind(sources.caches);
  make.gauge(apiServer.metrics.synced, () =>
    caches.map(([kind, cache]) => [{ kind }, asNumber(cache.synced)]),
  );
  make.gauge(apiServer.metrics.objects, () => caches.map(([kind, cache]) => [{ kind }, cache.size]));
  make.gauge(processes.metrics.build, () => [[{ version }, 1]]);
}

type Cache = Pick<Caches['tasks'], 'synced' | 'size'>;

function byKind({
  customRuns,
  pipelineRuns,
  tasks,
  decisions,
  namespaces,
}: Caches): readonly [Kind, Cache][] {
  return [
    ['CustomRun', customRuns],
    ['PipelineRun', pipelineRuns],
    ['ApprovalTask', tasks],
    ['ApprovalDecision', decisions],
    ['Namespace', namespaces],
  ];
}

/**
 * Gauges of what waits. The tasks are looked through once for all of them; what is returned makes the next reading do
 * so anew.
 */
export function watchBacklog(make: Instruments, sources: Sources): () => void {
  let found: Backlog | undefined;
  const backlog = (): Backlog => (found ??= backlogOf(sources.caches.tasks.all(), timeOf(sources)));
  const { pending, oldest, overdue } = approvals.metrics;
  make.gauge(pending, () => [...backlog().pending].map(([strategy, { count }]) => [{ strategy }, count]));
  make.gauge(oldest, () =>
    [...backlog().pending].map(([strategy, { oldestMs }]) => [{ strategy }, oldestMs / 1_000]),
  );
  make.gauge(overdue, () => [[{}, backlog().overdue]]);
  const { undelivered, undeliveredAge } = notifications.metrics;
  make.gauge(undelivered, () =>
    [...backlog().undelivered].flatMap(([channel, { byState }]) =>
      [...byState].map(([state, count]) => [{ channel, state }, count] as const),
    ),
  );
  make.gauge(undeliveredAge, () =>
    [...backlog().undelivered].map(([channel, { oldestMs }]) => [{ channel }, oldestMs / 1_000]),
  );
  return () => {
    found = undefined;
  };
}

/** Where the API server never answered the cache is empty, and no age is reckoned. */
function timeOf({ now }: Sources): Instant {
  try {
    return now();
  } catch {
    return 0;
  }
}
