import type { ApprovalDecision } from '../api/approvaldecision.ts';
import type { ApprovalTask } from '../api/approvaltask.ts';
import { cut } from '../api/cut.ts';
import { limits } from '../api/limits.ts';
import { apiVersion, approvalTaskKind, eventReasons, reasons } from '../api/names.ts';
import { customRuns, pipelineRuns } from '../api/resources.ts';
import { isDone, taskUidOf } from '../api/runstatus.ts';
import type { CustomRun, CustomRunStatus } from '../api/tekton.ts';
import type { Via } from '../domain/approval.ts';
import type { Verdict } from '../domain/refusal.ts';
import { apiVersionOf } from '../kube/object.ts';
import type { RecordedEvent, Recorder } from '../kube/recorder.ts';
import { pipelineRunOwner } from './owner.ts';

/**
 * The trail of a request for people: one Event for each fact on each of its objects, because people look at any of them
 * (docs/spec/audit.md lists them). What a write implies is said here and nowhere else. Each fact belongs to the one
 * write that makes it so, so a restart does not tell it again.
 */
export type Fact = Pick<RecordedEvent, 'type' | 'reason' | 'action' | 'note'>;

type Reference = RecordedEvent['regarding'];

/** The objects of one request; a run by hand has no PipelineRun, a request by hand no run. */
export interface Subjects {
  readonly run?: Reference;
  readonly pipelineRun?: Reference;
  readonly task?: Reference;
}

/** Tells a fact on each object. On the PipelineRun, which may have many steps, it names the run. */
export function tell(
  { recorder }: { readonly recorder: Pick<Recorder, 'event'> },
  subjects: Subjects,
  fact: Fact,
): void {
  const { run, pipelineRun, task } = subjects;
  if (run !== undefined) recorder.event({ ...fact, regarding: run }, bounded);
  if (pipelineRun !== undefined && run !== undefined) {
    const note = `${run.name}: ${fact.note}`;
    recorder.event({ ...fact, regarding: pipelineRun, related: run, note }, bounded);
  }
  if (task !== undefined) recorder.event({ ...fact, regarding: task }, bounded);
}

/** As many as there are answers, attempts and an end; refusals have bounds of their own (src/controllers/refusaltrail.ts). */
const bounded = { isBounded: true };

export function subjectsOfRun(run: CustomRun, status: CustomRunStatus): Subjects {
  const { namespace = '', name, uid } = run.metadata;
  const owner = pipelineRunOwner(run);
  const taskUid = taskUidOf({ ...run, status: { ...run.status, ...status } });
  return {
    run: { apiVersion: run.apiVersion ?? apiVersionOf(customRuns), kind: 'CustomRun', namespace, name, uid },
    ...(owner !== undefined && {
      pipelineRun: {
        apiVersion: owner.apiVersion,
        kind: owner.kind,
        namespace,
        name: owner.name,
        uid: owner.uid,
      },
    }),
    ...(taskUid !== undefined && {
      task: { apiVersion, kind: approvalTaskKind, namespace, name, uid: taskUid },
    }),
  };
}

export function subjectsOfTask({ metadata, spec }: ApprovalTask): Subjects {
  const { namespace = '', name, uid } = metadata;
  const { customRunRef, pipelineRun } = spec;
  return {
    ...(customRunRef !== undefined && {
      run: {
        apiVersion: apiVersionOf(customRuns),
        kind: 'CustomRun',
        namespace,
        name: customRunRef.name,
        uid: customRunRef.uid,
      },
    }),
    ...(pipelineRun !== undefined && {
      pipelineRun: { apiVersion: apiVersionOf(pipelineRuns), kind: 'PipelineRun', namespace, ...pipelineRun },
    }),
    task: { apiVersion, kind: approvalTaskKind, namespace, name, uid },
  };
}

/**
 * What a status write of a run comes to for people: they are asked, are asked anew, or it ended without a request. How a
 * request ended is told of its task. `before` is the run without what was written.
 */
