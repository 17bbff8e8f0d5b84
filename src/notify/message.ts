import type { ApprovalTask } from '../api/approvaltask.ts';
import { limits } from '../api/limits.ts';
import { instant } from '../api/time.ts';
import { termsOf } from '../api/storedapproval.ts';
import type { Instant, Rules } from '../domain/approval.ts';
import type { Directory } from '../domain/directory.ts';
import { earlierEnd, type End } from '../domain/deadline.ts';
import { linkUse } from '../domain/linkuse.ts';
import { asked, personal, plainName } from './asked.ts';
import { nextSteps } from './nextsteps.ts';
import type { Notice, NoticeKind } from './notice.ts';
import { plainLine, plainLines } from './plaintext.ts';
import { firstOfFourEyes } from './recipients.ts';
import { readableTime, readableTimeLeft } from './when.ts';

/** A name and a value to be shown together. */
export interface Line {
  readonly name: string;
  readonly value: string;
}

/**
 * What a notice says, for every channel. All texts are plain: control characters and direction controls are dealt
 * with, lengths are cut, nothing is escaped. A channel escapes for itself.
 */
export interface Message {
  readonly kind: NoticeKind;
  readonly subject: string;
  readonly title: string;
  /** What is waiting, as one sentence. */
  readonly lead: string;
  /** What the operator read itself. */
  readonly facts: readonly Line[];
  /** What the pipeline's author wrote. It proves nothing; several lines are possible in each value. */
  readonly words: readonly Line[];
  /** The person who approved first, in the second step of FOUR_EYES. */
  readonly first?: { readonly sentence: string; readonly comment: string };
  /** Who is asked, and how many of them it takes. */
  readonly asked: string;
  /** Until when, and whose limit that is. */
  readonly deadline: string;
  /** What happens on each answer and without one. */
  readonly next: readonly Line[];
  /** The recipient's own link to the form, and what to know about it. */
  readonly link: string;
  /** True where the link shows the request and takes no answer. */
  readonly viewOnly: boolean;
  readonly personal: string;
}

/** What a message is made from. */
export interface MessageFacts {
  readonly task: ApprovalTask;
  readonly notice: Pick<Notice, 'kind' | 'recipient'>;
  /** Who is who. */
  readonly directory: Directory;
  /** The recipient's personal URL. */
  readonly link: string;
  readonly now: Instant;
  /** When the PipelineRun's own time limit ends it, where that is known. */
  readonly runEndsAt?: Instant;
  /** What answers have to prove at least, for each strategy; absent: a link is enough. */
  readonly minAssurance?: Rules['minAssurance'];
}

/** Longest subject, in code points. Phones show about 40, so the important word comes first. */
const subjectLength = 120;

const titles: Record<NoticeKind, string> = {
  requested: 'Approval needed',
  secondStepRequested: 'Second approval needed',
};

/** Renders a notice. Pure; the same for every channel. */
export function messageOf(facts: MessageFacts): Message {
  const { task, notice, link, minAssurance, directory } = facts;
  const use = linkUse(termsOf(task.spec), minAssurance?.[task.spec.strategy] ?? 'link', notice.recipient);
  const first = firstApproval(task, directory);
  const title = titles[notice.kind];
  const where = whereOf(task);
  return {
    kind: notice.kind,
    subject: plainLine(`${title}: ${where}`, subjectLength),
    title,
    lead: `${sentenceStart(task)} waiting for ${first === undefined ? 'an answer' : 'a second person'}.`,
    facts: factsOf(task),
    words: wordsOf(task),
    ...(first !== undefined && { first }),
    asked: asked(facts),
    deadline: deadlineSentence(facts),
    next: nextSteps(task, endOf(task, facts.runEndsAt)?.by),
    link,
    viewOnly: use !== 'decide',
    personal: personal(facts, use),
  };
}

interface Place {
  readonly namespace: string;
  readonly run: string;
  /** Empty for a run without a pipeline. */
  readonly step: string;
}

function placeOf(task: ApprovalTask): Place {
  const { pipelineTask, pipelineRun, customRunRef } = task.spec;
  return {
    namespace: task.metadata.namespace ?? '',
    run: plainLine(pipelineRun?.name ?? customRunRef?.name ?? task.metadata.name, limits.name),
    step: plainLine(pipelineTask, limits.name),
  };
}

function whereOf(task: ApprovalTask): string {
  const { namespace, run, step } = placeOf(task);
  return step === '' ? `${run} (${namespace})` : `${step} of ${run} (${namespace})`;
}

function sentenceStart(task: ApprovalTask): string {
  const { namespace, run, step } = placeOf(task);
  return step === ''
    ? `The run ${run} in namespace ${namespace} is`
    : `The pipeline run ${run} in namespace ${namespace} has come to its task ${step} and is`;
}

/** What the operator read itself. */
function factsOf(task: ApprovalTask): Line[] {
  const { pipelineRun, pipelineTask, customRunRef, requester } = task.spec;
  const lines = [
    { name: 'Namespace', value: task.metadata.namespace ?? '' },
    { name: 'Pipeline run', value: pipelineRun?.name ?? '' },
    { name: 'Pipeline task', value: pipelineTask },
    { name: 'Custom run', value: pipelineRun === undefined ? (customRunRef?.name ?? '') : '' },
    { name: 'Requested by', value: requesterOf(requester) },
  ];
  return lines.map(({ name, value }) => ({ name, value: plainLine(value, limits.entry) })).filter(isFilled);
}

function requesterOf({ name, certainty }: ApprovalTask['spec']['requester']): string {
  return { stamped: name, asserted: `${name} (says the trigger; not proven)`, unknown: 'not known' }[
    certainty
  ];
}

/** What the author of the pipeline wrote. */
function wordsOf(task: ApprovalTask): Line[] {
  const { pipeline, description, context } = task.spec;
  const own = context.map(({ name, value }) => ({
    name: plainLine(name, limits.contextName),
    value: plainLines(value, limits.contextValue),
  }));
  return [
    { name: 'Description', value: plainLines(description, limits.description) },
    { name: 'Pipeline', value: plainLine(pipeline, limits.pipeline) },
    ...own,
  ].filter(isFilled);
}

function isFilled(line: Line): boolean {
  return line.value !== '';
}

function firstApproval(task: ApprovalTask, directory: Directory): Message['first'] {
  const response = firstOfFourEyes(task);
  if (response === undefined) return undefined;
  const person = plainName(directory, response.person);
  const sentence = `${person} approved first, at ${readableTime(instant(response.time))}.`;
  return { sentence, comment: plainLines(response.comment, limits.comment) };
}

function endOf(task: ApprovalTask, runEndsAt: Instant | undefined): End | undefined {
  const own = task.status?.deadline;
  return earlierEnd(own === undefined ? undefined : instant(own), runEndsAt);
}

/** Relative times count from the sending: a mail is read later. */
function deadlineSentence({ task, now, runEndsAt }: MessageFacts): string {
  const end = endOf(task, runEndsAt);
  if (end === undefined) return 'There is no time limit.';
  const when = `Answer before ${readableTime(end.at)}, which is ${readableTimeLeft(end.at - now)} after this message was sent`;
  return end.by === 'pipelineRun'
    ? `${when}. Then the time limit of the pipeline run itself ends it.`
    : `${when}.`;
}
