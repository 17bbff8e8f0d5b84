import type { Logger } from 'pino';
import type { ApprovalTask } from '../api/approvaltask.ts';
import { transition, type NewCondition } from '../api/condition.ts';
import { apiVersion, approvalTaskKind, managers } from '../api/names.ts';
import type { KubeClient } from '../kube/client.ts';
import { systemClock, type Clock } from '../kube/clock.ts';
import { isConflict, isNotFound } from '../kube/error.ts';
import { keyOf, type Key } from '../kube/object.ts';
import type { Recorder } from '../kube/recorder.ts';
import { WorkQueue, type Again } from '../kube/workqueue.ts';
import type { Notice } from '../notify/notice.ts';
import { advance, type Outbox } from '../notify/outbox.ts';
import { Sender, type SenderOptions } from '../notify/sender.ts';
import { NotLeading } from './context.ts';
import { deliveredCondition, hasChanged, storedDelivered } from './delivered.ts';
import { Desks, settled, type Desk } from './desk.ts';
import { Farewells } from './farewells.ts';
import { approvalTasks } from '../api/resources.ts';
import type { Telemetry } from './telemetry.ts';

export interface NotifierOptions extends Omit<SenderOptions, 'onFailure'> {
  readonly client: Pick<KubeClient, 'get' | 'patch'>;
  /** The cached task of a key. */
  readonly task: (key: Key) => ApprovalTask | undefined;
  readonly isLeader: () => boolean;
  /** At least 0, less than 1. */
  readonly random: () => number;
  readonly recorder: Pick<Recorder, 'event'>;
  readonly log: Logger;
  readonly telemetry: Telemetry;
  readonly clock?: Clock;
  /**
   * How long it leaves a task alone after a change, in milliseconds: whoever changed it is mostly not done, and each of two
   * writers would be refused for the other's write. Absent: not at all.
   */
  readonly pauseMs?: number;
}

/** How long a result may wait for those of the same task's other messages, so that one write takes them all. */
const gatherResultsMs = 5_000;
const writeTries = 5;
/** How soon is looked again while it is not known who is who. */
const unknownAgainMs = 1_000;

/**
 * Sends what tasks owe to people, and records how far that got. A message costs two writes: `attempting` before it is
 * sent, so that a crash cannot lose it, and its result. Sending goes on beside the queue, so that a slow mail server
 * holds up no other task; nothing here ever holds up the approval itself.
 */
export class Notifier {
  readonly #options: NotifierOptions;
  readonly #clock: Clock;
  readonly #queue: WorkQueue;
  readonly #sender: Sender;
  readonly #desks = new Desks();
  readonly #farewells: Farewells;
  readonly #sends = new Set<Promise<void>>();
  #stop = new AbortController();
  #draining = false;

