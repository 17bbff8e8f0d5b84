import { checkFormProof, sessionHandle } from '../../identity/session.ts';
import { mailOnce, mailed } from '../mailing.ts';
import { fields } from '../pages/form.tsx';
import type { Reply } from '../reply.ts';
import { findTask, recipientOf } from '../standing.ts';
import { strangerReply, tooMany } from '../stranger.ts';
import { field, param, type Visit } from '../visit.ts';
import { sessionOf } from '../visitor.ts';
import { freshNonce } from './exchange.ts';

/** GET /fresh/HANDLE: only the button of the expired page leads here; whoever reloads sees where the link stands. */
export function showFresh(visit: Visit): Reply {
  return { kind: 'redirect', path: visit.base.paths.form(param(visit, 'handle')) };
}

/** POST /fresh/HANDLE: mails the approver of an authentic but dead link a new one. The page says the same in any case. */
export async function postFresh(visit: Visit): Promise<Reply> {
  const session = sessionOf(visit, param(visit, 'handle'));
  const proof = { nonce: freshNonce, proof: field(visit, fields.token) };
  if (session === undefined || !checkFormProof(visit.keys, session, proof)) return strangerReply(visit);
  const allowed = visit.buckets.answers.take(sessionHandle(session), visit.now);
  if (!allowed.ok) return tooMany(allowed);
  const task = await findTask(visit.context, session.claims);
  const recipient = task && recipientOf(visit, task, session);
  if (task !== undefined && recipient !== undefined) mailOnce(visit, task, { recipient, by: 'link' });
  return mailed;
}
