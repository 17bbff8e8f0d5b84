import { sessionHandle, type Session } from '../../identity/session.ts';
import { isAnswerName, isBy, isOurs } from '../answer.ts';
import { notFound, problemReply, withdrawn, type PageReply } from '../reply.ts';
import { standingOf } from '../standing.ts';
import { strangerReply, tooMany } from '../stranger.ts';
import { verdictReply } from '../verdict.ts';
import { param, type Visit } from '../visit.ts';
import { sessionOf } from '../visitor.ts';
import { deadLink } from './exchange.ts';

/** GET /form/HANDLE/answers/NAME: what became of one answer of this session. Nobody sees another approver's. */
export async function showVerdict(visit: Visit): Promise<PageReply> {
  const session = sessionOf(visit, param(visit, 'handle'));
  if (session === undefined) return strangerReply(visit);
  const allowed = visit.buckets.looks.take(sessionHandle(session), visit.now);
  if (!allowed.ok) return tooMany(allowed);
  try {
    return await verdictOf(visit, session);
  } catch {
    return notKnown;
  }
}

/** Not the page of other failures: that one says that nothing was recorded. */
const notKnown = problemReply(
  503,
  'Not known at the moment',
  'What became of your answer could not be found out. Load this page again in a minute.',
);

async function verdictOf(visit: Visit, session: Session): Promise<PageReply> {
  const standing = await standingOf(visit, session);
  if (standing.kind === 'unknown') return withdrawn;
  if (standing.kind !== 'current') return deadLink(visit, session);
  const answer = param(visit, 'answer');
  if (!isAnswerName(answer)) return notFound;
  const key = `${session.claims.namespace}/${answer}`;
  const decision = visit.context.decisions.get(key) ?? (await visit.context.readDecision(key));
  const isTheirs =
    decision !== undefined && isBy(standing.recipient, decision) && isOurs(visit.keys, standing, decision);
  return isTheirs ? verdictReply(visit, { session, current: standing, key, decision }) : notFound;
}
