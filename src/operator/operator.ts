import { randomBytes, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Channels } from '../api/channels.ts';
import type { Config } from '../config.ts';
import { createCaches, startCaches, stopCaches, whenSynced, type Caches } from '../controllers/caches.ts';
import type { ControllerContext } from '../controllers/context.ts';
import { Crew } from '../controllers/crew.ts';
import type { Rules } from '../domain/approval.ts';
import { secretStore } from '../controllers/secretstore.ts';
import { KeySource } from '../identity/keysource.ts';
import { approvalUrl } from '../identity/url.ts';
import { KubeClient } from '../kube/client.ts';
import type { PeopleSource } from '../identity/peoplesource.ts';
import { LeaderElector } from '../kube/leader.ts';
import type { OpenEgress } from '../egress/guard.ts';
import { Recorder } from '../kube/recorder.ts';
import { startWeb, stopWeb } from '../web/server.ts';
import { createMailing, unreachableBy, type Mailing } from './mail.ts';
import { Duty } from './duty.ts';
import { Metrics } from './metrics/metrics.ts';
import { serveMetrics } from './metrics/service.ts';
import { ChannelSource, createChannels } from './channelsource.ts';
import { openEgress } from './egress.ts';
import { createPeople } from './people.ts';
import { startProbes, stopProbes } from './probes.ts';
import { Readiness } from './readiness.ts';
import { webDeps } from './web.ts';

/** A running operator. */
export interface Operator {
  /** Hands over: ends what is under way, releases the lease, closes the servers. */
  stop(): Promise<void>;
}

const componentName = 'tekton-approvals';
/** Work under way gets this long before the lease is released. Less than a Pod's grace period of 30 s. */
const drainMs = 8_000;
/** And this long in all, with what cannot be ended, such as a call to an API server that is silent. */
const handOverMs = 10_000;
const flushMs = 2_000;

/** Starts the roles that the settings name. Resolves once the servers listen; /readyz says whether it can work yet. */
export async function startOperator(config: Config, log: Logger): Promise<Operator> {
  const parts = createParts(config, log);
  const { client, caches, keys, people, channels, egress, readiness, recorder, metrics } = parts;
  metrics.watch({
    caches,
    isLeader: parts.context.isLeader,
    isReady: () => readiness.problems().length === 0,
    people,
    channels,
    now: () => client.serverNow(),
  });
  startCaches(caches);
  readiness.start();
  const sought = Promise.all([keys.start(), people.start(), channels.start()]);
  const probes = await startProbes({ ...config.probes, readiness: () => readiness.problems() });
  const metered = await serveMetrics(config.metrics, metrics, log);
  // Every replica serves the forms: an answer becomes an object, so it does not matter which one took it.
  const deps = {
    ...webDeps(config, parts.context, {
      mailLink: parts.mailing.sendNow,
      channels: () => channels.current(),
    }),
    onAnswered: metrics.onAnswered,
  };
  const web = config.roles.includes('web') ? await startWeb({ deps, ...config.web }) : undefined;
  // The last: a process that could not listen ends without having held the Lease.
  const leading = config.roles.includes('controller') ? lead(config, parts, sought) : undefined;
  return {
    stop: async () => {
      await leading?.stop();
      readiness.stop();
      keys.stop();
      people.stop();
      channels.stop();
      if (web !== undefined) await stopWeb(web);
      await egress.close();
      await stopProbes(probes);
      await metered.stop();
      await stopCaches(caches);
      // An Event that is lost costs less than a process that its Pod has to kill.
      await within(recorder.flush(), flushMs);
      await client.close();
    },
  };
}

interface Parts {
  readonly client: KubeClient;
  readonly caches: Caches;
  readonly keys: KeySource;
  readonly people: PeopleSource;
  readonly readiness: Readiness;
  readonly recorder: Recorder;
  readonly context: ControllerContext;
  readonly mailing: Mailing;
  readonly metrics: Metrics;
  /** Unique to this process. */
  readonly instance: string;
  /** Set once the election runs. */
  readonly election: { current?: LeaderElector };
  readonly channels: ChannelSource;
  readonly egress: OpenEgress;
  /** Set to what is to be done when the people directory or the channels change, or a mistake in them comes or goes. */
  readonly onTold: { current?: () => void };
}

