import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import type { z } from 'zod';
import type { ApprovalDecision } from '../../src/api/approvaldecision.ts';
import { approvalTaskSpec, type ApprovalTask, type ApprovalTaskStatus } from '../../src/api/approvaltask.ts';
import { approvalOf, openApproval, storeApproval, termsOf } from '../../src/api/storedapproval.ts';
import { timestamp } from '../../src/api/time.ts';
import { submissionOf } from '../../src/controllers/submission.ts';
import { decide } from '../../src/domain/decide.ts';
import { nobodyKnown, type Directory } from '../../src/domain/directory.ts';
import type { Recipient } from '../../src/domain/recipient.ts';
import { openRules, start } from '../../src/domain/fixture.ts';
import { someRing } from '../../src/identity/fixture.ts';
import type { KeyRing } from '../../src/identity/keyring.ts';
import { linkFor } from '../../src/identity/url.ts';
import type { NewDecision, WebDeps } from '../../src/web/context.ts';

export const baseUrl = 'https://approvals.example';
export const ann = 'ann@example.com';
export const bob = 'bob@example.com';

/** The cluster as the pages see it, in memory. Answers are judged by the real rules. */
export class FakeCluster {
  now = start + 60_000;
  keys: KeyRing | undefined = someRing('k1');
  directory: Directory | undefined = nobodyKnown;
  readonly tasks = new Map<string, ApprovalTask>();
  readonly decisions = new Map<string, ApprovalDecision>();
  /** Objects that were created, the wrong ones too. */
  readonly created: NewDecision[] = [];
  readonly mails: ({ task: string } & Recipient)[] = [];
  readonly logLines: string[] = [];
  /** False: answers wait for a verdict. */
  judging = true;
  /** Thrown by every call to the API server while it is set. */
  outage: Error | undefined;
  /** Whether the namespace is being deleted and takes nothing new. */
  ending = false;
  #version = 100;

  /** A pending task of two people with an hour left; `name` also makes its uid. */
  addTask(
    spec: Partial<z.input<typeof approvalTaskSpec>> = {},
    status: ApprovalTaskStatus = {},
    name = 'release-approve',
  ): ApprovalTask {
    const task: ApprovalTask = {
      metadata: {
        name,
        namespace: 'shop',
        uid: `uid-of-${name}`,
        resourceVersion: this.#next(),
        creationTimestamp: timestamp(start),
      },
      spec: approvalTaskSpec.parse({
        customRunRef: { name, uid: 'run-uid' },
        pipelineRun: { name: 'release-7x9k2', uid: 'pr-uid' },
        pipelineTask: 'approve',
        pipeline: 'release',
        description: 'Release 2.4 to production',
        approvers: [ann, bob],
        timeout: '1h',
        digest: 'd'.repeat(64),
        ...spec,
      }),
    };
    const opened = storeApproval(openApproval(task));
    this.tasks.set(`shop/${name}`, { ...task, status: { status: 'pending', ...opened, ...status } });
    return this.task(name);
  }

  task(name = 'release-approve'): ApprovalTask {
    const task = this.tasks.get(`shop/${name}`);
    if (task === undefined) throw new Error(`no task ${name}`);
    return task;
  }

  patchStatus(status: ApprovalTaskStatus, name = 'release-approve'): void {
    const task = this.task(name);
    this.tasks.set(`shop/${name}`, { ...task, status: { ...task.status, ...status } });
  }

  /** Path of a person's own link, as a mail would carry it. */
  link(asked: string | Recipient = ann, task: ApprovalTask = this.task()): string {
    if (this.keys === undefined) throw new Error('no keys');
    const ttlMs = 7 * 86_400_000;
    const recipient = typeof asked === 'string' ? { entry: asked } : asked;
    const url = linkFor({ ring: this.keys, task, recipient, now: this.now, baseUrl, ttlMs });
    return url.slice(baseUrl.length);
  }

  deps(url: string = baseUrl): WebDeps {
    const live = async <T>(read: () => T): Promise<T> => {
      await Promise.resolve();
      if (this.outage !== undefined) throw this.outage;
      return read();
    };
    return {
      settings: { baseUrl: url },
      keys: () => this.keys,
      directory: () => this.directory,
      tasks: {
        get: (key) => this.tasks.get(key),
        byPipelineRun: (namespace, pipelineRun) =>
          [...this.tasks.values()].filter(
            ({ metadata, spec }) =>
              metadata.namespace === namespace && spec.pipelineRun?.name === pipelineRun,
          ),
      },
      decisions: { get: (key) => this.decisions.get(key) },
      createDecision: async (decision) => live(() => this.#create(decision)),
      readDecision: async (key) => live(() => this.decisions.get(key)),
      readTask: async (key) => live(() => this.tasks.get(key)),
      mailLink: async (task, recipient) => {
        await Promise.resolve();
        this.mails.push({ task: task.metadata.name, ...recipient });
      },
      pipelineEnd: () => undefined,
      untold: () => [],
      now: () => this.now,
      random: randomBytes,
      log: pino({ level: 'trace' }, { write: (line: string) => void this.logLines.push(line) }),
    };
  }

  #next(): string {
    this.#version += 1;
    return String(this.#version);
  }

  #create(decision: NewDecision): 'created' | 'exists' | 'ending' {
    if (this.ending) return 'ending';
    const { namespace, name } = decision.metadata;
    const key = `${namespace}/${name}`;
    if (this.decisions.has(key)) return 'exists';
    this.created.push(decision);
    const resourceVersion = this.#next();
    const metadata = {
      ...decision.metadata,
      uid: `decision-${resourceVersion}`,
      resourceVersion,
      creationTimestamp: timestamp(this.now),
    };
    this.decisions.set(key, { ...decision, metadata });
    if (this.judging) this.judge(decision.spec.taskRef.name);
    return 'created';
  }

  /** What the controller does: folds the waiting answers into the task and writes their verdicts. */
  judge(name = 'release-approve'): void {
    const task = this.task(name);
    const waiting = [...this.decisions].filter(
      ([, { spec, status }]) => spec.taskRef.name === name && status?.verdict === undefined,
    );
    const { approval, verdicts } = decide(
      {
        approval: approvalOf(task.status) ?? openApproval(task),
        terms: termsOf(task.spec),
        rules: openRules,
        requester: task.spec.requester,
        directory: this.directory ?? nobodyKnown,
        submissions: waiting.map(([, decision]) =>
          submissionOf(decision, task, {
            keys: this.keys,
            policy: undefined,
            directory: this.directory,
            since: start,
          }),
        ),
      },
      this.now,
    );
    const settled = approval.outcome !== undefined;
    this.patchStatus({ ...storeApproval(approval), status: settled ? 'completed' : 'pending' }, name);
    for (const [key, decision] of waiting) {
      const found = verdicts.find(({ uid }) => uid === decision.metadata.uid);
      if (found !== undefined) {
        const { uid: _uid, ...status } = found;
        this.decisions.set(key, { ...decision, status });
      }
    }
  }
}
