import { inject } from 'vitest';
import type { ApprovalTask } from '../../src/api/approvaltask.ts';
import { apiVersion, approvalTaskKind } from '../../src/api/names.ts';
import { customRuns } from '../../src/api/resources.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { loadKubeConfig } from '../../src/kube/kubeconfig.ts';
import { clusterOf } from '../control-plane/kubeconfig.ts';
import { CuttingProxy } from '../faults/cutting-proxy.ts';
import { RecordingProxy } from '../faults/recording-proxy.ts';
import { openGate, type Gate, type GateOptions } from '../integration/gate.ts';
import { intrusions, isLeadersWork } from './intrusion.ts';
import { leaderOf, Replica, type ReplicaOptions } from './replica.ts';

/** One replica, and what leads from it to the API server. */
export interface Member {
  /** By which the recording proxy knows it. */
  readonly name: string;
  readonly replica: Replica;
  readonly cable: CuttingProxy;
}

const domain = 'approvals.example.com';

/**
 * Several replicas of the shipped bundle on one namespace. Each has a cable of its own, which can be cut, and all
 * cables end in one recording proxy, so that every write tells who sent it.
 */
export class Ensemble {
  readonly gate: Gate;
  readonly proxy: RecordingProxy;
  readonly #members: Member[] = [];
  #gone = new Set<Member>();

  private constructor(gate: Gate, proxy: RecordingProxy) {
    this.gate = gate;
    this.proxy = proxy;
  }

  static async open(options: GateOptions = {}): Promise<Ensemble> {
    const gate = await openGate({ standalone: true, ...options, operator: 'elsewhere' });
    return new Ensemble(gate, await RecordingProxy.start(clusterOf(inject('controlPlane').kubeconfig)));
  }

  /** Those that were not ended by `end`, the oldest first. */
  get living(): readonly Member[] {
    return this.#members.filter((member) => !this.#gone.has(member));
  }

  /** Starts one more, and does not wait for it. Its mail comes from NAME@approvals.example.com. */
  async start(options: ReplicaOptions = {}): Promise<Member> {
    const name = `r${String(this.#members.length + 1)}`;
    const { proxy } = this;
    const cable = await CuttingProxy.startFor(proxy.urlFor(name));
    const settings = { MAIL_FROM: `${name}@${domain}`, ...options.settings };
    const replica = await Replica.start(this.gate, {
      ...options,
      settings,
      server: `${cable.url}/${name}`,
      caData: proxy.caData,
    });
    const member = { name, replica, cable };
    this.#members.push(member);
    return member;
  }

  /** Starts as many as are missing, and waits until all are ready and one of them leads, which comes first. */
  async staff(count: number): Promise<readonly [Member, ...Member[]]> {
    const missing = Math.max(0, count - this.living.length);
    await Promise.all(Array.from({ length: missing }, async () => this.start()));
    for (const { replica } of this.living) await replica.ready();
    const leader = await this.leader();
    return [leader, ...this.living.filter((member) => member !== leader)];
  }

  /** Waits until one of these leads. */
  async leader(among: readonly Member[] = this.living): Promise<Member> {
    const found = await leaderOf(
      among.map(({ replica }) => replica),
      this.gate,
    );
    const member = among.find(({ replica }) => replica === found);
    if (member === undefined) throw new Error('a replica leads that is none of those asked for');
    return member;
  }

  /** Lets go on whoever is stopped or cut off, so that a test that failed does not fail the next. */
  async heal(): Promise<void> {
    for (const { replica, cable } of this.living) {
      replica.signal('SIGCONT');
      await cable.resume();
    }
  }

  /** Ends one with -9, whatever state it is in, and forgets it. */
  async end(member: Member): Promise<void> {
    this.#gone.add(member);
    await member.replica.kill();
    await member.cable.close();
  }

  /** Ends all of them in order, so that whoever comes next finds a Lease that was given back. */
  async dismiss(): Promise<void> {
    for (const member of this.living) {
      member.replica.signal('SIGTERM');
      await member.replica.exited;
      await this.end(member);
    }
  }

  async close(): Promise<void> {
    for (const member of this.living) await this.end(member);
    await this.proxy.close();
    await this.gate.close();
  }

  /** Does something as an administrator whose writes the recording proxy sees. */
  async asAdministrator(work: (client: KubeClient) => Promise<unknown>): Promise<void> {
    const config = loadKubeConfig(inject('controlPlane').kubeconfig);
    const server = this.proxy.urlFor('administrator');
    config.clusters = config.clusters.map((cluster) => ({ ...cluster, server, caData: this.proxy.caData }));
    const client = KubeClient.fromKubeConfig(config);
    try {
      await work(client);
    } finally {
      await client.close();
    }
  }

  /** A run without a pipeline that asks one person, told by mail. Waits for the mail and returns its link. */
  async ask(name: string, params: Record<string, unknown> = {}): Promise<string> {
    const task = await this.askOnly(name, params);
    return this.gate.mailedLink(addressOf(name), task);
  }

  /** As `ask`, but waits for no mail. */
  async askOnly(name: string, params: Record<string, unknown> = {}): Promise<ApprovalTask> {
    const all = Object.entries({ approvers: [addressOf(name)], ...params });
    await this.gate.create(customRuns, {
      apiVersion: 'tekton.dev/v1beta1',
      kind: 'CustomRun',
      metadata: { name },
      spec: {
        customRef: { apiVersion, kind: approvalTaskKind, name: 'any' },
        params: all.map(([param, value]) => ({ name: param, value })),
      },
    });
    return this.gate.task(name);
  }

  /** The task of that name once it is settled, with its run. */
  async settled(name: string): Promise<ApprovalTask> {
    await this.gate.customRun(name);
    return this.gate.task(name, isOver);
  }

  /** What got through that only the holder of the Lease may write, from others: a sentence for each. */
  intrusions(): string[] {
    return intrusions(this.proxy.writes);
  }

  /** What this member has sent since then that only the holder may write. */
  leadersWorkOf({ name }: Member, since: number): string[] {
    return this.proxy.writes
      .filter((write) => write.client === name && write.receivedAt > since && isLeadersWork(write))
      .map(({ verb, resource, subresource, name: object, status }) =>
        [verb, resource, subresource, object, String(status)].join(' '),
      );
  }
}

/** The one person who is asked by a request. */
export function addressOf(name: string): string {
  return `${name}@example.com`;
}

/** Settled, and everybody who was asked has heard so: a leader that is at work still may not be taken for an intruder. */
function isOver({ status }: ApprovalTask): boolean {
  const { outcome, notifications = [] } = status ?? {};
  const isAsked = notifications.some(({ kind, attempts }) => kind === 'requested' && attempts > 0);
  const isTold = notifications.some(({ kind }) => kind !== 'requested');
  const isOpen = notifications.some(({ state }) => state === 'waiting' || state === 'attempting');
  return outcome !== undefined && !isOpen && (isTold || !isAsked);
}