function createParts(config: Config, log: Logger): Parts {
  const metrics = new Metrics(log);
  const client = createClient(config, metrics);
  const namespaces = config.namespaces.length > 0 ? { namespaces: config.namespaces } : {};
  const caches = createCaches({ client, log, onRestart: metrics.onRestart, ...namespaces });
  const keys = createKeys({ config, client, caches, log });
  const instance = `${hostname()}-${randomUUID()}`;
  const recorder = new Recorder({ ...reporter(instance), client, log, isBusy: () => metrics.isBusy });
  const election: Parts['election'] = {};
  const isLeader = (): boolean => election.current?.isLeader ?? false;
  const onTold: Parts['onTold'] = {};
  const onChange = (): void => onTold.current?.();
  const people = createPeople({ config, client, recorder, isLeader, log, onChange });
  const egress = openEgress(config);
  const channels = createChannels(config, { log, refusal: (url) => egress.refusal(url), onChange });
  const current = (): Channels => channels.current();
  const context: ControllerContext = {
    client,
    caches,
    recorder,
    log,
    telemetry: metrics.telemetry,
    settings: { rules: rulesOf(config), loginConfigured: false },
    directory: () => people.current(),
    directoryFault: () => people.fault(),
    keys: () => keys.current(),
    isLeader,
    approvalUrl: (namespace, name) => approvalUrl(config.baseUrl, namespace, name),
    unreachable: unreachableBy(config, { directory: () => people.current(), channels: current }),
  };
  const elected = (): string | undefined => election.current?.problem;
  const readiness = new Readiness({ client, caches, keys, people, election: elected, log, ...namespaces });
  return {
    client,
    caches,
    keys,
    people,
    onTold,
    channels,
    egress,
    readiness,
    recorder,
    context,
    mailing: createMailing(config, context, { channels: current, egress, watched: metrics.counted }),
    metrics,
    instance,
    election,
  };
}

function reporter(instance: string): { reportingController: string; reportingInstance: string } {
  return { reportingController: componentName, reportingInstance: instance };
}

function rulesOf({ minAssurance, robots, requesterMayNotApprove }: Config): Rules {
  return { minAssurance, robots, requesterMayNotApprove };
}

function createClient({ kubeconfig, api }: Config, { onRequest }: Metrics): KubeClient {
  const rate = { perSecond: api.requestsPerSecond, burst: api.burst };
  return KubeClient.load(kubeconfig === '' ? undefined : kubeconfig, { rate, onRequest });
}

/**
 * Stands for election and runs the controllers while elected. They begin once keys and people were sought: without them
 * each gate that is met would wait a second for them.
 */
function lead(config: Config, parts: Parts, sought: Promise<unknown>): { stop(): Promise<void> } {
  const { client, caches, context, mailing, instance, election } = parts;
  const { log } = context;
  const crew = new Crew({
    context,
    atOnce: config.controller.atOnce,
    policyProofMs: config.controller.policyProofMs,
    installNamespace: config.install.namespace,
    followers: [mailing.notifier],
  });
  parts.onTold.current = () => crew.lookAtTasks();
  const duty = new Duty({
    work: crew,
    ready: async () => {
      await Promise.all([whenSynced(caches), sought]);
    },
    isLeader: context.isLeader,
    graceMs: drainMs,
  });
  const elector = new LeaderElector({
    client,
    namespace: config.install.namespace,
    name: config.lease.name,
    identity: instance,
    timings: config.lease,
    log,
    onGained: () => void duty.gained(),
    onLost: () => void duty.lost(),
  });
  election.current = elector;
  elector.start();
  return {
    stop: async () => {
      await within(duty.end(), handOverMs);
      await elector.stop();
    },
  };
}

/** Waits for the work, but no longer than that. */
async function within(work: Promise<void>, ms: number): Promise<void> {
  await Promise.race([work, setTimeout(ms, undefined, { ref: false })]);
}

function createKeys(parts: { config: Config; client: KubeClient; caches: Caches; log: Logger }): KeySource {
  const { config, client, caches, log } = parts;
  return new KeySource({
    store: secretStore(client, { namespace: config.install.namespace, name: config.keys.secret }),
    mayCreate: async () => {
      await caches.tasks.whenSynced();
      return caches.tasks.all().every((task) => task.status?.status !== 'pending');
    },
    random: randomBytes,
    pollMs: config.keys.pollMs,
    log,
  });
}