export function factOfRun(before: CustomRun, written: CustomRunStatus): Fact | undefined {
  const turn = turnOf(before, written);
  const condition = written.conditions?.[0];
  if (turn === undefined || condition === undefined) return undefined;
  const { reason = '', message: note = '' } = condition;
  switch (turn) {
    case 'ends':
      return { type: 'Warning', reason, action: 'Settle', note };
    case 'asks':
      return { type: 'Normal', reason, action: 'Ask', note };
    case 'asksAnew':
      return { type: 'Normal', reason, action: 'Ask', note: `${lastAttempt(written)} Asked anew. ${note}` };
  }
}

function turnOf(before: CustomRun, written: CustomRunStatus): 'asks' | 'asksAnew' | 'ends' | undefined {
  if (isDone(before)) return undefined;
  const isEnd = isDone({ status: written });
  if (written.extraFields === undefined) return isEnd ? 'ends' : undefined;
  if (isEnd) return undefined;
  if (taskUidOf(before) === undefined) return 'asks';
  return attemptsOf(written) > attemptsOf(before.status) ? 'asksAnew' : undefined;
}

const attemptsOf = (status: CustomRunStatus = {}): number => status.retriesStatus?.length ?? 0;

function lastAttempt({ retriesStatus }: CustomRunStatus): string {
  return retriesStatus?.at(-1)?.conditions?.[0]?.message ?? '';
}

/** What a status write of a task comes to: answers that were counted and did not settle it, and a question without a run. */
export function factsOfTask(before: ApprovalTask, after: ApprovalTask): readonly Fact[] {
  const { status = {} } = after;
  const known = before.status?.responses?.length ?? 0;
  const added = status.responses?.slice(known) ?? [];
  const answers = isAnswered(after) ? added.slice(0, -1) : added;
  return [
    ...(isAskedByHand(before, after)
      ? [{ type: 'Normal', reason: reasons.waiting, action: 'Ask', note: status.message ?? '' } as const]
      : []),
    ...answers.map(({ person, decision, via }): Fact => {
      const did = decision === 'approve' ? 'approved' : 'rejected';
      const note = `${visible(person)} ${did}, through ${ways[via]}.`;
      return { type: 'Normal', reason: eventReasons.answered, action: 'Count', note };
    }),
  ];
}

/** How a request ended; an answer that settled it is told in the same breath. */
export function factOfEnd(task: ApprovalTask): Fact {
  const { outcome, reason = '', message = '', responses = [] } = task.status ?? {};
  const last = isAnswered(task) ? responses.at(-1) : undefined;
  const by =
    last === undefined ? '' : ` The answer of ${visible(last.person)} came through ${ways[last.via]}.`;
  return {
    type: outcome === 'approved' ? 'Normal' : 'Warning',
    reason,
    action: 'Settle',
    note: message + by,
  };
}

/** That an answer was not counted. Whose name it bears may be all that is known of its author. */
export function factOfRefusal(
  { spec }: ApprovalDecision,
  verdict: Extract<Verdict, { verdict: 'refused' }>,
): Fact {
  const name = visible(spec.actor.username);
  const note = `An answer in the name of ${name}, through ${ways[spec.via]}, was refused (${verdict.code}): ${verdict.message}`;
  return { type: 'Warning', reason: eventReasons.refused, action: 'Refuse', note };
}

function isAskedByHand({ status: before }: ApprovalTask, { spec, status }: ApprovalTask): boolean {
  const isFirst = before?.attempt !== status?.attempt;
  return spec.customRunRef === undefined && status?.outcome === undefined && isFirst;
}

function isAnswered({ status }: ApprovalTask): boolean {
  return status?.outcome === 'approved' || status?.outcome === 'rejected';
}

const ways: Readonly<Record<Via, string>> = {
  kubernetes: 'Kubernetes',
  link: 'a mailed link',
  web: 'the web pages',
  slack: 'Slack',
  api: 'the API',
};

/** A name as it may stand in a terminal: no control character of it reaches one. */
function visible(name: string): string {
  return cut(name.replaceAll(/\p{C}/gu, '\ufffd'), limits.entry);
}
