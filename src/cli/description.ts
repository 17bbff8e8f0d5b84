import { contentOf, type Fact as ContentFact } from '../api/content.ts';
import { conditionTypes } from '../api/names.ts';
import { instant } from '../api/time.ts';
import type { Instant } from '../domain/approval.ts';
import { isMachine } from '../domain/eligibility.ts';
import { wordsHeading } from '../notify/headings.ts';
import { approval, rejection } from '../notify/nextsteps.ts';
import { momentOf, timeOf } from './moment.ts';
import type { StoredTask } from './request.ts';
import type { Rights } from './rights.ts';
import { groupsThatMatter, standingOf } from './standing.ts';
import type { Me } from './standing.ts';
import { visible, visibleLines, wrapped } from './visible.ts';
import { answerWords, howItEnded, listed, titleOf, waitsFor } from './words.ts';

/** Who looks at a request, and when. */
export interface Viewer {
  readonly me: Me;
  readonly rights: Rights;
  readonly now: Instant;
  /** Columns of the terminal. */
  readonly columns: number;
}

/** One request in full. Each line of somebody else's text is set off, so that none looks like one of ours. */
export function description(task: StoredTask, viewer: Viewer): string {
  const width = Math.max(viewer.columns, narrowest);
  const sections = [
    facts(task, viewer.now).flatMap((fact) => factLines(fact, width)),
    authorsWords(task, width),
    answers(task, width),
    operatorsWords(task, width),
    mayI(task, viewer).flatMap((line) => wrapped(line, width)),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.map((line) => `${line}\n`).join(''))
    .join('\n');
}

/** Our own headings need as much. */
const narrowest = 50;
const valuesBegin = 16;

type Fact = readonly [name: string, value: string];

function factLines([name, value]: Fact, width: number): string[] {
  const [first = '', ...rest] = wrapped(visible(value), width - valuesBegin);
  return [`${name}:`.padEnd(valuesBegin) + first, ...rest.map((line) => ' '.repeat(valuesBegin) + line)];
}

const strategies = {
  SINGLE: 'SINGLE: one person answers',
  MULTI: 'MULTI: everyone listed must approve',
  FOUR_EYES: 'FOUR_EYES: two different people must approve',
} as const;

const commentRules = {
  never: '',
  reject: 'needed with a rejection',
  always: 'needed with every answer',
} as const;

function facts(task: StoredTask, now: Instant): Fact[] {
  const { spec, status } = task;
  const all: readonly Fact[] = [
    ['Request', titleOf(task)],
    ['State', stateOf(task)],
    ['Waits for', status?.outcome === undefined ? waitsFor(task) : ''],
    ['Deadline', deadlineOf(task, now)],
    ['Strategy', strategies[spec.strategy]],
    ['Comment', commentRules[spec.commentRequired]],
    ...(status?.outcome === undefined ? nextFacts(task) : []),
    ...contentOf(task).facts.map(sureOf),
    ['Not reached', listed(status?.unreachable ?? [], 'and')],
    ['Page', status?.approvalUrl ?? ''],
  ];
  return all.filter(([, value]) => value !== '');
}

/** The same sentences as in messages and below the buttons of the form. */
function nextFacts(task: StoredTask): Fact[] {
  return [
    ['If you approve', approval(task)],
    ['If you reject', rejection(task)],
  ];
}

function stateOf(task: StoredTask): string {
  const { outcome, attempt = 1 } = task.status ?? {};
  if (outcome !== undefined) return howItEnded(task, outcome).replace(/^was /, '');
  const { retries } = task.spec;
  return retries === 0 ? 'waits' : `waits, attempt ${String(attempt)} of ${String(retries + 1)}`;
}

function deadlineOf({ status }: StoredTask, now: Instant): string {
  if (status?.outcome !== undefined) return '';
  return status?.deadline === undefined ? 'none of its own' : momentOf(instant(status.deadline), now);
}

function sureOf({ name, value, note }: ContentFact): Fact {
  return [name, note === undefined ? value : `${value} (${note})`];
}

function authorsWords(task: StoredTask, width: number): string[] {
  const { words } = contentOf(task);
  const lines = [
    ...(words.description === '' ? [] : visibleLines(words.description)),
    ...words.lines.flatMap(({ name, value }) => {
      const [first = '', ...rest] = visibleLines(value);
      return [`${visible(name)}: ${first}`, ...rest];
    }),
  ];
  return lines.length === 0 ? [] : [...wrapped(`${wordsHeading}:`, width), ...quoted(lines, width)];
}