  constructor(options: NotifierOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#sender = new Sender({ ...options, onFailure: (...failure) => this.#logFailure(...failure) });
    this.#farewells = new Farewells({ ...options, sender: this.#sender, clock: this.#clock });
    this.#queue = new WorkQueue({
      name: 'notifier',
      concurrency: 8,
      clock: this.#clock,
      reconcile: (key) => this.#reconcile(key),
      onError: (key, error, failures) =>
        options.log.warn({ task: key, err: error, failures }, 'notices not recorded'),
      onReconciled: (ms, error) => options.telemetry.reconciled('notifier', ms, error),
    });
    options.telemetry.queue('notifier', this.#queue);
  }

  /** Asks for a look at a task. To be called for every task on becoming leader, and for each change of one. */
  touch(key: Key): void {
    this.#queue.addAfter(key, this.#options.pauseMs ?? 0);
  }

  /** Tells whoever was asked that a request is gone. To be called with the last that is known of it. */
  deleted(task: ApprovalTask): void {
    if (this.#options.isLeader()) this.#farewells.take(this.#desks.release(keyOf(task), task));
  }

  start(): void {
    this.#stop = new AbortController();
    this.#farewells.start(this.#stop.signal);
    this.#draining = false;
    this.#queue.start();
  }

  /**
   * Starts no further message, gives those under way the grace in milliseconds, and records what became of them. What
   * was not started stays `attempting`, and is sent by whoever leads next. Call it before the lease is released.
   */
  async drain(graceMs: number): Promise<void> {
    this.#draining = true;
    // Held on to: leadership that comes back meanwhile starts anew, and its messages must not be stopped by this.
    const stop = this.#stop;
    const cancel = this.#clock.after(graceMs, () => stop.abort(new Error('shutting down')));
    const farewells = this.#farewells.drain();
    await this.#queue.drain(graceMs);
    await Promise.all([...this.#sends, farewells]);
    cancel();
    if (!this.#draining) return;
    await Promise.allSettled(this.#desks.withResults().map(async (key) => this.#reconcile(key)));
  }

  async #reconcile(key: Key): Promise<Again | void> {
    if (!this.#options.isLeader()) return;
    if (this.#options.reach() === undefined) return { after: unknownAgainMs };
    const desk = this.#desks.of(key, this.#options.task(key));
    if (desk === undefined) return;
    const outbox = await this.#bringUpToDate(key, desk).catch(undefinedIfGone);
    if (outbox === undefined) return;
    if (!this.#draining) for (const notice of outbox.send) this.#start(key, desk, notice);
    this.#desks.tidy(key, this.#options.task(key));
    if (outbox.lookAgainAt !== undefined)
      return { after: Math.max(1, outbox.lookAgainAt - this.#options.now()) };
  }

  /** Writes the next state of the outbox, if it differs; undefined if the task is another one meanwhile. */
  async #bringUpToDate(key: Key, desk: Desk): Promise<Outbox | undefined> {
    for (let tries = 1; ; tries += 1) {
      const results = new Map(desk.results);
      const { hash, now, random } = this.#options;
      const reach = this.#options.reach();
      if (reach === undefined) return undefined;
      const facts = { reach, hash, now: now(), random, results, underWay: desk.underWay };
      const outbox = advance(desk.task, facts);
      try {
        const condition = deliveredCondition(desk.task, outbox, facts);
        if (hasChanged(desk.task, outbox, condition))
          desk.task = await this.#write(key, desk.task, { outbox, condition });
        settled(desk, results.keys());
        return outbox;
      } catch (error) {
        if (!isConflict(error) || tries === writeTries) throw error;
      }
      const live = await this.#options.client.get<ApprovalTask>(approvalTasks, key);
      if (live.object.metadata.uid !== desk.task.metadata.uid) return undefined;
      desk.task = live.object;
    }
  }

  /** By server-side apply under a field manager of its own, on the state that was read. */
  async #write(
    key: Key,
    task: ApprovalTask,
    { outbox, condition }: { outbox: Outbox; condition: NewCondition | undefined },
  ): Promise<ApprovalTask> {
    const { client, isLeader, now } = this.#options;
    if (!isLeader()) throw new NotLeading();
    const { name, namespace, resourceVersion } = task.metadata;
    const body = {
      apiVersion,
      kind: approvalTaskKind,
      metadata: { name, namespace, resourceVersion },
      status: {
        notifications: outbox.records,
        ...(condition && { conditions: [transition(task.status?.conditions, condition, now())] }),
      },
    };
    const how = {
      subresource: 'status',
      type: 'apply',
      fieldManager: managers.notifier,
      force: true,
    } as const;
    const { object } = await client.patch<ApprovalTask>(approvalTasks, key, body, how);
    this.#report(task, condition);
    return object;
  }

  /** One Event when it begins to fail; the condition tells the rest. */
  #report(task: ApprovalTask, condition: NewCondition | undefined): void {
    if (condition?.status !== 'False' || storedDelivered(task)?.status === 'False') return;
    const { name, namespace = '', uid } = task.metadata;
    this.#options.recorder.event({
      regarding: { apiVersion, kind: approvalTaskKind, namespace, name, uid },
      type: 'Warning',
      reason: `Notification${condition.reason}`,
      action: 'Notify',
      note: condition.message,
    });
  }

  #start(key: Key, desk: Desk, notice: Notice): void {
    desk.underWay.add(notice.id);
    const current = (): ApprovalTask | undefined => this.#mayStillSend(key, desk);
    const send = this.#sendOne(key, desk, { notice, current }).finally(() => this.#sends.delete(send));
    this.#sends.add(send);
  }

  /** Each message is a write to the world, so leadership is checked again in front of it. */
  #mayStillSend(key: Key, desk: Desk): ApprovalTask | undefined {
    if (this.#draining || !this.#options.isLeader()) return undefined;
    return this.#desks.of(key, this.#options.task(key)) === desk ? desk.task : undefined;
  }

  async #sendOne(
    key: Key,
    desk: Desk,
    what: { notice: Notice; current: () => ApprovalTask | undefined },
  ): Promise<void> {
    const { notice, current } = what;
    const result = await this.#sender.send(notice, current, this.#stop.signal);
    // Without a result the record stays `attempting`: whoever looks next drops it or tries it.
    if (result === undefined) desk.underWay.delete(notice.id);
    else desk.results.set(notice.id, result);
    if (desk.underWay.size === desk.results.size) this.#queue.add(key);
    else this.#queue.addAfter(key, gatherResultsMs);
  }

  /** Ids, places and names of channels only: addresses and links never stand in logs. */
  #logFailure(...[task, notice, result]: Parameters<SenderOptions['onFailure']>): void {
    const { namespace, name, uid } = task.metadata;
    const { id, channel, target, kind, place } = notice;
    const about = { namespace, task: name, uid, notice: id, channel, target, kind, place };
    this.#options.log.warn(
      { ...about, why: result.why },
      result.kind === 'permanent' ? 'notice refused for good' : 'notice not sent yet',
    );
  }
}

/** Whoever deleted the task, while it was written or looked at again, wants no notice of it. */
function undefinedIfGone(error: unknown): undefined {
  if (!isNotFound(error)) throw error;
}
