import type { ApprovalDecision } from '../../src/api/approvaldecision.ts';
import type { ApprovalTask } from '../../src/api/approvaltask.ts';
import type { CustomRun } from '../../src/api/tekton.ts';
import { approvalTasks, customRuns } from '../../src/api/resources.ts';
import { canonicalJson } from '../../src/domain/canonical.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { isTaken } from '../faults/recorded-write.ts';
import type { MortalOperator } from './mortal-operator.ts';
import { expected, storedAnswer, type Expected, type StoredAnswer } from './outcome-model.ts';
import { storedAnswers, type Telling } from './person.ts';
import type { Script } from './script.ts';

/** What nobody answered is known only from a list of answers that was made this long after the deadline. */
const settleAfterDeadlineMs = 2_000;

/** Everything about one request, read from the API server, and what must have become of it. */
export interface Settlement {
  readonly script: Script;
  readonly task: ApprovalTask;
  readonly run: CustomRun;
  readonly decisions: readonly ApprovalDecision[];
  readonly expected: Expected;
}

/** Reads how requests stand. Throws where a task or a run is missing. */
export async function settlementsOf(
  operator: MortalOperator,
  scripts: readonly Script[],
): Promise<readonly Settlement[]> {
  const { gate } = operator;
  const tasks = await gate.all<ApprovalTask & KubeObject>(approvalTasks);
  const runs = await gate.all<CustomRun & KubeObject>(customRuns);
  const decisions = await storedAnswers(operator);
  const asStored = answersAsStored(operator);
  return scripts.map((script) => {
    const task = named(tasks, script.name);
    const own = decisions.filter(({ spec }) => spec.taskRef.uid === task.metadata.uid);
    const answers = own.map(({ metadata }) => lookUp(asStored, metadata.uid));
    return {
      script,
      task,
      run: named(runs, script.name),
      decisions: own,
      expected: expected(script, task, answers),
    };
  });
}

function named<T extends KubeObject>(objects: readonly T[], name: string): T {
  const found = objects.find(({ metadata }) => metadata.name === name);
  if (found === undefined) throw new Error(`${name} is not there`);
  return found;
}

function lookUp(answers: ReadonlyMap<string, StoredAnswer>, uid: string): StoredAnswer {
  const found = answers.get(uid);
  if (found === undefined) throw new Error(`nobody saw how the answer ${uid} was made`);
  return found;
}

/** Answers as they were made, before a verdict gave them another version. */
function answersAsStored(operator: MortalOperator): ReadonlyMap<string, StoredAnswer> {
  const byForm = operator.proxy.writes
    .filter((write) => write.resource === 'approvaldecisions' && write.verb === 'create')
    .filter((write) => !write.dryRun && isTaken(write))
    .map((write) => write.answer as ApprovalDecision);
  return new Map([...byForm, ...operator.answered].map((made) => [made.metadata.uid, storedAnswer(made)]));
}

/** Everything in which a request is not as it must be, a sentence each. */
export function faultsOf(settlement: Settlement): readonly string[] {
  const { script } = settlement;
  const checks = [
    outcomeFaults,
    clockFaults,
    runFaults,
    resultFaults,
    answerFaults,
    labelFaults,
    noticeFaults,
  ];
  return checks.flatMap((check) => check(settlement)).map((fault) => `${script.name}: ${fault}`);
}

/** The same of a request that still waits: what was answered so far is told everywhere. */
export function waitingFaultsOf(settlement: Settlement): readonly string[] {
  const { script, task, run } = settlement;
  const message = run.status?.conditions?.[0]?.message ?? '';
  const faults = [
    ...[answerFaults, labelFaults, noticeFaults].flatMap((check) => check(settlement)),
    ...differs('the run says what the task says', message.startsWith(task.status?.message ?? '?'), true),
  ];
  return faults.map((fault) => `${script.name}: ${fault}`);
}

