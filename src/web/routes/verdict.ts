import { sessionHandle } from '../../identity/session.ts';
import { isOurs } from '../answer.ts';
import { notFound, type PageReply } from '../reply.ts';
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
  const allowed = visit.buckets.approver.take(sessionHandle(session), visit.now);
  if (!allowed.ok) return tooMany(allowed);
  const standing = await standingOf(visit, session);
  if (standing.kind === 'unknown') return notFound;
  if (standing.kind !== 'current') return deadLink(visit, session);
  const key = `${session.claims.namespace}/${param(visit, 'answer')}`;
  const decision = visit.context.decisions.get(key) ?? (await visit.context.readDecision(key));
  const isTheirs =
    decision !== undefined &&
    decision.spec.approver === standing.entry &&
    isOurs(visit.keys, standing, decision);
  return isTheirs ? verdictReply(visit, { session, current: standing, key, decision }) : notFound;
}
