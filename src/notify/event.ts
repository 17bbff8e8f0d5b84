import type { ApprovalTask } from '../api/approvaltask.ts';
import { limits } from '../api/limits.ts';
import { defined } from '../domain/defined.ts';
import type { MessageFacts } from './message.ts';
import { plainLine, plainLines } from './plaintext.ts';
import { responsesOf, type StoredResponse } from './recipients.ts';

/** One answer, for machines. */
export interface EventResponse {
  readonly person: string;
  readonly decision: 'approve' | 'reject';
  readonly comment: string;
  readonly via: string;
  readonly assurance: string;
  readonly step: number;
  /** RFC 3339. */
  readonly time: string;
}

/** What a notice says, for machines: the same facts, unformatted. Times are RFC 3339; absent means not there. */
export interface EventData {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly attempt: number;
  readonly step: number;
  readonly strategy: ApprovalTask['spec']['strategy'];
  readonly pipelineRun?: { readonly name: string; readonly uid: string };
  readonly customRun?: { readonly name: string; readonly uid: string };
  readonly pipelineTask?: string;
  readonly pipeline: string;
  readonly description: string;
  readonly context: readonly { readonly name: string; readonly value: string }[];
  readonly approvers: readonly string[];
  readonly groups: readonly string[];
  readonly requester: { readonly name: string; readonly certainty: 'stamped' | 'asserted' | 'unknown' };
  /** What an answer has to look like, and what a rejection leads to. */
  readonly commentRequired: ApprovalTask['spec']['commentRequired'];
  readonly onReject: ApprovalTask['spec']['onReject'];
  readonly startTime?: string;
  readonly deadline?: string;
  readonly completionTime?: string;
  readonly outcome?: string;
  /** Those of the present attempt, in order; for one answer, that one. */
  readonly responses: readonly EventResponse[];
  /** Where people see the request. Holds no secret. */
  readonly url?: string;
}

/** The facts of a notice. Texts of others are plain, as in a message. */
export function eventOf({ task, notice, url }: MessageFacts): EventData {
  const all = responsesOf(task);
  const { ordinal = 1, step = 1 } = notice;
  const told = notice.kind === 'responded' ? all.slice(ordinal - 1, ordinal) : all;
  return {
    namespace: task.metadata.namespace ?? '',
    name: task.metadata.name,
    uid: task.metadata.uid,
    attempt: task.status?.attempt ?? 1,
    step,
    ...runsOf(task),
    ...wordsOf(task),
    ...timesOf(task),
    responses: told.map(responseOf),
    ...(url !== undefined && { url }),
  };
}

function runsOf({ spec }: ApprovalTask): Pick<EventData, 'pipelineRun' | 'customRun' | 'pipelineTask'> {
  const { pipelineRun, customRunRef: run, pipelineTask } = spec;
  return {
    ...(pipelineRun && { pipelineRun }),
    ...(run && { customRun: { name: run.name, uid: run.uid } }),
    ...(pipelineTask !== '' && { pipelineTask: plainLine(pipelineTask, limits.name) }),
  };
}

type Words = 'strategy' | 'pipeline' | 'description' | 'context' | 'approvers' | 'groups' | 'requester';
type Terms = 'commentRequired' | 'onReject';

function wordsOf({ spec }: ApprovalTask): Pick<EventData, Words | Terms> {
  const entry = (text: string): string => plainLine(text, limits.entry);
  return {
    strategy: spec.strategy,
    pipeline: plainLine(spec.pipeline, limits.pipeline),
    description: plainLines(spec.description, limits.description),
    context: spec.context.map(({ name, value }) => ({
      name: plainLine(name, limits.contextName),
      value: plainLines(value, limits.contextValue),
    })),
    approvers: spec.approvers.map(entry),
    groups: spec.groups.map(entry),
    requester: { ...spec.requester, name: entry(spec.requester.name) },
    commentRequired: spec.commentRequired,
    onReject: spec.onReject,
  };
}

function responseOf({ person, comment, ...response }: StoredResponse): EventResponse {
  const { decision, via, assurance, step, time } = response;
  return {
    person: plainLine(person, limits.entry),
    decision,
    comment: plainLines(comment, limits.comment),
    via,
    assurance,
    step,
    time,
  };
}

type Times = 'startTime' | 'deadline' | 'completionTime' | 'outcome';

function timesOf({ status }: ApprovalTask): Pick<EventData, Times> {
  const { startTime, deadline, completionTime, outcome } = status ?? {};
  return defined({ startTime, deadline, completionTime, outcome });
}
