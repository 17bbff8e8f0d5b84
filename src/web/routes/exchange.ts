import { openLink } from '../../identity/link.ts';
import { mintFormProof, sessionHandle, type Session } from '../../identity/session.ts';
import { notFound, pageReply, type PageReply, type Reply } from '../reply.ts';
import { standingOf } from '../standing.ts';
import { strangerReply, tooMany } from '../stranger.ts';
import { param, type Visit } from '../visit.ts';
import { openVisitor } from '../visitor.ts';

/** Stands for the nonce in the proof of the one form that may be sent more than once. */
export const freshNonce = 'fresh';

/**
 * GET /l/TOKEN: exchanges the link for a session and moves on to an address without a secret. Writes nothing: mail
 * scanners open every link. A forged link and one whose task is gone get the same page.
 */
export async function exchangeLink(visit: Visit): Promise<Reply> {
  const link = openLink(visit.keys, param(visit, 'token'), visit.now);
  if (link.kind === 'forged') return strangerReply(visit, notFound);
  const { session, cookies } = openVisitor(visit, link);
  const handle = sessionHandle(session);
  const allowed = visit.buckets.looks.take(handle, visit.now);
  if (!allowed.ok) return tooMany(allowed);
  const standing = await standingOf(visit, session);
  switch (standing.kind) {
    case 'unknown':
      return notFound;
    case 'expired':
    case 'superseded':
      return { ...deadLink(visit, session), cookies };
    case 'current':
      return standing.task.spec.digest === link.claims.digest
        ? { kind: 'redirect', path: visit.base.paths.form(handle), cookies }
        : notFound;
  }
}

/** 410 without a word about the task, and one button that mails a fresh link. */
export function deadLink(visit: Visit, session: Session): PageReply {
  const action = visit.base.paths.fresh(sessionHandle(session));
  return pageReply({
    kind: 'gone',
    form: { action, token: mintFormProof(visit.keys, session, freshNonce) },
  });
}
