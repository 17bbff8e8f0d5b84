import type { ApprovalTask } from '../api/approvaltask.ts';
import { limits } from '../api/limits.ts';
import { factsHeading, pastFactsHeading } from './headings.ts';
import { isGone } from './gone.ts';
import type { Notice, NoticeKind } from './notice.ts';
import { plainLine } from './plaintext.ts';
import { firstOfFourEyes, responsesOf } from './recipients.ts';

/** What bears on the sentences of a message. */
interface Worded {
  readonly task: ApprovalTask;
  readonly notice: Pick<Notice, 'kind' | 'target' | 'isRequester'>;
}

/** Whether a message of this kind asks for an answer; the others tell what became of it. */
export function isAsking(kind: NoticeKind): boolean {
  return kind === 'requested' || kind === 'secondStepRequested' || kind === 'reminder';
}

/** What the first message of a thread begins with. */
export const askingTitle = 'Approval needed';

/** What introduces the facts: after the end nothing waits any more. */
export function factsHeadingOf({ kind }: { readonly kind: NoticeKind }): string {
  return isAsking(kind) ? factsHeading : pastFactsHeading;
}

/** The few words that a message begins with. */
export function titleOf({ task, notice }: Worded): string {
  return {
    requested: askingTitle,
    secondStepRequested: 'Second approval needed',
    reminder: 'Reminder: approval needed',
    responded: 'Answered',
    decided: isApproved(task) ? 'Approved' : 'Rejected',
    timedOut: isAnswered(task) ? 'Not decided in time' : 'No answer in time',
    cancelled: 'No longer needed',
  }[notice.kind];
}

/** What happened, as one sentence. */
export function leadOf({ task, notice }: Worded): string {
  const { run, step } = placeOf(task);
  const second = firstOfFourEyes(task) === undefined ? 'an answer' : 'the answer of a second person';
  const asks =
    step === '' ? `is waiting for ${second}` : `has come to its task ${step} and is waiting for ${second}`;
  const there = step === '' ? '' : ` at its task ${step}`;
  const did = {
    requested: asks,
    secondStepRequested: asks,
    reminder: `is still waiting for ${second}${there}`,
    responded: `got an answer${there}`,
    decided: `was ${isApproved(task) ? 'approved' : 'rejected'}${there}`,
    timedOut: `was not ${isAnswered(task) ? 'decided' : 'answered'} in time${there}`,
    cancelled: `no longer waits for an answer${there}: ${whyCancelled(task)}`,
  }[notice.kind];
  return `${run} ${did}.`;
}

function whyCancelled(task: ApprovalTask): string {
  if (isGone(task)) return 'its request was deleted, and no page shows it any more';
  const { status } = task;
  return status?.outcome === 'invalid' ? 'the run was changed while it waited' : 'the request was cancelled';
}

/** Ends the last line of a message. */
export const noReplies = 'Replies are not read.';

/** Why the recipient got this message. */
export function footerOf({ notice }: Worded): string {
  const why =
    notice.target !== undefined
      ? 'because this channel is configured for it'
      : notice.isRequester === true
        ? 'because you started this run'
        : 'because the pipeline lists you as an approver';
  return `Sent by Tekton Approvals ${why}. ${noReplies}`;
}

/** Longest topic, in code points: a subject is at most 120. Phones show about 40, so the important word comes first. */
const topicLength = 90;

/** Where it waits, on one line and in the fewest words, for subjects and titles. */
export function topicOf(task: ApprovalTask): string {
  const { namespace, name, step } = placeOf(task);
  const topic = step === '' ? `${name} (${namespace})` : `${step} of ${name} (${namespace})`;
  return plainLine(topic, topicLength);
}

function isAnswered(task: ApprovalTask): boolean {
  return responsesOf(task).length > 0;
}

function isApproved({ status }: ApprovalTask): boolean {
  return status?.outcome === 'approved';
}

interface Place {
  readonly namespace: string;
  readonly name: string;
  /** The run as a sentence begins with it. */
  readonly run: string;
  /** Empty for a run without a pipeline. */
  readonly step: string;
}

function placeOf(task: ApprovalTask): Place {
  const { pipelineTask, pipelineRun, customRunRef } = task.spec;
  const namespace = task.metadata.namespace ?? '';
  const name = plainLine(pipelineRun?.name ?? customRunRef?.name ?? task.metadata.name, limits.name);
  const step = plainLine(pipelineTask, limits.name);
  const what = step === '' ? 'The run' : 'The pipeline run';
  return { namespace, name, run: `${what} ${name} in namespace ${namespace}`, step };
}
