import type { ApprovalTask } from '../api/approvaltask.ts';
import { isDone } from '../api/runstatus.ts';
import type { CustomRun } from '../api/tekton.ts';
import { systemClock, type Clock } from '../kube/clock.ts';
import { apiVersionOf, keyOf, type Key, type KubeObject } from '../kube/object.ts';
import { WorkQueue, type Again } from '../kube/workqueue.ts';
import { reconcileApprovalTask } from './approvaltask.ts';
import type { ApprovalTaskContext } from './taskfacts.ts';
import { indexes, taskKeyOf, type Caches } from './caches.ts';
import { isNews } from './circumstances.ts';
import type { ControllerContext } from './context.ts';
import { reconcileCustomRun, type CustomRunContext } from './customrun.ts';
import { DecisionLists } from './decisionlist.ts';
import { reportFailure } from './failure.ts';
import { PolicyProof, type ProofState } from './policyproof.ts';
import { PolicyRounds } from './policyrounds.ts';
import { RefusalTrail } from './refusaltrail.ts';
import { approvalTasks, customRuns } from '../api/resources.ts';
import type { ControllerName } from './telemetry.ts';
import { Written } from './written.ts';

/** Another controller that wants to be told of tasks, such as the notifier. */
export interface Follower {
  touch(key: Key): void;
  /** A task is gone; this was the last that is known of it. */
  deleted(task: ApprovalTask): void;
  start(): void;
  drain(graceMs: number): Promise<void>;
}

export interface CrewOptions {
  readonly context: ControllerContext;
  /** Keys reconciled at the same time, per controller. */
  readonly atOnce: number;
  /** How often the identity policy is proven in each namespace while nobody answers, in milliseconds. */
  readonly policyProofMs: number;
  /** Namespace in which that is done first, and whether anybody is asked there or not. */
  readonly installNamespace: string;
  readonly followers: readonly Follower[];
  /** Which the proofs go by. */
  readonly clock?: Clock;
}

/** A gate must not wait minutes for its next try: the API server's own Retry-After and priorities protect it. */
const backoff = { baseMs: 20, maxMs: 30_000 };

type Reconcile = (key: Key) => Promise<Again | void>;

/** The objects that a queue is about, for reporting on one. */
interface About {
  readonly apiVersion: string;
  readonly kind: string;
  readonly get: (key: Key) => KubeObject | undefined;
}

/**
 * The controllers of the leading replica, with their queues. The caches only enqueue keys; everything that led to a
 * change is read again.
 */
export class Crew {
  readonly #options: CrewOptions;
  readonly #runs: WorkQueue;
  readonly #tasks: WorkQueue;
  readonly #rounds: PolicyRounds;
  #leading = false;
  #leadingSince = 0;

