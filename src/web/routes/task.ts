import type { ApprovalTask } from '../../api/approvaltask.ts';
import { termsOf } from '../../api/storedapproval.ts';
import { knownPerson, personNamed, shownName } from '../../domain/directory.ts';
import { sameEntry } from '../../domain/entry.ts';
import { answersAs, recipientsOf, type Recipient } from '../../domain/recipient.ts';
import { sessionHandle, type Session } from '../../identity/session.ts';
import { mailOnce, mailed } from '../mailing.ts';
import { fields } from '../pages/form.tsx';
import { pageReply, type PageReply, type Reply } from '../reply.ts';
import { recipientOf } from '../standing.ts';
import { strangerReply, tooMany } from '../stranger.ts';
import { field, param, type Visit } from '../visit.ts';
import { sessionsOf } from '../visitor.ts';

/** A matrix has one task for each of its combinations; more than this are not mailed at once. */
const tasksMailed = 20;

/** GET /a/NAMESPACE/NAME and /a/NAMESPACE/PIPELINERUN/TASK: leads to the form of whoever opened a link before. */
export function showTask(visit: Visit): Reply {
  const [only, ...more] = sessionsFor(visit);
  if (only === undefined)
    return pageReply({ kind: 'mailMe', form: { action: visit.base.prefix + ownPath(visit) } });
  if (more.length === 0) return { kind: 'redirect', path: formPath(visit, only) };
  const links = [only, ...more].map((session) => ({
    href: formPath(visit, session),
    text: nameFor(visit, session),
  }));
  return pageReply({ kind: 'choose', links: links.toSorted((a, b) => (a.text < b.text ? -1 : 1)) });
}

/** This browser's sessions for what the address names. Strangers learn nothing. */
function sessionsFor(visit: Visit): readonly Session[] {
  const namespace = param(visit, 'namespace');
  const wanted = param(visit, 'task') === '' ? [param(visit, 'name')] : tasksNamed(visit).map(nameOf);
  return sessionsOf(visit).filter(
    ({ claims }) => claims.namespace === namespace && wanted.includes(claims.name),
  );
}

function formPath({ base }: Visit, session: Session): string {
  return base.paths.form(sessionHandle(session));
}

function nameFor(visit: Visit, session: Session): string {
  const { namespace, name } = session.claims;
  const task = visit.context.tasks.get(`${namespace}/${name}`);
  const recipient = task && recipientOf(visit, task, session);
  return recipient === undefined ? name : `${name}, as ${shownName(visit.directory, answersAs(recipient))}`;
}

function nameOf({ metadata }: ApprovalTask): string {
  return metadata.name;
}

/** The tasks that the address names, as far as the cache knows them. */
function tasksNamed(visit: Visit): readonly ApprovalTask[] {
  const { tasks } = visit.context;
  const namespace = param(visit, 'namespace');
  const pipelineTask = param(visit, 'task');
  if (pipelineTask !== '')
    return tasks
      .byPipelineRun(namespace, param(visit, 'pipelineRun'))
      .filter((task) => task.spec.pipelineTask === pipelineTask);
  const task = tasks.get(`${namespace}/${param(visit, 'name')}`);
  return task === undefined ? [] : [task];
}

/**
 * POST: mails the link to the address that was typed, if it is listed. Same page and same time for everybody. The
 * limits count by the address of the page, whether or not there is such a task.
 */
export function postTask(visit: Visit): PageReply {
  const stranger = strangerReply(visit, mailed);
  if (stranger !== mailed) return stranger;
  const allowed = visit.buckets.mailsOfTask.take(ownPath(visit), visit.now);
  if (!allowed.ok) return tooMany(allowed);
  const address = field(visit, fields.address).trim();
  for (const task of tasksNamed(visit).slice(0, tasksMailed)) {
    const recipient = recipientAt(visit, task, address);
    if (recipient !== undefined) mailOnce(visit, task, { recipient, by: 'address' });
  }
  return mailed;
}

/** Who is asked under an address: as listed, or as a person of the directory whose address it is. */
function recipientAt({ directory }: Visit, task: ApprovalTask, address: string): Recipient | undefined {
  const all = recipientsOf(termsOf(task.spec), directory);
  const asker = knownPerson(personNamed(directory, address));
  return (
    all.find((recipient) => sameEntry(answersAs(recipient), address)) ??
    all.find((recipient) => asker !== undefined && personNamed(directory, answersAs(recipient)) === asker)
  );
}

function ownPath(visit: Visit): string {
  const parts = ['namespace', 'name', 'pipelineRun', 'task'].map((name) => param(visit, name));
  return `/a/${parts
    .filter((part) => part !== '')
    .map((part) => encodeURIComponent(part))
    .join('/')}`;
}