function quoted(lines: readonly string[], width: number): string[] {
  return lines.flatMap((line) => wrapped(line, width - 4)).map((line) => `  | ${line}`.trimEnd());
}

const channelWords = {
  kubernetes: 'through Kubernetes',
  link: 'by the mailed link',
  web: 'on the page',
  slack: 'in Slack',
  api: 'through the API',
} as const;

function answers({ status }: StoredTask, width: number): string[] {
  const { responses = [], attempt: current } = status ?? {};
  if (responses.length === 0) return ['Nobody has answered.'];
  return [
    'Answers that counted:',
    ...responses.flatMap(({ time, person, decision, via, comment, attempt }) => {
      const when = timeOf(instant(time));
      const earlier = attempt === current ? '' : ` (attempt ${String(attempt)})`;
      const line = `${when}  ${answerWords[decision]} of ${visible(person)}, ${channelWords[via]}${earlier}`;
      const [first = '', ...rest] = wrapped(line, width - 6);
      return [
        `  ${first}`,
        ...rest.map((more) => `      ${more}`),
        ...(comment === '' ? [] : quoted(visibleLines(comment), width)),
      ];
    }),
  ];
}

type Condition = NonNullable<NonNullable<StoredTask['status']>['conditions']>[number];

/** Conditions that are not as they should be. Of how the request stands itself the state tells. */
function troubles({ status }: StoredTask): Condition[] {
  return (status?.conditions ?? []).filter(
    (condition) => condition.status !== 'True' && condition.type !== conditionTypes.succeeded,
  );
}

/** What hampers the request. Set off, too: it quotes what mail servers and the people directory say. */
function operatorsWords(task: StoredTask, width: number): string[] {
  const lines = troubles(task).flatMap(({ message, reason }) => visibleLines(message || reason));
  return lines.length === 0 ? [] : ['The operator says:', ...quoted(lines, width)];
}

/** Whether we may answer, and why not: first what RBAC says, then the request's own lists. */
function mayI(task: StoredTask, { me, rights }: Viewer): string[] {
  const groups = groupsThatMatter(task, me).map(visible);
  const who = `You are ${visible(me.user)}${groups.length === 0 ? '' : `, in ${listed(groups, 'and')}`}.`;
  const standing = standingOf(task, me);
  if (standing.kind === 'settled') return [`${who} Nobody can answer any more.`];
  const missing = missingRights(rights);
  if (missing !== undefined) return [`${who} ${missing}`];
  return [[who, sentences[standing.kind](task, me), ...reservations(task)].join(' ')];
}

/** What keeps an answer of anybody from counting, as far as the request says so. */
function reservations(task: StoredTask): string[] {
  const found = troubles(task);
  const isBroken = found.some(
    ({ type, status }) => type === conditionTypes.policyEnforced && status === 'False',
  );
  if (isBroken) return ['For now, no answer through Kubernetes counts: see above what the operator says.'];
  const bearsOnAnswers = ({ type }: Condition): boolean =>
    type === conditionTypes.policyEnforced || type === conditionTypes.peopleDirectoryValid;
  return found.some(bearsOnAnswers) ? ['See above what the operator says.'] : [];
}

/** Whose answer would help may still be refused by rules that only the operator knows. */
function awaitedSentence({ spec: { strategy, requester } }: StoredTask, { user }: Me): string {
  if (isMachine(user)) {
    return strategy === 'FOUR_EYES'
      ? 'You may not answer: where two people must approve, service accounts and nodes do not count.'
      : 'Service accounts and nodes may not answer, unless the operator’s setting robots names them.';
  }
  return requester.certainty === 'stamped' && requester.name === user
    ? 'You may answer. You started this run: your approval may be refused, a rejection is not.'
    : 'You may answer.';
}

function missingRights({ approve, create }: Rights): string | undefined {
  if (approve && create) return undefined;
  const missing = [
    ...(approve ? [] : ['the verb approve on this ApprovalTask']),
    ...(create ? [] : ['create on approvaldecisions']),
  ];
  return `You may not answer: you lack ${listed(missing, 'and')}, which the ClusterRole tekton-approvals-approver grants.`;
}

const sentences = {
  awaited: awaitedSentence,
  approved: () => 'You have approved. You may still reject.',
  listed: () => 'Your approval is not needed any more. You may still reject.',
  notListed: (task: StoredTask) =>
    `By that name you are not an approver of it: it waits for ${waitsFor(task)}. The people directory may know you by another.`,
} as const;
