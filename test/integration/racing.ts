import { fetch as fetchWith } from 'undici';
import { expect } from 'vitest';
import type { ApprovalDecision } from '../../src/api/approvaldecision.ts';
import type { ApprovalTask } from '../../src/api/approvaltask.ts';
import { verifyTask } from '../../src/api/audit.ts';
import { approvalDecisions } from '../../src/api/resources.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { sha256 } from '../builders/parameters.ts';
import { freePorts } from '../control-plane/ports.ts';
import type { Person } from '../control-plane/people.ts';
import { agentTo } from '../fakes/agent.ts';
import { FormClient } from '../fakes/form-client.ts';
import { taskRef, write } from './asking.ts';
import { Gate } from './gate.ts';
import { endOf } from './turns.ts';
import { until } from './until.ts';

/** Answers in the same instant, and whether all that was told about them is true. */

/** An answer of a person to a request, under this name. Resolves once it is stored; nobody has judged it then. */
export class Answers {
  readonly #gate: Gate;
  readonly #clients = new Map<Person, KubeClient>();

  constructor(gate: Gate) {
    this.#gate = gate;
  }

  async create(name: string, said: Said): Promise<ApprovalDecision> {
    const { by, to, decision = 'approve' } = said;
    const client = this.#clients.get(by) ?? this.#gate.as(by);
    this.#clients.set(by, client);
    return write(
      client,
      { namespace: this.#gate.namespace, name },
      {
        taskRef: taskRef(to),
        decision,
        comment: `${by} says ${decision}`,
        via: 'kubernetes',
        actor: { kind: 'kubernetes', username: by },
      },
    );
  }

  async to({ metadata }: Pick<ApprovalTask, 'metadata'>): Promise<ApprovalDecision[]> {
    const all = await this.#gate.all<ApprovalDecision & KubeObject>(approvalDecisions);
    return all.filter(({ spec }) => spec.taskRef.uid === metadata.uid);
  }

  /** All answers to a request, once each was told what became of it. */
  async judged(task: ApprovalTask, limitMs?: number): Promise<ApprovalDecision[]> {
    return until(
      `every answer to ${task.metadata.name} to be judged`,
      async () => {
        const answers = await this.to(task);
        return answers.every(({ status }) => status?.verdict !== undefined) && answers;
      },
      limitMs,
    );
  }
}

interface Said {
  readonly by: Person;
  readonly to: ApprovalTask;
  readonly decision?: 'approve' | 'reject';
}

/** Another replica of the same gate, in this process: a follower, or with a Lease of its own a second leader. */
export async function startReplica(gate: Gate, settings: Record<string, string> = {}): Promise<Gate> {
  const [web, probes, metrics] = await freePorts(3);
  const ports = { WEB_PORT: String(web), PROBES_PORT: String(probes), METRICS_PORT: String(metrics) };
  const { namespace, admin, mail } = gate;
  const replica = new Gate({ namespace, admin, mail, settings: { ...gate.settings, ...ports, ...settings } });
  await replica.startOperator();
  return replica;
}

/** A browser of a new person, whose requests all go to that replica, whatever address they name. */
export function browserTo(replica: Gate): FormClient {
  const dispatcher = agentTo(Number(replica.settings['WEB_PORT']));
  return new FormClient(async (url, init) => fetchWith(url, { ...init, dispatcher }));
}

/** What became of the answers to a request: code or verdict of each, sorted. */
export const verdictsOf = (answers: readonly ApprovalDecision[]): string[] =>
  answers.map(({ status }) => status?.code ?? status?.verdict ?? 'none').toSorted();

const ends: Readonly<Record<string, string>> = { approved: 'True Approved', rejected: 'True Rejected' };

/**
 * That a settled request, its run and its answers tell one story: what counted is on record once, what is on record was
 * told counted, the run ended accordingly and published the same digest, and the record fits.
 */
export async function expectOneStory(gate: Gate, task: ApprovalTask): Promise<ApprovalDecision[]> {
  const run = await gate.customRun(task.metadata.name);
  const settled = await gate.task(task.metadata.name, ({ status }) => status?.outcome !== undefined);
  const answers = await new Answers(gate).judged(settled);
  const { outcome = '', responses = [] } = settled.status ?? {};
  expect(endOf(run)).toBe(ends[outcome]);
  const counted = answers.filter(({ status }) => status?.verdict === 'counted');
  const recorded = new Set(responses.map(({ decisionUid }) => decisionUid));
  expect(counted.filter(({ metadata }) => !recorded.has(metadata.uid))).toEqual([]);
  expect(recorded.size).toBe(responses.length);
  expect(responses.at(-1)?.decision).toBe(outcome === 'approved' ? 'approve' : 'reject');
  expect(verifyTask({ task: settled, run }, sha256)).toMatchObject({ ok: true, published: ['CustomRun'] });
  return answers;
}
