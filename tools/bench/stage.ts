import { randomBytes } from 'node:crypto';
import { rmSync, mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { labels } from '../../src/api/names.ts';
import { namespaces } from '../../src/api/resources.ts';
import { secretStore } from '../../src/controllers/secretstore.ts';
import { parseKeyRing, type KeyRing } from '../../src/identity/keyring.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { Api } from '../../test/control-plane/api.ts';
import type { ControlPlane } from '../../test/control-plane/control-plane.ts';
import { operatorNamespace } from '../../test/control-plane/installation.ts';
import { createNamespace } from '../../test/control-plane/namespace.ts';
import { kubeconfigForServiceAccount } from '../../test/control-plane/service-account.ts';
import { startMailbox, type Mailbox } from '../../test/fakes/smtp-server.ts';
import type { Cleanups } from '../demo/cleanup.ts';
import type { Place } from './approval.ts';
import { startOperator, type Operator } from './operator.ts';
import type { Size } from './size.ts';
import type { BudgetId, Measurements } from './table.ts';
import { usageOf } from './usage.ts';
import { Watcher } from './watcher.ts';

/** A stretch of work and what a process used in it. */
export interface Block {
  readonly what: string;
  readonly seconds: number;
  readonly cpuMs: number;
  readonly residentMiB: number;
}

export interface StageOptions {
  readonly controlPlane: ControlPlane;
  readonly size: Size;
  readonly rows: ReadonlySet<BudgetId>;
  readonly nodeOptions: readonly string[];
  readonly bundle: string;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
  readonly cleanups: Cleanups;
}

/** Everything that the measurements share, and what they have found so far. */
export class Stage {
  readonly measurements: Measurements = {};
  readonly blocks: Block[] = [];
  /** Figures without a budget. */
  readonly notes: string[] = [];
  readonly options: StageOptions;
  readonly client: KubeClient;
  readonly #form: KubeClient;
  readonly api: Api;
  readonly mailbox: Mailbox;
  /** Of the operator's own ServiceAccount. */
  readonly kubeconfig: string;

  private constructor(
    options: StageOptions,
    parts: Pick<Stage, 'client' | 'api' | 'mailbox' | 'kubeconfig'> & { form: KubeClient },
  ) {
    this.options = options;
    this.client = parts.client;
    this.#form = parts.form;
    this.api = parts.api;
    this.mailbox = parts.mailbox;
    this.kubeconfig = parts.kubeconfig;
  }

  static async open(options: StageOptions): Promise<Stage> {
    const { controlPlane, cleanups } = options;
    const client = KubeClient.load(controlPlane.kubeconfig);
    cleanups.add('the connection to the API server', async () => client.close());
    const api = new Api(controlPlane.kubeconfig);
    cleanups.add('the connection for the counts', async () => api.close());
    const mailbox = await startMailbox();
    cleanups.add('the mailbox', async () => mailbox.close());
    const directory = mkdtempSync(path.join(os.tmpdir(), 'tekton-approvals-bench-'));
    cleanups.add(directory, async () => rmSync(directory, { recursive: true, force: true }));
    const account = { namespace: operatorNamespace, name: operatorNamespace };
    const file = path.join(directory, 'kubeconfig');
    const kubeconfig = await kubeconfigForServiceAccount(controlPlane.kubeconfig, account, file);
    const form = KubeClient.load(kubeconfig);
    cleanups.add('the connection of the form', async () => form.close());
    return new Stage(options, { client, form, api, mailbox, kubeconfig });
  }

  wants(...ids: readonly BudgetId[]): boolean {
    return ids.some((id) => this.options.rows.has(id));
  }

  /** An empty namespace that serves runs without a pipeline, removed at the end. */
  async namespace(purpose: string): Promise<string> {
    const name = `bench-${purpose}-${randomBytes(3).toString('hex')}`;
    this.options.cleanups.add(`namespace ${name}`, async () => this.client.delete(namespaces, name));
    await createNamespace(this.api, name, { [labels.standalone]: 'true' });
    return name;
  }

  async watch(namespace: string): Promise<Place> {
    const { client } = this;
    const watcher = new Watcher(client, namespace);
    this.options.cleanups.add(`the watch of ${namespace}`, async () => watcher.stop());
    await watcher.ready();
    return { client, namespace, watcher, keys: await this.#keys(), form: this.#form };
  }

  /** The operator, serving these namespaces and no others. It is ended at the end where it still runs. */
  async operator(...serves: readonly string[]): Promise<Operator> {
    return this.operatorWith({}, ...serves);
  }

  /** The same with settings of its own, by environment name without the prefix TEKTON_APPROVALS_. */
  async operatorWith(
    settings: Readonly<Record<string, string>>,
    ...serves: readonly string[]
  ): Promise<Operator> {
    const { signal, nodeOptions, bundle, cleanups } = this.options;
    const operator = await startOperator({
      kubeconfig: this.kubeconfig,
      mailPort: this.mailbox.port,
      namespaces: serves,
      signal,
      nodeOptions,
      bundle,
      settings,
    });
    cleanups.add('the operator', async () => operator.stop());
    return operator;
  }

  /** Does a piece of work and notes what it cost the process. */
  async block<T>(what: string, pid: number, work: () => Promise<T>): Promise<{ result: T; block: Block }> {
    this.options.signal.throwIfAborted();
    const before = usageOf(pid);
    const start = performance.now();
    const result = await work();
    const after = usageOf(pid);
    const { residentMiB } = after;
    const block = {
      what,
      seconds: (performance.now() - start) / 1000,
      cpuMs: after.cpuMs - before.cpuMs,
      residentMiB,
    };
    this.blocks.push(block);
    return { result, block };
  }

  /** The operator's own keys, with which answers are sealed as its form does. */
  async #keys(): Promise<KeyRing> {
    const place = { namespace: operatorNamespace, name: 'tekton-approvals-keys' };
    const parsed = parseKeyRing((await secretStore(this.client, place).read()) ?? {});
    if (!parsed.ok) throw new Error(parsed.problem);
    return parsed.ring;
  }
}
