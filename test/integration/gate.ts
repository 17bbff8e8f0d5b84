import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { pino } from 'pino';
import { inject } from 'vitest';
import type { ApprovalDecision } from '../../src/api/approvaldecision.ts';
import type { ApprovalTask } from '../../src/api/approvaltask.ts';
import type { CustomRun } from '../../src/api/tekton.ts';
import { readConfig } from '../../src/config.ts';
import { apiVersion } from '../../src/api/names.ts';
import * as resources from '../../src/api/resources.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { isNotFound } from '../../src/kube/error.ts';
import type { KubeObject, ResourceType } from '../../src/kube/object.ts';
import { startOperator, type Operator } from '../../src/operator/operator.ts';
import { taskRuns } from '../builders/resources.ts';
import type { Person } from '../control-plane/people.ts';
import { Api } from '../control-plane/api.ts';
import { createNamespace } from '../control-plane/namespace.ts';
import { letOperatorLive, operatorAccount, roleBindings } from '../control-plane/operator-home.ts';
import { freePorts } from '../control-plane/ports.ts';
import { kubeconfigForServiceAccount } from '../control-plane/service-account.ts';
import { isAbout, linkIn } from '../fakes/mailed-link.ts';
import { startMailbox, type Mailbox, type MailboxOptions } from '../fakes/smtp-server.ts';
import { until } from './until.ts';
import { scratchFolder } from '../scratch.ts';

/** Tekton's objects as the assertions read them. */
export interface PipelineRunObject extends KubeObject {
  status?: {
    conditions?: { type: string; status: string; reason: string; message: string }[];
    skippedTasks?: { name: string; reason: string }[];
    childReferences?: { kind: string; name: string; pipelineTaskName: string }[];
    results?: { name: string; value: unknown }[];
  };
}

export interface TaskRunObject extends KubeObject {
  spec: { params?: { name: string; value: unknown }[] };
  status?: { conditions?: { type: string; status: string; reason: string }[] };
}

export interface GateOptions {
  /** Settings by environment name, without the prefix TEKTON_APPROVALS_. */
  readonly settings?: Record<string, string>;
  /** Whether the namespace serves runs without a PipelineRun. */
  readonly standalone?: boolean;
  /** How its mail server behaves. */
  readonly mail?: MailboxOptions;
  /** Where the operator runs: in this process, or in processes that the test starts itself. */
  readonly operator?: 'here' | 'elsewhere';
}

/**
 * A namespace of its own on the real control plane with an operator that serves only it, under a token of the shipped
 * ServiceAccount, and a real SMTP server that takes its mail.
 */
export class Gate {
  readonly namespace: string;
  readonly admin: KubeClient;
  readonly mail: Mailbox;
  readonly settings: Record<string, string>;
  /** All that the operator has logged, line by line. */
  readonly log: string[] = [];
  #operator: Operator | undefined;
  #clients: KubeClient[] = [];

  constructor(parts: {
    namespace: string;
    admin: KubeClient;
    mail: Mailbox;
    settings: Record<string, string>;
  }) {
    this.namespace = parts.namespace;
    this.admin = parts.admin;
    this.mail = parts.mail;
    this.settings = parts.settings;
  }

  get baseUrl(): string {
    return this.settings['BASE_URL'] ?? '';
  }

