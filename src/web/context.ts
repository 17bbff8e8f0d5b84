import type { Logger } from 'pino';
import type { ApprovalDecision, ApprovalDecisionSpec } from '../api/approvaldecision.ts';
import type { ApprovalTask } from '../api/approvaltask.ts';
import type { Instant } from '../domain/approval.ts';
import type { Directory } from '../domain/directory.ts';
import type { Recipient } from '../domain/recipient.ts';
import type { KeyRing } from '../identity/keyring.ts';

/** `namespace/name`. */
export type Key = string;

/** An answer as it is created. */
export interface NewDecision {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly namespace: string; readonly name: string };
  readonly spec: ApprovalDecisionSpec;
}

/** A request that was answered, in words of which there are few. */
export interface Answered {
  readonly method: string;
  /** The pattern of its path; `none` where there is no such page. */
  readonly route: string;
  readonly status: number;
}

/** What the pages need from the rest of the operator. */
export interface WebDeps {
  readonly settings: {
    /** The one address under which people reach the pages, without a slash at its end; may have a path. */
    readonly baseUrl: string;
  };
  /** The signing keys; undefined while none could be read. */
  readonly keys: () => KeyRing | undefined;
  /** Who is who; undefined while that could not be read. */
  readonly directory: () => Directory | undefined;
  /** The cache of tasks. Absence in it proves nothing. */
  readonly tasks: {
    get(key: Key): ApprovalTask | undefined;
    byPipelineRun(namespace: string, pipelineRun: string): readonly ApprovalTask[];
  };
  /** The cache of answers, where verdicts appear. */
  readonly decisions: { get(key: Key): ApprovalDecision | undefined };
  /**
   * Creates an answer. `ending`: its namespace is being deleted and takes nothing new. Throws where it could not be found
   * out whether it was created.
   */
  readonly createDecision: (decision: NewDecision) => Promise<'created' | 'exists' | 'ending'>;
  /** Live reads; undefined where the API server says that there is none, throws where it does not say. */
  readonly readDecision: (key: Key) => Promise<ApprovalDecision | undefined>;
  readonly readTask: (key: Key) => Promise<ApprovalTask | undefined>;
  /** Mails that approver a fresh link. Nobody waits for it and nobody is told what became of it. */
  readonly mailLink: (task: ApprovalTask, recipient: Recipient) => Promise<void>;
  /** Sentences on channels that the request names and nobody configured. */
  readonly untold: (task: ApprovalTask) => readonly string[];
  /** When the PipelineRun's own time limit ends it, where that is known. */
  readonly pipelineEnd: (task: ApprovalTask) => Instant | undefined;
  /** The API server's clock. */
  readonly now: () => Instant;
  readonly random: (bytes: number) => Buffer;
  readonly log: Logger;
  /** Told of every request that was answered. */
  readonly onAnswered?: (answered: Answered) => void;
}