function outcomeFaults(settlement: Settlement): readonly string[] {
  const { task, script } = settlement;
  const { outcome, responses = [], attempt } = task.status ?? {};
  const uids = responses.map(({ decisionUid }) => decisionUid);
  const wanted = unlessCancelled(settlement, uids.length);
  return [
    ...differs('the outcome', outcome, wanted.outcome),
    ...differs(
      'the answers that count',
      uids,
      wanted.counted.map(({ uid }) => uid),
    ),
    ...(new Set(uids).size < uids.length ? ['an answer counts twice'] : []),
    ...(wanted.attempt === undefined ? [] : differs('the attempt', attempt, wanted.attempt)),
    ...(outcome === 'timedOut' ? differs('the last attempt', attempt, (script.retries ?? 0) + 1) : []),
  ];
}

/** Whoever cancels while others answer may be the first: then some answers do not count, the settling one among them. */
function unlessCancelled({ script, task, expected: wanted }: Settlement, counted: number): Expected {
  if (script.cancelled === undefined || task.status?.outcome !== 'cancelled') return wanted;
  const most = wanted.attempt === undefined ? wanted.counted.length : wanted.counted.length - 1;
  return {
    outcome: 'cancelled',
    counted: wanted.counted.slice(0, Math.min(counted, most)),
    attempt: undefined,
  };
}

/** No attempt was ended before its time was up and late answers could be seen; the next one began right then. */
function clockFaults({ task }: Settlement): readonly string[] {
  const { pastAttempts = [], startTime, outcome, deadline, completionTime } = task.status ?? {};
  const nextStarts = [...pastAttempts.slice(1).map((next) => next.startTime), startTime];
  const ends = pastAttempts.map((past, index) => ({ ...past, next: nextStarts[index] }));
  const last = outcome === 'timedOut' ? [{ deadline, completionTime, next: completionTime }] : [];
  return [...ends, ...last].flatMap((end) => {
    const waited = Date.parse(end.completionTime ?? '') - Date.parse(end.deadline ?? '');
    return [
      ...(waited >= settleAfterDeadlineMs
        ? []
        : [`an attempt ended ${String(waited)} ms after its deadline`]),
      ...differs('the start of the next attempt', end.next, end.completionTime),
    ];
  });
}

/** Each answer has its verdict, and each that counts, and no other, is in the task. */
function answerFaults({ task, decisions }: Settlement): readonly string[] {
  const counted = new Set(task.status?.responses?.map(({ decisionUid }) => decisionUid));
  return decisions.flatMap(({ metadata, status }) => {
    const verdict = counted.has(metadata.uid) ? 'counted' : 'refused';
    return differs(`the verdict on ${metadata.name}`, status?.verdict, verdict);
  });
}

const reasonsOf = {
  approved: 'Approved',
  rejected: 'Rejected',
  timedOut: 'CustomRunTimedOut',
  cancelled: 'CustomRunCancelled',
  invalid: 'SpecDrift',
} as const;

/** The run says what the task says. */
function runFaults({ task, run, script }: Settlement): readonly string[] {
  const { outcome, attempt = 1 } = task.status ?? {};
  if (outcome === undefined) return ['it is not settled'];
  const { conditions = [], retriesStatus = [], observedGeneration } = run.status ?? {};
  const condition = conditions.find(({ type }) => type === 'Succeeded');
  return [
    ...differs('the condition', condition?.status, goesOn(outcome, script) ? 'True' : 'False'),
    ...differs('the reason', condition?.reason, reasonsOf[outcome]),
    ...differs('the retries', retriesStatus.length, attempt - 1),
    ...differs('the generation seen', observedGeneration, run.metadata.generation),
  ];
}

function goesOn(outcome: string, { onReject }: Script): boolean {
  return outcome === 'approved' || (outcome === 'rejected' && onReject !== 'fail');
}

