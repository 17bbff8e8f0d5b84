import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { ApprovalDecision } from '../../src/api/approvaldecision.ts';
import type { ApprovalTask } from '../../src/api/approvaltask.ts';
import { approvalDecisions } from '../../src/api/resources.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { FormClient, type Page } from '../fakes/form-client.ts';
import { asksForAnswer, linkIn } from '../fakes/mailed-link.ts';
import type { Mail } from '../fakes/smtp-server.ts';
import { taskRef, write } from '../integration/asking.ts';
import type { MortalOperator } from './mortal-operator.ts';
import { commentOf, entryOf, type Part, type Script } from './script.ts';

/** What a page told a person about their answer. */
export interface Telling {
  readonly about: string;
  readonly entry: string;
  readonly says: Part['says'];
  readonly told: 'counted' | 'settledByIt' | 'recorded' | 'notCounted' | 'other';
}

/** What people saw, to be held against what is true in the end. */
export class Witnesses {
  readonly tellings: Telling[] = [];
  /** What should not have been. */
  readonly surprises: string[] = [];
}

/** A person's part in one request. */
export interface Playing {
  readonly operator: MortalOperator;
  readonly script: Script;
  readonly part: Part;
  readonly witnesses: Witnesses;
}

/** Gives the answer, and goes on trying until it is given, counted or pointless. */
export async function answer(playing: Playing): Promise<void> {
  if (playing.part.says === 'nothing') return;
  await (playing.part.by === 'mail' ? answerByMail(playing) : answerByKubectl(playing));
}

/** As people do: a page that does not load is loaded again, and what is not certain is looked after. */
async function answerByMail(playing: Playing): Promise<void> {
  const browser = new FormClient(playing.operator.send);
  while (!isPointless(playing)) {
    const link = newestLink(playing);
    if (link !== undefined && (await tried(async () => tryToAnswer(playing, browser, link)))) return;
    await playing.operator.rest();
  }
}

function isPointless({ operator, script, part }: Playing): boolean {
  const { status } = operator.task(script.name) ?? {};
  if (status?.outcome !== undefined) return true;
  const entry = entryOf(script, part);
  return status?.responses?.some((one) => one.entry === entry && one.attempt === status.attempt) ?? false;
}

/** The mails that ask one person about one request, without those that came twice. */
function mailsTo({ operator, script, part }: Playing): readonly Mail[] {
  const address = entryOf(script, part);
  const own = operator.deliveries
    .map(({ mail }) => mail)
    .filter((mail) => mail.to.includes(address) && asksForAnswer(mail));
  return own.filter(
    (mail, index) => own.findIndex((one) => one.header('message-id') === mail.header('message-id')) === index,
  );
}

function newestLink(playing: Playing): { link: string; older: readonly Mail[] } | undefined {
  const mails = mailsTo(playing);
  const { fromAttempt = 1 } = playing.script;
  const newest = mails.at(-1);
  if (newest === undefined || mails.length < fromAttempt) return undefined;
  // The second step of four eyes has a mail of its own; the first one's link is as good.
  return { link: linkIn(newest), older: fromAttempt > 1 ? mails.slice(0, -1) : [] };
}

async function tryToAnswer(
  playing: Playing,
  browser: FormClient,
  { link, older }: { link: string; older: readonly Mail[] },
): Promise<boolean> {
  const { operator, script, part, witnesses } = playing;
  for (const mail of older) {
    const dead = await browser.open(linkIn(mail));
    if (hasForm(dead))
      witnesses.surprises.push(`${script.name}: the link of an older attempt still opens a form`);
  }
  const page = await browser.open(link);
  if (!hasForm(page) || part.says === 'nothing') return false;
  const { client } = operator.life;
  const answered = await browser.answer(page, part.says, commentOf(script, part));
  if (answered.status >= 500) return false;
  const at = operator.proxy.stamp();
  operator.shown.push({ step: 'answer shown', about: script.name, client, asked: at, done: at });
  const told = tellingOf(answered);
  witnesses.tellings.push({ about: script.name, entry: entryOf(script, part), says: part.says, told });
  return told === 'counted' || told === 'settledByIt' || told === 'recorded';
}

export function hasForm({ body }: Page): boolean {
  return body.includes('name="decision"');
}

const sentences: readonly (readonly [Telling['told'], RegExp])[] = [
  ['notCounted', /Your answer was not counted/],
  ['settledByIt', /Your (?:approval|rejection) was counted and settled/],
  ['counted', /Your (?:approval|rejection) was counted/],
  ['recorded', /recorded, but not yet counted/],
];

function tellingOf({ body }: Page): Telling['told'] {
  return sentences.find(([, sentence]) => sentence.test(body))?.[0] ?? 'other';
}

/** False where the process died under it. Everything else that goes wrong is a mistake of the test. */
async function tried(work: () => Promise<boolean>): Promise<boolean> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TypeError && /fetch failed|terminated|aborted/.test(error.message)) return false;
    throw error;
  }
}

async function answerByKubectl({ operator, script, part }: Playing): Promise<void> {
  if (part.by !== 'kubectl') return;
  const task = await waitFor(operator, () => operator.task(script.name));
  if (script.beforeDeadlineMs !== undefined) await waitForDeadline(operator, task, script.beforeDeadlineMs);
  const key = {
    namespace: operator.gate.namespace,
    name: `by-${part.who}-${randomBytes(4).toString('hex')}`,
  };
  const actor = { kind: 'kubernetes', username: part.who };
  const said = { decision: part.says, comment: commentOf(script, part), via: 'kubernetes', actor };
  // Before it is made: its verdict may be written before the answer to its making is here.
  operator.noteAnswer({ metadata: key, spec: { taskRef: taskRef(task) } } as ApprovalDecision);
  operator.answered.push(await write(operator.people[part.who], key, { taskRef: taskRef(task), ...said }));
}

/** However long it takes: an operator that is dead half of the time is slow. */
async function waitFor<T>(operator: MortalOperator, look: () => T | undefined): Promise<T> {
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    await operator.rest();
  }
}

/** Not exactly: which side of the deadline the answer falls on, the API server's own times tell. */
async function waitForDeadline(
  operator: MortalOperator,
  { metadata }: ApprovalTask,
  beforeMs: number,
): Promise<void> {
  const deadline = await waitFor(operator, () => operator.task(metadata.name)?.status?.deadline);
  await pause(Math.max(0, Date.parse(deadline) - beforeMs - operator.gate.admin.serverNow()));
}

/** Every answer that is stored. */
export async function storedAnswers(operator: MortalOperator): Promise<(ApprovalDecision & KubeObject)[]> {
  return operator.gate.all<ApprovalDecision & KubeObject>(approvalDecisions);
}