  constructor(options: CrewOptions) {
    this.#options = options;
    const { context } = options;
    const monotonic = (): number => systemClock.monotonic();
    const writtenTasks = new Written<ApprovalTask>(monotonic);
    const proof = this.#createProof();
    this.#rounds = this.#createRounds(proof);
    const runContext: CustomRunContext = { ...context, writtenRuns: new Written(monotonic), writtenTasks };
    const taskContext: ApprovalTaskContext = {
      ...context,
      lists: new DecisionLists(context.client),
      proof,
      writtenTasks,
      writtenDecisions: new Written(monotonic),
      refusals: new RefusalTrail(context.recorder),
      showOnRun: (key) => this.#addRun(key),
      leadingSince: () => this.#leadingSince,
    };
    const { customRuns: runs, tasks } = context.caches;
    this.#runs = this.#queue('customrun', async (key) => reconcileCustomRun(runContext, key), {
      apiVersion: apiVersionOf(customRuns),
      kind: customRuns.kind,
      get: (key) => runs.get(key),
    });
    this.#tasks = this.#queue('approvaltask', async (key) => reconcileApprovalTask(taskContext, key), {
      apiVersion: apiVersionOf(approvalTasks),
      kind: approvalTasks.kind,
      get: (key) => tasks.get(key),
    });
    this.#follow(context.caches);
  }

  #queue(controller: ControllerName, reconcile: Reconcile, about: About): WorkQueue {
    const { context, atOnce } = this.#options;
    const { get, apiVersion, kind } = about;
    const queue = new WorkQueue({
      name: controller,
      concurrency: atOnce,
      backoff,
      reconcile,
      onError: (key, error, failures) =>
        reportFailure(context, { controller, key, error, failures, object: get(key), apiVersion, kind }),
      onReconciled: (ms, error) => context.telemetry.reconciled(controller, ms, error),
    });
    context.telemetry.queue(controller, queue);
    return queue;
  }

  #createProof(): PolicyProof {
    const { context, clock = systemClock } = this.#options;
    return new PolicyProof(context, {
      monotonic: () => clock.monotonic(),
      onChange: (namespace, state) => this.#tellTasks(namespace, state),
    });
  }

  #createRounds(proof: PolicyProof): PolicyRounds {
    const { context, clock = systemClock, installNamespace: first, policyProofMs: periodMs } = this.#options;
    const { tasks, namespaces } = context.caches;
    const asked = (): string[] =>
      tasks
        .all()
        .flatMap(({ metadata, status }) => (status?.status === 'pending' ? (metadata.namespace ?? []) : []));
    const isThere = (name: string): boolean => {
      const namespace = namespaces.get(name);
      return namespace !== undefined && namespace.metadata.deletionTimestamp === undefined;
    };
    return new PolicyRounds({ proof, clock, periodMs, first, asked, isThere });
  }

  /** Begins to reconcile: every object once, then what changes. Does nothing where it has begun already. */
  start(): void {
    if (this.#leading) return;
    this.#leading = true;
    this.#leadingSince = this.#options.context.client.serverNow();
    this.#runs.start();
    this.#tasks.start();
    for (const follower of this.#options.followers) follower.start();
    const { caches } = this.#options.context;
    for (const run of caches.customRuns.all()) this.#addRun(keyOf(run));
    this.lookAtTasks();
    for (const decision of caches.decisions.all()) this.#addTask(taskKeyOf(decision));
    this.#rounds.start();
  }

  /** Looks at every task: at the start, and once more when who is who has changed. */
  lookAtTasks(): void {
    for (const task of this.#options.context.caches.tasks.all()) this.#touchTask(keyOf(task));
  }

  /** Starts nothing more and waits for what is under way, at most so many milliseconds. */
  async stop(graceMs: number): Promise<void> {
    this.#leading = false;
    this.#rounds.stop();
    const { followers } = this.#options;
    await Promise.all([
      this.#runs.drain(graceMs),
      this.#tasks.drain(graceMs),
      ...followers.map(async (follower) => follower.drain(graceMs)),
    ]);
  }

  /**
   * Ends the work of a leader that is about to give the Lease back. A mail that is being sent may take its whole grace;
   * requests are decided meanwhile, so that no answer waits for a mail server.
   */
  async handOver(graceMs: number): Promise<void> {
    await Promise.all(this.#options.followers.map(async (follower) => follower.drain(graceMs)));
    await this.stop(graceMs);
  }

  #follow(caches: Caches): void {
    caches.customRuns.onChange(({ object }) => this.#touchRun(object));
    caches.tasks.onChange(({ kind, object }) => {
      this.#touchTask(keyOf(object));
      if (kind === 'deleted') this.#tellDeleted(object);
      this.#addRun(keyOf(object));
    });
    caches.decisions.onChange(({ object }) => this.#addTask(taskKeyOf(object)));
    caches.pipelineRuns.onChange(({ object }) => {
      for (const run of caches.customRuns.byIndex(indexes.owner, object.metadata.uid)) this.#touchRun(run);
      for (const task of caches.tasks.byIndex(indexes.pipelineRun, keyOf(object))) this.#addTask(keyOf(task));
    });
    caches.namespaces.onChange(({ object }) => {
      const inside = (one: CustomRun | ApprovalTask): boolean =>
        one.metadata.namespace === object.metadata.name;
      for (const run of caches.customRuns.all().filter(inside)) if (!isDone(run)) this.#touchRun(run);
      for (const task of caches.tasks.all().filter(inside)) this.#touchTask(keyOf(task));
    });
  }

  #touchRun(run: CustomRun): void {
    const key = keyOf(run);
    this.#addRun(key);
    this.#addTask(key);
  }

  #touchTask(key: Key): void {
    this.#addTask(key);
    if (!this.#leading) return;
    for (const follower of this.#options.followers) follower.touch(key);
  }

  #tellDeleted(task: ApprovalTask): void {
    if (!this.#leading) return;
    for (const follower of this.#options.followers) follower.deleted(task);
  }

  /** Who does not lead notes nothing: `start` looks at everything, and a replica may wait for its turn for months. */
  #addRun(key: Key): void {
    if (this.#leading) this.#runs.add(key);
  }

  #addTask(key: Key): void {
    if (this.#leading) this.#tasks.add(key);
  }

  /** What a request says of the policy must become true again also where nobody answers it. */
  #tellTasks(namespace: string, state: ProofState): void {
    for (const task of this.#options.context.caches.tasks.all())
      if (task.metadata.namespace === namespace && isNews(task, state)) this.#addTask(keyOf(task));
  }
}
