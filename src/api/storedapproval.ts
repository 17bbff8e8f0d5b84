import type { Approval, PastAttempt, Response, Terms } from '../domain/approval.ts';
import { deadlineAfter } from '../domain/deadline.ts';
import { defined } from '../domain/defined.ts';
import { parseGoDuration } from '../domain/duration.ts';
import type { ApprovalTask, ApprovalTaskSpec, ApprovalTaskStatus } from './approvaltask.ts';
import { instant, timestamp } from './time.ts';

type StoredResponse = NonNullable<ApprovalTaskStatus['responses']>[number];
type StoredAttempt = NonNullable<ApprovalTaskStatus['pastAttempts']>[number];

/** What was asked, as the domain reads it. A timeout that is no Go duration cannot come from us and counts as none. */
export function termsOf(spec: ApprovalTaskSpec): Terms {
  const { strategy, approvers, groups, commentRequired, retries, timeout } = spec;
  const timeoutMs = timeout === '' ? 0 : (parseGoDuration(timeout) ?? 0);
  return defined({
    strategy,
    approvers,
    groups,
    commentRequired,
    retries,
    timeoutMs: timeoutMs > 0 ? timeoutMs : undefined,
  });
}

/** The first state of a task: its clock starts when the API server made it. */
export function openApproval(task: ApprovalTask): Approval {
  const startTime = instant(task.metadata.creationTimestamp);
  const { timeoutMs } = termsOf(task.spec);
  return defined({
    attempt: 1,
    startTime,
    deadline: timeoutMs && deadlineAfter(startTime, timeoutMs),
    responses: [],
    pastAttempts: [],
    linkGeneration: 0,
  });
}

/** The domain's view of a stored status; undefined where none was written yet. */
export function approvalOf(status: ApprovalTaskStatus | undefined): Approval | undefined {
  if (status?.startTime === undefined) return undefined;
  const { outcome, message, attempt = 1, startTime, deadline, completionTime, linkGeneration = 0 } = status;
  const { responses = [], pastAttempts = [] } = status;
  return defined({
    outcome,
    because: outcome && message,
    attempt,
    startTime: instant(startTime),
    deadline: deadline && instant(deadline),
    completionTime: completionTime && instant(completionTime),
    responses: responses.map(readResponse),
    pastAttempts: pastAttempts.map(readAttempt),
    linkGeneration,
  }) as Approval;
}

/** The fields of a status that hold an approval: the inverse of `approvalOf`. */
export function storeApproval(approval: Approval): ApprovalTaskStatus {
  const { outcome, attempt, startTime, deadline, completionTime, responses, pastAttempts, linkGeneration } =
    approval;
  return defined({
    outcome,
    attempt,
    startTime: timestamp(startTime),
    deadline: deadline === undefined ? undefined : timestamp(deadline),
    completionTime: completionTime === undefined ? undefined : timestamp(completionTime),
    responses: responses.map(storeResponse),
    pastAttempts: pastAttempts.map(storeAttempt),
    linkGeneration,
  });
}

function readResponse(stored: StoredResponse): Response {
  return defined({
    ...stored,
    identity: { ...stored.identity, groups: [] },
    time: instant(stored.time),
  }) as Response;
}

function storeResponse(response: Response): StoredResponse {
  const { kind, issuer, subject } = response.identity;
  return { ...response, identity: { kind, issuer, subject }, time: timestamp(response.time) };
}

function readAttempt({ attempt, startTime, deadline, completionTime }: StoredAttempt): PastAttempt {
  return {
    attempt,
    startTime: instant(startTime),
    deadline: instant(deadline),
    completionTime: instant(completionTime),
  };
}

function storeAttempt({ attempt, startTime, deadline, completionTime }: PastAttempt): StoredAttempt {
  return {
    attempt,
    startTime: timestamp(startTime),
    deadline: timestamp(deadline),
    completionTime: timestamp(completionTime),
  };
}
