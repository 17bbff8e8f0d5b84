import type { ApprovalTask } from '../api/approvaltask.ts';
import { isDone } from '../api/runstatus.ts';
import type { CustomRun } from '../api/tekton.ts';
import { systemClock } from '../kube/clock.ts';
import { keyOf, type Key } from '../kube/object.ts';
import { WorkQueue } from '../kube/workqueue.ts';
import { reconcileApprovalTask } from './approvaltask.ts';
import type { ApprovalTaskContext } from './taskfacts.ts';
import { indexes, taskKeyOf, type Caches } from './caches.ts';
import { NotLeading, type ControllerContext } from './context.ts';
import { reconcileCustomRun, type CustomRunContext } from './customrun.ts';
import { DecisionLists } from './decisionlist.ts';
import { PolicyProof } from './policyproof.ts';
import { Written } from './written.ts';

/** Another controller that wants to be told of tasks, such as the notifier. */
export interface Follower {
  touch(key: Key): void;
  start(): void;
  drain(graceMs: number): Promise<void>;
}

export interface CrewOptions {
  readonly context: ControllerContext;
  /** Keys reconciled at the same time, per controller. */
  readonly atOnce: number;
  /** How often the identity policy is proven while nobody answers, in milliseconds. */
  readonly policyProofMs: number;
  /** Namespace in which that is done. */
  readonly installNamespace: string;
  readonly followers: readonly Follower[];
}

/** A gate must not wait minutes for its next try: the API server's own Retry-After and priorities protect it. */
const backoff = { baseMs: 20, maxMs: 30_000 };

/**
 * The controllers of the leading replica, with their queues. The caches only enqueue keys; everything that led to a
 * change is read again.
 */
export class Crew {
  readonly #options: CrewOptions;
  readonly #runs: WorkQueue;
  readonly #tasks: WorkQueue;
  readonly #proof: PolicyProof;
  #proving: NodeJS.Timeout | undefined;
  #leading = false;
  #leadingSince = 0;

  constructor(options: CrewOptions) {
    this.#options = options;
    const { context, atOnce } = options;
    const monotonic = (): number => systemClock.monotonic();
    const writtenTasks = new Written(monotonic);
    this.#proof = new PolicyProof(context);
    const runContext: CustomRunContext = { ...context, writtenRuns: new Written(monotonic) };
    const taskContext: ApprovalTaskContext = {
      ...context,
      lists: new DecisionLists(context.client),
      proof: this.#proof,
      writtenTasks,
      writtenDecisions: new Written(monotonic),
      leadingSince: () => this.#leadingSince,
    };
    const onError = (controller: string) => (key: Key, error: unknown, failures: number) => {
      if (error instanceof NotLeading) return;
      context.log.warn({ controller, key, failures, err: error }, 'reconcile failed, will try again');
    };
    const common = { concurrency: atOnce, backoff };
    this.#runs = new WorkQueue({
      ...common,
      name: 'customrun',
      reconcile: async (key) => reconcileCustomRun(runContext, key),
      onError: onError('customrun'),
    });
    this.#tasks = new WorkQueue({
      ...common,
      name: 'approvaltask',
      reconcile: async (key) => reconcileApprovalTask(taskContext, key),
      onError: onError('approvaltask'),
    });
    this.#follow(context.caches);
  }

  /** Begins to reconcile: every object once, then what changes. */
  start(): void {
    this.#leading = true;
    this.#leadingSince = this.#options.context.client.serverNow();
    this.#runs.start();
    this.#tasks.start();
    for (const follower of this.#options.followers) follower.start();
    const { caches } = this.#options.context;
    for (const run of caches.customRuns.all()) this.#runs.add(keyOf(run));
    for (const task of caches.tasks.all()) this.#touchTask(keyOf(task));
    for (const decision of caches.decisions.all()) this.#tasks.add(taskKeyOf(decision));
    this.#prove();
  }

  /** Starts nothing more and waits for what is under way, at most so many milliseconds. */
  async stop(graceMs: number): Promise<void> {
    this.#leading = false;
    clearTimeout(this.#proving);
    const { followers } = this.#options;
    await Promise.all([
      this.#runs.drain(graceMs),
      this.#tasks.drain(graceMs),
      ...followers.map(async (follower) => follower.drain(graceMs)),
    ]);
  }

  #follow(caches: Caches): void {
    caches.customRuns.onChange(({ object }) => this.#touchRun(object));
    caches.tasks.onChange(({ object }) => {
      this.#touchTask(keyOf(object));
      this.#runs.add(keyOf(object));
    });
    caches.decisions.onChange(({ object }) => this.#tasks.add(taskKeyOf(object)));
    caches.pipelineRuns.onChange(({ object }) => {
      for (const run of caches.customRuns.byIndex(indexes.owner, object.metadata.uid)) this.#touchRun(run);
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
    this.#runs.add(key);
    this.#tasks.add(key);
  }

  #touchTask(key: Key): void {
    this.#tasks.add(key);
    for (const follower of this.#options.followers) follower.touch(key);
  }

  /** Keeps the log honest about the policy also while nobody answers through Kubernetes. */
  #prove(): void {
    const { installNamespace, policyProofMs } = this.#options;
    void this.#proof.prove(installNamespace).finally(() => {
      if (this.#leading) this.#proving = setTimeout(() => this.#prove(), policyProofMs);
    });
  }
}
