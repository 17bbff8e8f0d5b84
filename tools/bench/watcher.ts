import { pino } from 'pino';
import type { ApprovalTask } from '../../src/api/approvaltask.ts';
import { reasons } from '../../src/api/names.ts';
import { isDone } from '../../src/api/runstatus.ts';
import type { CustomRun } from '../../src/api/tekton.ts';
import { approvalTasks, customRuns } from '../../src/api/resources.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import type { KubeObject, ResourceType } from '../../src/kube/object.ts';
import { Reflector } from '../../src/kube/reflector.ts';

/** What is waited for. Each is seen once per run. */
type Moment = 'shown' | 'pending' | 'mailed' | 'done';

const limitMs = 300_000;

/** Follows the runs and tasks of one namespace as a client would, and tells when something was first seen. */
export class Watcher {
  readonly #seen = new Map<string, number>();
  readonly #waiting = new Map<string, () => void>();
  readonly #runs: Reflector<CustomRun>;
  readonly #tasks: Reflector<ApprovalTask>;
  readonly #namespace: string;

  constructor(client: KubeClient, namespace: string) {
    this.#namespace = namespace;
    const follow = <T extends KubeObject>(type: ResourceType, look: (object: T) => void): Reflector<T> => {
      const log = pino({ level: 'silent' });
      const reflector = new Reflector<T>({ client, type, namespaces: [namespace], log });
      reflector.onChange(({ object }) => look(object));
      reflector.start();
      return reflector;
    };
    this.#runs = follow<CustomRun>(customRuns, (run) => this.#lookAtRun(run));
    this.#tasks = follow<ApprovalTask>(approvalTasks, (task) => this.#lookAtTask(task));
  }

  async ready(): Promise<void> {
    await Promise.all([this.#runs.whenSynced(), this.#tasks.whenSynced()]);
  }

  /** When people could first answer: the task is pending, and the run's condition shows where. */
  async decidable(name: string): Promise<number> {
    return Math.max(...(await Promise.all([this.#first(name, 'shown'), this.#first(name, 'pending')])));
  }

  /** When it was recorded that the mail is sent: nobody answers by a link before. */
  async mailed(name: string): Promise<number> {
    return this.#first(name, 'mailed');
  }

  async done(name: string): Promise<number> {
    return this.#first(name, 'done');
  }

  run(name: string): CustomRun | undefined {
    return this.#runs.get(`${this.#namespace}/${name}`);
  }

  task(name: string): ApprovalTask | undefined {
    return this.#tasks.get(`${this.#namespace}/${name}`);
  }

  async stop(): Promise<void> {
    await Promise.all([this.#runs.stop(), this.#tasks.stop()]);
  }

  #lookAtRun(run: CustomRun): void {
    const [condition] = run.status?.conditions ?? [];
    if (isDone(run)) this.#note(run.metadata.name, 'done');
    else if (condition?.reason === reasons.waiting && /https?:/.test(condition.message ?? ''))
      this.#note(run.metadata.name, 'shown');
  }

  #lookAtTask({ metadata, status }: ApprovalTask): void {
    if (status?.status === 'pending' && status.approvalUrl) this.#note(metadata.name, 'pending');
    const { notifications = [] } = status ?? {};
    if (notifications.some(({ state }) => state === 'sent')) this.#note(metadata.name, 'mailed');
  }

  #note(name: string, moment: Moment): void {
    const id = `${moment} ${name}`;
    if (this.#seen.has(id)) return;
    this.#seen.set(id, performance.now());
    this.#waiting.get(id)?.();
    this.#waiting.delete(id);
  }

  async #first(name: string, moment: Moment): Promise<number> {
    const id = `${moment} ${name}`;
    if (!this.#seen.has(id)) await this.#until(id);
    return this.#seen.get(id) ?? Number.NaN;
  }

  async #until(id: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const late = new Error(`waited ${String(limitMs / 1000)} s in vain: ${id} in ${this.#namespace}`);
      const timer = setTimeout(() => reject(late), limitMs);
      this.#waiting.set(id, () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
