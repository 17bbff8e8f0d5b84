import type { ApprovalTask } from '../api/approvaltask.ts';
import { contentOf, type Fact, type Words } from '../api/content.ts';
import { limits } from '../api/limits.ts';
import { instant } from '../api/time.ts';
import { termsOf } from '../api/storedapproval.ts';
import type { Instant, Rules } from '../domain/approval.ts';
import type { Directory } from '../domain/directory.ts';
import { earlierEnd, type End } from '../domain/deadline.ts';
import { linkUse } from '../domain/linkuse.ts';
import { asked, personal } from './asked.ts';
import { nextSteps, whatFollows } from './nextsteps.ts';
import { eventOf, type EventData } from './event.ts';
import type { Notice, NoticeKind } from './notice.ts';
import { plainLine, plainLines } from './plaintext.ts';
import { answersOf, type Said } from './said.ts';
import { readableTime, readableTimeLeft } from './when.ts';
import { footerOf, isAsking, leadOf, titleOf, topicOf } from './wording.ts';

/** A name and a value to be shown together. */
export interface Line {
  readonly name: string;
  readonly value: string;
  /** Where the value is the address of a page and nothing else: that address, which begins with http or https. */
  readonly href?: string;
}

/**
 * What a notice says, for every channel. All texts are plain: control characters and direction controls are dealt
 * with, lengths are cut, nothing is escaped. A channel escapes for itself. What a message of this kind has nothing to say
 * of is empty.
 */
export interface Message {
  readonly kind: NoticeKind;
  readonly subject: string;
  /** Where it waits, the same in every message about one request: what a subject that is to stay the same is made of. */
  readonly topic: string;
  readonly title: string;
  /** What happened, as one sentence. */
  readonly lead: string;
  /** What the operator read itself. */
  readonly facts: readonly Line[];
  /** What the pipeline's author wrote. It proves nothing; several lines are possible in each value. */
  readonly words: readonly Line[];
  /** What people answered, in order. The comments are theirs. */
  readonly answers: readonly Said[];
  /** Who is asked, and how many of them it takes. */
  readonly asked: string;
  /** Until when, and whose limit that is. */
  readonly deadline: string;
  /** What happens on each answer and without one, or what follows from the end. */
  readonly next: readonly Line[];
  /** The recipient's own link to the form, a secret; or, where `viewOnly`, perhaps the address that holds none. */
  readonly link: string;
  /** True where the link shows the request and takes no answer. */
  readonly viewOnly: boolean;
  /** What to know about the link. */
  readonly personal: string;
  /** Who sent this and why. */
  readonly footer: string;
  /** The same for machines. */
  readonly event: EventData;
}

/** What of a notice its message depends on. */
export type MessageNotice = Pick<Notice, 'kind'> &
  Partial<Pick<Notice, 'recipient' | 'target' | 'isRequester' | 'step' | 'ordinal'>>;

/** What a message is made from. */
export interface MessageFacts {
  readonly task: ApprovalTask;
  readonly notice: MessageNotice;
  /** Who is who. */
  readonly directory: Directory;
  /** The recipient's personal URL, or what is shown in its place to those who are not asked. */
  readonly link: string;
  /** The address of the request, which holds no secret; absent: none is told to machines. */
  readonly url?: string;
  readonly now: Instant;
  /** When the PipelineRun's own time limit ends it, where that is known. */
  readonly runEndsAt?: Instant;
  /** What answers have to prove at least, for each strategy; absent: a link is enough. */
  readonly minAssurance?: Rules['minAssurance'];
}

/** Renders a notice. Pure; the same for every channel. */
export function messageOf(facts: MessageFacts): Message {
  const { task, notice } = facts;
  const title = titleOf(facts);
  const topic = topicOf(task);
  const { facts: read, words } = contentOf(task);
  return {
    kind: notice.kind,
    subject: `${title}: ${topic}`,
    topic,
    title,
    lead: leadOf(facts),
    facts: read.map(factLine),
    words: wordsLines(words),
    answers: answersOf(facts),
    ...(isAsking(notice.kind) ? askingOf(facts) : tellingOf(facts)),
    footer: footerOf(facts),
    event: eventOf(facts),
  };
}

type Asking = Pick<Message, 'asked' | 'deadline' | 'next' | 'link' | 'viewOnly' | 'personal'>;

function askingOf(facts: MessageFacts): Asking {
  const { task, notice, minAssurance, link } = facts;
  const { recipient } = notice;
  const least = minAssurance?.[task.spec.strategy] ?? 'link';
  const use = recipient && linkUse(termsOf(task.spec), least, recipient);
  return {
    asked: asked(facts),
    deadline: deadlineSentence(facts),
    next: nextSteps(task, endOf(task, facts.runEndsAt)?.by),
    link,
    viewOnly: use !== 'decide',
    personal: personal(facts, use),
  };
}

function tellingOf({ task, notice, link }: MessageFacts): Asking {
  const follows = whatFollows(task, notice.kind);
  return {
    asked: '',
    deadline: '',
    next: follows === '' ? [] : [{ name: 'What follows', value: follows }],
    link,
    viewOnly: true,
    personal: '',
  };
}

function factLine({ name, value, note }: Fact): Line {
  const sure = note === undefined ? '' : ` (${note})`;
  return { name, value: plainLine(value, limits.entry) + sure };
}

function wordsLines({ description, lines }: Words): Line[] {
  const own = lines.map(({ name, value, href }): Line => ({
    name: plainLine(name, limits.contextName),
    value: plainLines(value, limits.contextValue),
    ...(href !== undefined && { href }),
  }));
  const all = [{ name: 'Description', value: plainLines(description, limits.description) }, ...own];
  return all.filter(({ value }) => value !== '');
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