  async startOperator(): Promise<void> {
    const environment = Object.fromEntries(
      Object.entries(this.settings).map(([name, value]) => [`TEKTON_APPROVALS_${name}`, value]),
    );
    const configured = readConfig(environment);
    if (!configured.ok) throw new Error(JSON.stringify(configured.problems));
    this.#operator = await startOperator(
      configured.config,
      pino({ level: 'debug' }, { write: (line: string) => void this.log.push(line) }),
    );
    await until('the operator is ready', async () => {
      const answer = await fetch(`http://127.0.0.1:${this.settings['PROBES_PORT'] ?? ''}/readyz`).catch(
        () => undefined,
      );
      return answer?.status === 200;
    });
  }

  async stopOperator(): Promise<void> {
    await this.#operator?.stop();
    this.#operator = undefined;
  }

  async close(): Promise<void> {
    await this.stopOperator();
    await this.mail.close();
    await this.admin.delete(resources.namespaces, this.namespace);
    await Promise.all([this.admin, ...this.#clients].map(async (client) => client.close()));
  }

  /** A client that is this person to the API server. */
  as(person: Person): KubeClient {
    const client = KubeClient.load(inject('controlPlane').users[person]);
    this.#clients.push(client);
    return client;
  }

  async create<T extends KubeObject>(
    type: ResourceType,
    object: { metadata: { name: string }; [field: string]: unknown },
  ): Promise<T> {
    const placed = { ...object, metadata: { ...object.metadata, namespace: this.namespace } };
    return (await this.admin.create<T>(type, placed)).object;
  }

  key(name: string): string {
    return `${this.namespace}/${name}`;
  }

  async read<T extends KubeObject>(type: ResourceType, name: string): Promise<T | undefined> {
    try {
      return (await this.admin.get<T>(type, this.key(name))).object;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async all<T extends KubeObject>(type: ResourceType): Promise<T[]> {
    return (await this.admin.listAll<T>(type, { namespace: this.namespace })).items;
  }

  async task(
    name: string,
    ready: (task: ApprovalTask) => boolean = (task) => task.status?.status !== undefined,
  ): Promise<ApprovalTask> {
    return until(`ApprovalTask ${name}`, async () => {
      const task = await this.read<ApprovalTask & KubeObject>(resources.approvalTasks, name);
      return task !== undefined && ready(task) ? task : undefined;
    });
  }

  async customRun(name: string, ready: (run: CustomRun) => boolean = isEnded): Promise<CustomRun> {
    return until(`CustomRun ${name}`, async () => {
      const run = await this.read<CustomRun & KubeObject>(resources.customRuns, name);
      return run !== undefined && ready(run) ? run : undefined;
    });
  }

  async pipelineRun(
    name: string,
    ready: (run: PipelineRunObject) => boolean = isEnded,
  ): Promise<PipelineRunObject> {
    return until(`PipelineRun ${name}`, async () => {
      const run = await this.read<PipelineRunObject>(resources.pipelineRuns, name);
      return run !== undefined && ready(run) ? run : undefined;
    });
  }

  async taskRuns(): Promise<TaskRunObject[]> {
    return this.all<TaskRunObject>(taskRuns);
  }

  /** Lets these people, or groups, answer requests of this namespace: the shipped approver role. */
  async allow(name: string, subjects: { kind: 'User' | 'Group'; name: string }[]): Promise<void> {
    await this.create(roleBindings, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name },
      roleRef: {
        apiGroup: 'rbac.authorization.k8s.io',
        kind: 'ClusterRole',
        name: 'tekton-approvals-approver',
      },
      subjects: subjects.map((subject) => ({ apiGroup: 'rbac.authorization.k8s.io', ...subject })),
    });
  }

  /** Answers as that person through the Kubernetes API and waits for the verdict. */
  async answer(
    person: Person,
    task: ApprovalTask,
    answer: { decision: 'approve' | 'reject'; comment?: string; groups?: string[] },
  ): Promise<ApprovalDecision> {
    const name = `answer-${randomBytes(4).toString('hex')}`;
    await this.as(person).create(resources.approvalDecisions, {
      apiVersion,
      kind: 'ApprovalDecision',
      metadata: { name, namespace: this.namespace },
      spec: {
        taskRef: { name: task.metadata.name, uid: task.metadata.uid },
        decision: answer.decision,
        comment: answer.comment ?? '',
        via: 'kubernetes',
        actor: { kind: 'kubernetes', username: person, groups: answer.groups ?? [] },
      },
    });
    return this.verdict(name);
  }

  /** The link that was mailed to that address for that task. */
  async mailedLink(address: string, { metadata }: ApprovalTask): Promise<string> {
    const run = metadata.labels?.['tekton.dev/pipelineRun'] ?? metadata.name;
    return linkIn(await this.mail.waitFor((mail) => mail.to.includes(address) && isAbout(mail, run)));
  }

  async verdict(name: string): Promise<ApprovalDecision> {
    return until(`the verdict on ${name}`, async () => {
      const decision = await this.read<ApprovalDecision & KubeObject>(resources.approvalDecisions, name);
      return decision?.status?.verdict === undefined ? undefined : decision;
    });
  }
}

function isEnded(run: { status?: { conditions?: { type: string; status: string }[] } }): boolean {
  const succeeded = run.status?.conditions?.find((condition) => condition.type === 'Succeeded');
  return succeeded !== undefined && succeeded.status !== 'Unknown';
}

/** Opens a gate; close it when done. */
export async function openGate(options: GateOptions = {}): Promise<Gate> {
  const { kubeconfig } = inject('controlPlane');
  const admin = KubeClient.load(kubeconfig);
  const namespace = `gate-${randomBytes(4).toString('hex')}`;
  const labels = options.standalone === true ? { 'tekton-approvals/standalone': 'true' } : {};
  const api = new Api(kubeconfig);
  await createNamespace(api, namespace, labels).finally(() => api.close());
  await letOperatorLive(admin, namespace);
  const mail = await startMailbox(options.mail);
  const file = join(scratchFolder('gate-'), 'kubeconfig');
  const [webPort, probesPort, metricsPort] = await freePorts(3);
  const gate = new Gate({
    namespace,
    admin,
    mail,
    settings: {
      KUBECONFIG: await kubeconfigForServiceAccount(kubeconfig, operatorAccount, file),
      NAMESPACES: namespace,
      INSTALL_NAMESPACE: namespace,
      BASE_URL: `http://localhost:${String(webPort)}`,
      WEB_HOST: '127.0.0.1',
      WEB_PORT: String(webPort),
      PROBES_HOST: '127.0.0.1',
      PROBES_PORT: String(probesPort),
      METRICS_HOST: '127.0.0.1',
      METRICS_PORT: String(metricsPort),
      MAIL_HOST: '127.0.0.1',
      MAIL_PORT: String(mail.port),
      MAIL_TLS: 'off',
      MAIL_FROM: 'approvals@example.com',
      ...options.settings,
    },
  });
  if (options.operator !== 'elsewhere') await gate.startOperator();
  return gate;
}
