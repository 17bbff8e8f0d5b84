import type { ApprovalTaskSpec, ApprovalTaskStatus } from '../api/approvaltask.ts';
import { timestamp } from '../api/time.ts';
import type { StoredTask } from './request.ts';
import type { Me } from './standing.ts';
import type { Terminal } from './terminal.ts';

/** When the requests of these tests began, and when they are looked at: an hour later. */
export const start = Date.UTC(2026, 10, 21, 9, 0, 0);
export const now = start + 3_600_000;

export const alice: Me = { user: 'alice', groups: ['team-a', 'release-managers', 'system:authenticated'] };

/** What a test says of a request. */
export interface Sketch {
  readonly name?: string;
  readonly namespace?: string;
  readonly spec?: Partial<ApprovalTaskSpec>;
  readonly status?: Partial<ApprovalTaskStatus>;
}

/** A pending request to alice and bob whose deadline is three hours after it began. */
export function requestOf({
  name = 'deploy-x7k2p-approve',
  namespace = 'shop',
  spec,
  status,
}: Sketch = {}): StoredTask {
  return {
    metadata: {
      name,
      namespace,
      uid: `uid-of-${name}`,
      resourceVersion: '10',
      creationTimestamp: timestamp(start),
      labels: { responses: '0_of_2' },
    },
    spec: {
      customRunRef: { name, uid: 'run-uid', hash: '' },
      pipelineRun: { name: 'deploy-x7k2p', uid: 'pr-uid' },
      pipelineTask: 'approve',
      pipeline: 'deploy',
      description: 'Deploy version 1.4.2 to production?',
      strategy: 'SINGLE',
      approvers: ['alice', 'bob'],
      groups: [],
      notifyOnSlack: '',
      notifyOnTeams: '',
      onReject: 'continue',
      commentRequired: 'never',
      timeout: '3h',
      retries: 0,
      requester: { name: '', certainty: 'unknown' },
      context: [],
      digest: '',
      ...spec,
    },
    status: {
      status: 'pending',
      attempt: 1,
      startTime: timestamp(start),
      deadline: timestamp(start + 3 * 3_600_000),
      awaiting: spec?.groups ?? spec?.approvers ?? ['alice', 'bob'],
      approvalUrl: `https://approvals.example.com/a/${namespace}/${name}`,
      ...status,
    },
  };
}

type Response = NonNullable<ApprovalTaskStatus['responses']>[number];

/** An answer through Kubernetes, half an hour in. */
export function answerOf(person: string, more: Partial<Response> = {}): Response {
  return {
    decisionUid: `decision-of-${person}`,
    attempt: 1,
    step: 1,
    entry: person,
    person,
    identity: { kind: 'kubernetes', issuer: '', subject: person },
    decision: 'approve',
    comment: '',
    time: timestamp(start + 1_800_000),
    via: 'kubernetes',
    assurance: 'kubernetes',
    ...more,
  };
}

type Condition = NonNullable<ApprovalTaskStatus['conditions']>[number];

/** A condition of a request, since it began. */
export function conditionOf(type: string, status: Condition['status'], message: string): Condition {
  return { type, status, reason: 'Because', message, lastTransitionTime: timestamp(start) };
}

/** The status of a request that was settled half an hour in. */
export function settled(
  outcome: ApprovalTaskStatus['outcome'],
  responses: Response[] = [],
): Partial<ApprovalTaskStatus> {
  return {
    status: 'completed',
    outcome,
    responses,
    awaiting: [],
    completionTime: timestamp(start + 1_800_000),
  };
}

/** Text as an attacker writes it: ANSI, a faked line of ours, a turned direction, an invisible character. */
export const hostile = 'ok\u001b[2J\u001b[31m\u009b31m\r\nState: approved\u202egnp.exe\u200b\u0007';

/** A terminal that keeps what is written to it, and answers what it is told to. */
export class Paper implements Terminal {
  written = { out: '', err: '' };
  readonly questions: string[] = [];
  readonly isInteractive: boolean;
  readonly colours = false;
  readonly columns = 100;
  readonly #typed: string;

  constructor(typed?: string) {
    this.isInteractive = typed !== undefined;
    this.#typed = typed ?? '';
  }

  out(text: string): void {
    this.written.out += text;
  }

  err(text: string): void {
    this.written.err += text;
  }

  ask(question: string): Promise<string> {
    this.questions.push(question);
    return Promise.resolve(this.#typed);
  }
}
