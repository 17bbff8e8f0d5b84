import { limits } from '../../api/limits.ts';
import { termsOf } from '../../api/storedapproval.ts';
import { countedResponses } from '../../domain/counted.ts';
import { shownName } from '../../domain/directory.ts';
import { answersAs, isOf } from '../../domain/recipient.ts';
import type { Approval, Response } from '../../domain/approval.ts';
import { linkUse } from '../../domain/linkuse.ts';
import { mintFormProof, sessionHandle, type Session } from '../../identity/session.ts';
import { approval as afterApproval, rejection as afterRejection } from '../../notify/nextsteps.ts';
import type { Barred, PendingModel, SettledModel } from '../pages/model.ts';
import { notFound, pageReply, type PageReply } from '../reply.ts';
import { requestModel, settledModel } from '../request.ts';
import { standingOf, type Current } from '../standing.ts';
import { strangerReply, tooMany } from '../stranger.ts';
import { param, type Visit } from '../visit.ts';
import { sessionOf } from '../visitor.ts';
import { deadLink } from './exchange.ts';

const nonceBytes = 16;

/** GET /form/HANDLE: the request as it stands, with the form while it can be answered. Writes nothing. */
export async function showForm(visit: Visit): Promise<PageReply> {
  const session = sessionOf(visit, param(visit, 'handle'));
  if (session === undefined) return strangerReply(visit);
  const allowed = visit.buckets.looks.take(sessionHandle(session), visit.now);
  if (!allowed.ok) return tooMany(allowed);
  const standing = await standingOf(visit, session);
  switch (standing.kind) {
    case 'unknown':
      return notFound;
    case 'expired':
    case 'superseded':
      return deadLink(visit, session);
    case 'current':
      return currentReply(visit, session, standing);
  }
}

function currentReply(visit: Visit, session: Session, current: Current): PageReply {
  const settled = settledModel(visit, current);
  if (settled !== undefined) return settledReply(settled);
  const why = barredBy(visit, session, current);
  if (why === undefined) return pageReply({ kind: 'pending', model: pendingModel(visit, session, current) });
  const page = { kind: 'readOnly', why, request: requestModel(visit, current) } as const;
  return pageReply(page, why === 'late' ? 410 : 200);
}

/** 200 where people answered; 410 where it ended without them. */
export function settledReply(model: SettledModel): PageReply {
  const answered = model.outcome === 'approved' || model.outcome === 'rejected';
  return pageReply({ kind: 'settled', model }, answered ? 200 : 410);
}

/** Why a pending request cannot be answered here; undefined where it can. */
export function barredBy(
  { now }: Visit,
  { claims }: Session,
  { approval, task, recipient }: Current,
): Barred | undefined {
  // Our clock never runs ahead of the API server's: an answer would be stamped later than this.
  if (approval.deadline !== undefined && now >= approval.deadline) return 'late';
  if (claims.purpose === 'decide') return undefined;
  // A link is made to look only where a group shares it, or where no link is enough.
  return linkUse(termsOf(task.spec), 'link', recipient) === 'sharedLink' ? 'sharedLink' : 'assuranceTooLow';
}

/** The form as it is rendered for this session, each time with a nonce of its own. */
export function pendingModel(visit: Visit, session: Session, current: Current): PendingModel {
  const { task, approval, recipient } = current;
  const nonce = visit.context.random(nonceBytes).toString('base64url');
  const own = ownApproval(current);
  const first = task.spec.strategy === 'FOUR_EYES' ? firstApproval(approval) : undefined;
  return {
    request: requestModel(visit, current),
    answeringAs: shownName(visit.directory, answersAs(recipient)),
    form: {
      action: visit.base.paths.form(sessionHandle(session)),
      csrf: mintFormProof(visit.keys, session, nonce),
      nonce,
    },
    commentRequired: termsOf(task.spec).commentRequired,
    commentLimit: limits.comment,
    ...(own === undefined && first !== undefined && { follows: shownName(visit.directory, first.person) }),
    ...(own !== undefined && { approvedBefore: true }),
    next: { approve: afterApproval(task), reject: afterRejection(task) },
  };
}

/** This link's own approval in the current round. */
export function ownApproval({
  approval,
  recipient,
}: Pick<Current, 'approval' | 'recipient'>): Response | undefined {
  return countedResponses(approval).find(
    (response) =>
      response.decision === 'approve' && response.identity.kind === 'link' && isOf(recipient, response),
  );
}

function firstApproval(approval: Approval): Response | undefined {
  return countedResponses(approval).find(({ decision }) => decision === 'approve');
}
