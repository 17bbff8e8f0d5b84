import { join } from 'node:path';
import { type Agent, fetch as fetchWith } from 'undici';
import { inject } from 'vitest';
import { z } from 'zod';
import { leaseType, type Lease } from '../../src/kube/lease.ts';
import { OperatorProcess, shippedContainer, type Exit } from '../alone/operator-process.ts';
import { clusterOf, writeKubeconfig } from '../control-plane/kubeconfig.ts';
import { Api } from '../control-plane/api.ts';
import { operatorAccount } from '../control-plane/operator-home.ts';
import { freePorts } from '../control-plane/ports.ts';
import { tokenFor } from '../control-plane/service-account.ts';
import { agentTo } from '../fakes/agent.ts';
import { FormClient, type Send } from '../fakes/form-client.ts';
import type { Gate } from '../integration/gate.ts';
import { until } from '../integration/until.ts';
import { scratchFolder } from '../scratch.ts';

/** The Lease's timings, shortened so that a test of seconds sees it expire. */
export const briefLease = {
  LEASE_LEASE_MS: '4000',
  LEASE_RENEW_DEADLINE_MS: '2000',
  LEASE_RETRY_MS: '400',
} as const;

export interface ReplicaOptions {
  /** Settings by environment name, without the prefix TEKTON_APPROVALS_; they win over those of the gate. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The API server's address as this replica is told it, such as that of a proxy; absent: the real one. */
  readonly server?: string;
  /** Certificate authority of that address, PEM in base64; absent: the cluster's own. */
  readonly caData?: string;
  /** Environment of the process itself, such as NODE_OPTIONS. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A stopped process answers no request at all. */
const answerLimitMs = 30_000;

/** A line of the operator's log. */
const line = z.looseObject({
  time: z.iso.datetime(),
  level: z.string(),
  msg: z.string().default(''),
  identity: z.string().optional(),
});
export type LogLine = z.infer<typeof line>;

/**
 * The shipped bundle as a process, one of several on a gate's namespace: under a token of the shipped ServiceAccount,
 * with ports of its own. Open the gate with `operator: 'elsewhere'`, and `kill` every replica when done.
 */
export class Replica {
  readonly webPort: number;
  readonly #process: OperatorProcess;
  readonly probesPort: number;
  readonly #agent: Agent;
  #exit: Exit | undefined;

  private constructor(process: OperatorProcess, ports: { web: number; probes: number }) {
    this.#process = process;
    this.webPort = ports.web;
    this.probesPort = ports.probes;
    this.#agent = agentTo(ports.web);
    void process.exited.then((exit) => (this.#exit = exit));
  }

  /** Starts the process, and does not wait for it to be ready. */
  static async start(gate: Gate, options: ReplicaOptions = {}): Promise<Replica> {
    const [web = 0, probes = 0, metrics = 0] = await freePorts(3);
    const settings = {
      ...gate.settings,
      KUBECONFIG: await kubeconfigOf(options),
      WEB_PORT: String(web),
      PROBES_PORT: String(probes),
      METRICS_HOST: '127.0.0.1',
      METRICS_PORT: String(metrics),
      ...options.settings,
    };
    const environment = Object.fromEntries(
      Object.entries(settings).map(([name, value]) => [`TEKTON_APPROVALS_${name}`, value]),
    );
    const process = new OperatorProcess(shippedContainer(), { ...environment, ...options.environment });
    return new Replica(process, { web, probes });
  }

  /** Resolves once its readiness probe says that it can work. */
  async ready(): Promise<this> {
    await this.until('the replica to be ready', async () => {
      const answer = await fetch(`http://127.0.0.1:${String(this.probesPort)}/readyz`).catch(() => undefined);
      return answer?.status === 200;
    });
    return this;
  }

  /** Waits until something is true of it. Throws, with what it said last, where it ends before. */
  async until(what: string, look: (replica: this) => Promise<boolean>): Promise<void> {
    await until(what, async () => {
      this.#expectRunning();
      return look(this);
    });
  }

  #expectRunning(): void {
    if (this.#exit !== undefined)
      throw new Error(
        `it ended by itself (${JSON.stringify(this.#exit)}):\n${this.lines.slice(-10).join('\n')}`,
      );
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** How it ended, once it has. */
  get exited(): Promise<Exit> {
    return this.#process.exited;
  }

  /** Sends it that signal, and does not wait. */
  signal(signal: NodeJS.Signals): void {
    this.#process.signal(signal);
  }

  /** Ends it with -9, if it has not ended yet; stopped ones too. */
  async kill(): Promise<Exit> {
    this.signal('SIGKILL');
    await this.#agent.destroy();
    return this.exited;
  }

  /** What it has logged so far; lines that are no JSON, as those of a crash, are left out. */
  get log(): LogLine[] {
    return this.#process.lines.flatMap((text) => {
      if (!text.startsWith('{')) return [];
      const parsed = line.safeParse(JSON.parse(text));
      return parsed.success ? [parsed.data] : [];
    });
  }

  /** Everything that it has printed. */
  get lines(): readonly string[] {
    return this.#process.lines;
  }

  /** The identity under which it last came to lead; undefined where it never did. */
  get identity(): string | undefined {
    return this.log.findLast(({ msg }) => msg === 'leading')?.identity;
  }

  /** Whether it leads by its own word, which comes after the Lease has its name. */
  get saysThatItLeads(): boolean {
    return this.log.findLast(({ msg }) => /^(?:no longer )?leading/u.test(msg))?.msg === 'leading';
  }

  /** A browser of a new person, whose requests all go to this replica, whatever address they name. */
  browser(): FormClient {
    return new FormClient(this.send);
  }

  /** Sends a request for the configured address to this replica. */
  readonly send: Send = async (url, init) =>
    fetchWith(url, { ...init, dispatcher: this.#agent, signal: AbortSignal.timeout(answerLimitMs) });
}

async function kubeconfigOf({ server, caData }: ReplicaOptions): Promise<string> {
  const { kubeconfig } = inject('controlPlane');
  const file = join(scratchFolder('replica-'), 'kubeconfig');
  const cluster = clusterOf(kubeconfig);
  const api = new Api(kubeconfig);
  const token = await tokenFor(api, operatorAccount).finally(() => api.close());
  writeKubeconfig(
    file,
    { ...cluster, ...(server !== undefined && { server }), ...(caData !== undefined && { caData }) },
    { ...operatorAccount, token },
  );
  return file;
}

/** The Lease of the gate's operators; undefined while there is none. */
export async function leaseOf(gate: Gate): Promise<Lease | undefined> {
  return gate.read<Lease>(leaseType, 'tekton-approvals');
}

/** Waits until one of these replicas leads, by the Lease and by its own word. */
export async function leaderOf(replicas: readonly Replica[], gate: Gate): Promise<Replica> {
  return until('one of the replicas to lead', async () => {
    const holder = (await leaseOf(gate))?.spec?.holderIdentity ?? '';
    return replicas.find(({ identity, saysThatItLeads }) => identity === holder && saysThatItLeads);
  });
}
