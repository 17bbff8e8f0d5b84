import { randomBytes } from 'node:crypto';
import type { ApprovalDecision } from '../api/approvaldecision.ts';
import { apiVersion, approvalDecisionKind } from '../api/names.ts';
import type { Decision } from '../domain/approval.ts';
import { isForbidden, isInvalid, KubeError } from '../kube/error.ts';
import type { KubeObject } from '../kube/object.ts';
import type { Connection } from './connection.ts';
import { exitCodes, Problem } from './exitcode.ts';
import type { ExitCode } from './exitcode.ts';
import type { StoredTask } from './request.ts';
import { approvalDecisions, approvalTasks } from '../api/resources.ts';
import { groupsThatMatter } from './standing.ts';
import { attempt } from './trouble.ts';
import { awaitVerdict } from './verdict.ts';
import type { StoredDecision } from './verdict.ts';
import { answerWords, howItEnded, titleOf, waitsFor } from './words.ts';

/** What is answered, and how long its verdict is waited for. */
export interface Answer {
  readonly decision: Decision;
  readonly comment: string;
  readonly waitMs: number;
}

/** What became of it, for people and for scripts. */
export interface Told {
  readonly code: ExitCode;
  readonly sentence: string;
}

/** Gives the answer as the user we are, waits for the operator's verdict, and says it. */
export async function send(connection: Connection, task: StoredTask, answer: Answer): Promise<Told> {
  const { namespace = '' } = task.metadata;
  const tried = {
    what: `answer requests in namespace ${namespace}`,
    remedy: 'the ClusterRole tekton-approvals-approver allows it, bound there',
  };
  return attempt(connection, tried, async () => {
    const sent = await create(connection, task, answer);
    if (answer.waitMs === 0) {
      return {
        code: exitCodes.done,
        sentence: `${titleOf(task)}: sent as ${sent.metadata.name}, not waited for`,
      };
    }
    const verdict = await awaitVerdict(connection.client, sent, answer.waitMs);
    if (verdict === undefined) return undecided(task, answer, sent);
    const { object } = await connection.client
      .get<StoredTask>(approvalTasks, `${namespace}/${task.metadata.name}`)
      .catch(() => ({ object: task }));
    return verdict.verdict === 'counted'
      ? counted(object, answer)
      : refused(connection, object, { answer, verdict });
  });
}

/** Creates the decision under a name of our own: should no answer come back, it can be looked for. */
async function create(connection: Connection, task: StoredTask, answer: Answer): Promise<StoredDecision> {
  const { client } = connection;
  const me = await connection.whoAmI();
  const { namespace = '', name, uid } = task.metadata;
  const { attempt: current } = task.status ?? {};
  const key = { namespace, name: `${answer.decision}-${randomBytes(8).toString('hex')}` };
  const spec: ApprovalDecision['spec'] = {
    taskRef: { name, uid },
    ...(current === undefined ? {} : { attempt: current }),
    decision: answer.decision,
    comment: answer.comment,
    via: 'kubernetes',
    actor: { kind: 'kubernetes', issuer: '', username: me.user, groups: [...groupsThatMatter(task, me)] },
  };
  const object = { apiVersion, kind: approvalDecisionKind, metadata: key, spec };
  try {
    return (await client.create<ApprovalDecision & KubeObject>(approvalDecisions, object)).object;
  } catch (error) {
    if (isPolicyRefusal(error)) throw new Problem(exitCodes.refused, refusalOf(task, error));
    if (!(error instanceof KubeError) || error.status !== 0) throw error;
    // It may have arrived all the same; where that cannot be found out either, the first error says more.
    const found = client.get<StoredDecision>(approvalDecisions, `${namespace}/${key.name}`);
    return found.then(
      (live) => live.object,
      () => {
        throw error;
      },
    );
  }
}

/** An admission policy says no with 422, or 403 and the words that name it; RBAC does so without. */
function isPolicyRefusal(error: unknown): error is KubeError {
  if (!(error instanceof KubeError)) return false;
  return isInvalid(error) || (isForbidden(error) && error.message.includes('ValidatingAdmissionPolicy'));
}

function refusalOf(task: StoredTask, error: KubeError): string {
  const [, words = error.message] = /denied request: (.*)$/su.exec(error.message) ?? [];
  return `${titleOf(task)}: the API server refused the answer. ${words}`;
}

function undecided(task: StoredTask, { decision, waitMs }: Answer, { metadata }: StoredDecision): Told {
  const sentence = `${titleOf(task)}: your ${answerWords[decision]} is recorded as ${metadata.name}, not yet counted: no verdict within ${String(waitMs / 1000)} s`;
  return { code: exitCodes.noVerdict, sentence };
}

function counted(task: StoredTask, { decision }: Answer): Told {
  const outcome = task.status?.outcome;
  const now =
    outcome === undefined ? `It still waits for ${waitsFor(task)}.` : `It ${howItEnded(task, outcome)}.`;
  return { code: exitCodes.done, sentence: `${titleOf(task)}: your ${answerWords[decision]} counts. ${now}` };
}

async function refused(
  connection: Connection,
  task: StoredTask,
  { answer, verdict }: { answer: Answer; verdict: NonNullable<ApprovalDecision['status']> },
): Promise<Told> {
  const code = exitCodes.refused;
  const title = titleOf(task);
  const outcome = task.status?.outcome;
  if (verdict.code === 'notListed') {
    const { user } = await connection.whoAmI();
    const ending =
      outcome === undefined ? `it waits for ${waitsFor(task)}` : `it ${howItEnded(task, outcome)}`;
    return { code, sentence: `${user} is not an approver of ${title}: ${ending}` };
  }
  const word = answerWords[answer.decision];
  if (verdict.code === 'settled' && outcome !== undefined) {
    return { code, sentence: `${title} ${howItEnded(task, outcome)}. Your ${word} did not count.` };
  }
  return { code, sentence: `${title}: your ${word} did not count. ${verdict.message ?? verdict.code ?? ''}` };
}
