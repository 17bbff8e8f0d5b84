import { parseGoDuration } from '../domain/duration.ts';
import type { Decision } from '../domain/approval.ts';
import { commentLimits, isTooLong, utf8Bytes } from '../domain/text.ts';
import { send } from './answer.ts';
import type { Answer } from './answer.ts';
import { usage } from './arguments.ts';
import type { Invocation, Run } from './commands.ts';
import { connected } from './connection.ts';
import type { Connection } from './connection.ts';
import { exitCodes, Problem, worst } from './exitcode.ts';
import type { ExitCode } from './exitcode.ts';
import type { Flags } from './flags.ts';
import { momentOf } from './moment.ts';
import { objectionTo } from './objection.ts';
import { requestNamed } from './request.ts';
import type { StoredTask } from './request.ts';
import type { Terminal } from './terminal.ts';
import { instant } from '../api/time.ts';
import { visible } from './visible.ts';
import { titleOf } from './words.ts';

const defaultWaitMs = 30_000;
const longestWaitMs = 3_600_000;

/** The command that gives this answer to the requests named, and says what became of it. */
export function answering(decision: Decision): Run {
  return async (invocation) => {
    const { flags, names, terminal } = invocation;
    const answer = { decision, comment: commentOf(flags), waitMs: waitOf(flags) };
    if (flags.yes !== true && !terminal.isInteractive) {
      throw usage(`Without a terminal nobody can confirm: give --yes to ${decision} without being asked`);
    }
    return connected(flags, async (connection) => {
      const open = await openRequests(connection, [...new Set(names)], { answer, terminal });
      if (open.tasks.length > 0 && flags.yes !== true)
        await confirm(connection, open.tasks, invocation, decision);
      const codes = await Promise.all(
        open.tasks.map((task) => sendAndTell(connection, task, { answer, terminal })),
      );
      return worst([...open.codes, ...codes]);
    });
  };
}

interface Job {
  readonly answer: Answer;
  readonly terminal: Terminal;
}

function commentOf({ message = '' }: Flags): string {
  if (!isTooLong(message)) return message;
  const length = `${String(Array.from(message).length)} characters and ${String(utf8Bytes(message))} bytes`;
  const { codePoints, bytes } = commentLimits;
  throw usage(`The comment is too long: ${length}; at most ${String(codePoints)} and ${String(bytes)}`);
}

function waitOf({ wait }: Flags): number {
  if (wait === undefined) return defaultWaitMs;
  const ms = parseGoDuration(wait);
  if (ms !== undefined && ms >= 0 && ms <= longestWaitMs) return ms;
  throw usage(`--wait takes a duration of at most 1h, such as 30s, not ${JSON.stringify(wait)}`);
}

/** The requests that can still be answered so. Of each other one it is told why not; nothing is sent for it. */
async function openRequests(
  connection: Connection,
  names: readonly string[],
  { answer, terminal }: Job,
): Promise<{ tasks: StoredTask[]; codes: ExitCode[] }> {
  const codes: ExitCode[] = [];
  const tasks: StoredTask[] = [];
  for (const name of names) {
    const found = await requestNamed(connection, name).catch(onlyMissing);
    const objection = found instanceof Problem ? found : objectionTo(found, answer);
    if (objection === undefined && !(found instanceof Problem)) tasks.push(found);
    if (objection === undefined) continue;
    terminal.err(`${visible(objection.message)}\n`);
    codes.push(objection.code);
  }
  return { tasks, codes };
}

/** One wrong name does not keep the others from being answered; whatever else goes wrong concerns all of them. */
function onlyMissing(error: unknown): Problem {
  const isOwn =
    error instanceof Problem && (error.code === exitCodes.notFound || error.code === exitCodes.usage);
  if (isOwn) return error;
  throw error;
}

// oxlint-disable-next-line max-params -- where, what, by whose hand, how: each is one word of the question
async function confirm(
  connection: Connection,
  tasks: readonly StoredTask[],
  { terminal }: Invocation,
  decision: Decision,
): Promise<void> {
  const { user } = await connection.whoAmI();
  const now = connection.client.serverNow();
  for (const task of tasks) terminal.err(`${summaryOf(task, now)}\n`);
  const what = tasks.length === 1 ? 'this request' : `these ${String(tasks.length)} requests`;
  const verb = decision === 'approve' ? 'Approve' : 'Reject';
  const typed = await terminal.ask(`${verb} ${what} as ${visible(user)}? [y/N] `);
  if (!/^y(es)?$/i.test(typed.trim())) throw new Problem(exitCodes.failed, 'Nothing was sent');
}

function summaryOf(task: StoredTask, now: number): string {
  const { spec, status } = task;
  const deadline = status?.deadline === undefined ? '' : `, until ${momentOf(instant(status.deadline), now)}`;
  const [first = ''] = spec.description.split('\n', 1);
  return `${titleOf(task)}${deadline}\n  | ${visible(first)}`;
}

async function sendAndTell(
  connection: Connection,
  task: StoredTask,
  { answer, terminal }: Job,
): Promise<ExitCode> {
  const { code, sentence } = await send(connection, task, answer).catch((error: unknown) => {
    if (error instanceof Problem) return { code: error.code, sentence: error.message };
    const why = error instanceof Error ? error.message : String(error);
    return { code: exitCodes.failed, sentence: `${titleOf(task)}: ${why}` };
  });
  terminal[code === exitCodes.done ? 'out' : 'err'](`${visible(sentence)}\n`);
  return code;
}