/** Both say what the answers say. */
function resultFaults({ task, run, script }: Settlement): readonly string[] {
  const { outcome, auditDigest, results: own } = task.status ?? {};
  const results = Object.fromEntries((run.status?.results ?? []).map(({ name, value }) => [name, value]));
  const { decision, comment, approvedBy, rejectedBy } = results;
  const said = resultsOf(task, script);
  return [
    ...differs('the results', { decision, comment, approvedBy, rejectedBy }, said),
    ...differs("the task's results", own, said),
    ...differs('the digest', results['auditDigest'], auditDigest),
    ...differs('the outcome among the results', results['outcome'], outcome),
  ];
}

/** Results by the answers of the last attempt. */
function resultsOf({ status }: ApprovalTask, { strategy }: Script): Record<string, string> {
  const last = (status?.responses ?? []).filter(({ attempt }) => attempt === status?.attempt);
  const namesOf = (decision: string): string =>
    last
      .filter((one) => one.decision === decision)
      .map(({ person }) => person)
      .join('|');
  const comments = last.map(({ comment }) => comment);
  return {
    decision: String(status?.outcome === 'approved'),
    comment: strategy === 'MULTI' ? comments.join('|') : (comments.at(-1) ?? ''),
    approvedBy: namesOf('approve'),
    rejectedBy: namesOf('reject'),
  };
}

function labelFaults({ task, script }: Settlement): readonly string[] {
  const { outcome, responses = [], attempt } = task.status ?? {};
  const last = responses.filter((one) => one.attempt === attempt).length;
  const labels = task.metadata.labels ?? {};
  return [
    ...differs('the label decision', labels['decision'], outcome ?? 'pending'),
    ...differs(
      'the label responses',
      labels['responses'],
      `${String(last)}_of_${String(script.parts.length)}`,
    ),
  ];
}

/** How a request ended, as notices name it. */
const closingKinds: Readonly<Record<string, string>> = {
  approved: 'decided',
  rejected: 'decided',
  timedOut: 'timedOut',
  cancelled: 'cancelled',
};

/** Nothing is left to be sent: what lost its meaning was given up, and whoever was asked has the end on record. */
function noticeFaults(settlement: Settlement): readonly string[] {
  const { outcome = '', notifications = [] } = settlement.task.status ?? {};
  const closing = closingKinds[outcome];
  const left = notifications.filter(({ state }) => state !== 'sent' && state !== 'dropped');
  const isNobodyAsked = notifications.every(({ attempts }) => attempts === 0);
  const isRecorded = closing === undefined || notifications.some(({ kind }) => kind === closing);
  const systems = notifications.filter(({ channel }) => channel === 'webhook');
  return [
    ...left.map(({ state }) => `a notice is ${state}`),
    ...(isNobodyAsked || isRecorded ? [] : ['nobody is told how it ended']),
    ...systems.flatMap(({ kind }) =>
      differs('what systems heard last', kind, closing ?? lastEvent(settlement)),
    ),
  ];
}

/** What systems hear last of a request that still waits. */
function lastEvent({ script, task }: Settlement): string {
  if ((task.status?.responses ?? []).length === 0) return 'requested';
  return script.strategy === 'FOUR_EYES' ? 'secondStepRequested' : 'responded';
}

/** What a page said must be true. */
export function tellingFaults(tellings: readonly Telling[], all: readonly Settlement[]): readonly string[] {
  return tellings.flatMap(({ about, entry, says, told }) => {
    const settlement = all.find(({ script }) => script.name === about);
    const counted = settlement?.task.status?.responses?.filter((one) => one.entry === entry) ?? [];
    const isStored = settlement?.decisions.some(({ spec }) => spec.approver === entry) ?? false;
    const isTrue = {
      counted: counted.some(({ decision }) => decision === says),
      settledByIt: counted.some(({ decision }) => decision === says),
      recorded: isStored,
      notCounted: true,
      other: true,
    }[told];
    return isTrue ? [] : [`${about}: ${entry} was told "${told}", which is not true`];
  });
}

export function differs(what: string, is: unknown, wanted: unknown): readonly string[] {
  const [seen, right] = [canonicalJson(is ?? null), canonicalJson(wanted ?? null)];
  return seen === right ? [] : [`${what} is ${seen}, and must be ${right}`];
}
