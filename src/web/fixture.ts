/** What tests of the pages stand on: a cluster in memory whose answers are judged by the real rules, and a browser. */
import { randomBytes } from 'node:crypto';
import { request, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import type { ApprovalDecision } from '../api/approvaldecision.ts';
import { approvalTaskSpec, type ApprovalTask, type ApprovalTaskStatus } from '../api/approvaltask.ts';
import { approvalOf, openApproval, storeApproval, termsOf } from '../api/storedapproval.ts';
import { timestamp } from '../api/time.ts';
import { submissionOf } from '../controllers/submission.ts';
import { decide } from '../domain/decide.ts';
import { openRules, start } from '../domain/fixture.ts';
import { someRing } from '../identity/fixture.ts';
import type { KeyRing } from '../identity/keyring.ts';
import { linkFor } from '../identity/url.ts';
import type { NewDecision, WebDeps } from './context.ts';
import { startWeb, stopWeb } from './server.ts';

export const baseUrl = 'https://approvals.example';
export const ann = 'ann@example.com';
export const bob = 'bob@example.com';

/** The cluster as the pages see it, without a network. */
export class FakeCluster {
  now = start + 60_000;
  keys: KeyRing | undefined = someRing('k1');
  readonly tasks = new Map<string, ApprovalTask>();
  readonly decisions = new Map<string, ApprovalDecision>();
  /** Objects that were created, the wrong ones too. */
  readonly created: NewDecision[] = [];
  readonly mails: { task: string; entry: string }[] = [];
  readonly logLines: string[] = [];
  /** False: answers wait for a verdict. */
  judging = true;
  /** Thrown by every call to the API server while it is set. */
  outage: Error | undefined;
  #version = 100;

  /** A pending task of two people with an hour left; `name` also makes its uid. */
  addTask(
    spec: Partial<Parameters<typeof approvalTaskSpec.parse>[0] & object> = {},
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
  link(entry: string = ann, task: ApprovalTask = this.task()): string {
    if (this.keys === undefined) throw new Error('no keys');
    const ttlMs = 7 * 86_400_000;
    const url = linkFor({ ring: this.keys, task, entry, now: this.now, baseUrl, ttlMs });
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
      mailLink: async (task, entry) => {
        await Promise.resolve();
        this.mails.push({ task: task.metadata.name, entry });
      },
      pipelineEnd: () => undefined,
      now: () => this.now,
      random: randomBytes,
      log: pino({ level: 'trace' }, { write: (line: string) => void this.logLines.push(line) }),
    };
  }

  #next(): string {
    this.#version += 1;
    return String(this.#version);
  }

  #create(decision: NewDecision): 'created' | 'exists' {
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
        submissions: waiting.map(([, decision]) =>
          submissionOf(decision, task, { keys: this.keys, policy: undefined, since: start }),
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

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Sent {
  readonly method?: string;
  /** `undefined` leaves out a header that would be sent. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
}

/** A running server and a browser without JavaScript, which keeps cookies and says where its requests come from. */
export class FakeBrowser {
  readonly cookies = new Map<string, string>();
  readonly #port: number;
  readonly #base: URL;

  constructor(port: number, base: string = baseUrl) {
    this.#port = port;
    this.#base = new URL(base);
  }

  async get(path: string, headers: Sent['headers'] = {}): Promise<Answered> {
    return this.send(path, { headers });
  }

  /** GET, then whatever the redirects lead to. */
  async open(path: string): Promise<Answered & { path: string }> {
    const answer = await this.get(path);
    const { location } = answer.headers;
    return location === undefined ? { ...answer, path } : this.open(location);
  }

  async post(path: string, fields: Record<string, string>, sent: Sent = {}): Promise<Answered> {
    const headers = {
      'Content-Type': 'application/x-www-form-urlencoded',
      'Sec-Fetch-Site': 'same-origin',
      Origin: this.#base.origin,
      ...sent.headers,
    };
    return this.send(path, {
      method: 'POST',
      body: new URLSearchParams(fields).toString(),
      ...sent,
      headers,
    });
  }

  /** Posts the form of a page with its hidden fields; `changes` replace or add fields. */
  async answer(page: Answered, changes: Record<string, string> = {}, sent: Sent = {}): Promise<Answered> {
    return this.post(actionOf(page), { ...hiddenFields(page), decision: 'approve', ...changes }, sent);
  }

  async send(path: string, { method = 'GET', headers = {}, body }: Sent): Promise<Answered> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const all = { Host: this.#base.host, ...(cookie !== '' && { Cookie: cookie }), ...headers };
    const set = Object.fromEntries(
      Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined),
    );
    return new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port: this.#port, path, method, headers: set, agent: false };
      const outgoing = request(options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          this.#keep(response.headers['set-cookie']);
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
        });
      });
      outgoing.once('error', reject);
      outgoing.end(body);
    });
  }

  #keep(lines: readonly string[] = []): void {
    for (const line of lines) {
      const [pair = ''] = line.split(';');
      const at = pair.indexOf('=');
      if (/;\s*Max-Age=0/u.test(line)) this.cookies.delete(pair.slice(0, at));
      else this.cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
  }
}

export function actionOf({ body }: Answered): string {
  const action = /<form\b[^>]*\baction="([^"]*)"/u.exec(body)?.[1];
  if (action === undefined) throw new Error('the page has no form');
  return action;
}

export function hiddenFields({ body }: Answered): Record<string, string> {
  const inputs = [...body.matchAll(/<input\b[^>]*type="hidden"[^>]*>/gu)].map(([tag]) => tag);
  const attribute = (tag: string, name: string): string =>
    new RegExp(`\\b${name}="([^"]*)"`, 'u').exec(tag)?.[1] ?? '';
  return Object.fromEntries(inputs.map((tag) => [attribute(tag, 'name'), attribute(tag, 'value')]));
}

/** The pages of a cluster on a free port, until `close`. */
export interface FakeSite {
  readonly cluster: FakeCluster;
  readonly server: Server;
  readonly port: number;
  browser(): FakeBrowser;
  close(): Promise<void>;
}

export async function startSite(cluster = new FakeCluster(), url: string = baseUrl): Promise<FakeSite> {
  const server = await startWeb({ deps: cluster.deps(url), host: '127.0.0.1', port: 0 });
  const { port } = server.address() as AddressInfo;
  return {
    cluster,
    server,
    port,
    browser: () => new FakeBrowser(port, url),
    close: async () => stopWeb(server),
  };
}
