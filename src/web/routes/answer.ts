import { limits } from '../../api/limits.ts';
import type { Decision } from '../../domain/approval.ts';
import { shownName } from '../../domain/directory.ts';
import { answersAs, isOf } from '../../domain/recipient.ts';
import { refusals, type RefusalCode } from '../../domain/refusal.ts';
import { isBlank, isTooLong, withoutControls } from '../../domain/text.ts';
import { checkFormProof, sessionHandle, type Session } from '../../identity/session.ts';
import { submitAnswer } from '../answer.ts';
import { fields } from '../pages/form.tsx';
import type { Barred } from '../pages/model.ts';
import { pageReply, problemReply, withdrawn, type PageReply } from '../reply.ts';
import { requestModel, settledModel } from '../request.ts';
import { standingOf, type Current } from '../standing.ts';
import { strangerReply, tooMany } from '../stranger.ts';
import { verdictReply, waitForVerdict } from '../verdict.ts';
import { field, param, type Visit } from '../visit.ts';
import { browserOf, sessionOf } from '../visitor.ts';
import { deadLink } from './exchange.ts';
import { barredBy, ownApproval, pendingModel, settledReply } from './form.ts';

const noncePattern = /^[\w-]{22}$/u;

const notOurForm = problemReply(
  403,
  'Open the form again',
  'What was sent did not come from a form that this browser was shown. Nothing was recorded. Open the link from the mail again and answer there.',
);

/** POST /form/HANDLE: takes an answer. Nothing is recorded before session, form proof and browser are checked. */
export async function postAnswer(visit: Visit): Promise<PageReply> {
  const session = sessionOf(visit, param(visit, 'handle'));
  const browser = browserOf(visit);
  if (session === undefined || browser === undefined) return strangerReply(visit);
  if (!isOurForm(visit, session)) return notOurForm;
  const allowed = visit.buckets.answers.take(sessionHandle(session), visit.now);
  if (!allowed.ok) return tooMany(allowed);
  const standing = await standingOf(visit, session);
  switch (standing.kind) {
    case 'unknown':
      return withdrawn;
    case 'expired':
      return deadLink(visit, session);
    case 'superseded':
      return pageReply({ kind: 'refused', code: 'superseded', sentence: refusals.superseded }, 409);
    case 'current':
      return answerCurrent(visit, { session, browser, current: standing });
  }
}

function isOurForm(visit: Visit, session: Session): boolean {
  const nonce = field(visit, fields.nonce);
  const proof = field(visit, fields.csrf);
  return noncePattern.test(nonce) && checkFormProof(visit.keys, session, { nonce, proof });
}

interface Answering {
  readonly session: Session;
  readonly browser: string;
  readonly current: Current;
}

async function answerCurrent(visit: Visit, answering: Answering): Promise<PageReply> {
  const { session, current } = answering;
  const decision = field(visit, fields.decision);
  if (decision !== 'approve' && decision !== 'reject')
    return problemReply(
      400,
      'Choose an answer',
      'Neither approve nor reject was sent. Nothing was recorded.',
    );
  const settled = settledModel(visit, current);
  if (settled !== undefined) return conflicting(settledReply(settled), decision, current);
  const barred = barredBy(visit, session, current);
  if (barred !== undefined) return barredReply(visit, current, barred);
  if (decision === 'approve' && ownApproval(current) !== undefined)
    return pageReply({
      kind: 'counted',
      decision,
      request: requestModel(visit, current),
      answeringAs: shownName(visit.directory, answersAs(current.recipient)),
    });
  const comment = cleanComment(field(visit, fields.comment));
  const unfit = unfitComment(comment, decision, current);
  if (unfit !== undefined) return askAgain(visit, answering, { comment, code: unfit });
  return record(visit, answering, { decision, comment });
}

/** The same answer as the recorded one is answered with the record; another one is a conflict with it. */
function conflicting(closed: PageReply, decision: Decision, { approval, recipient }: Current): PageReply {
  const { outcome, responses } = approval;
  const isSame = responses.some(
    (response) =>
      response.attempt === approval.attempt && isOf(recipient, response) && response.decision === decision,
  );
  return (outcome === 'approved' || outcome === 'rejected') && !isSame ? { ...closed, status: 409 } : closed;
}

function barredReply(visit: Visit, current: Current, code: Barred): PageReply {
  const request = requestModel(visit, current);
  return pageReply({ kind: 'refused', code, sentence: refusals[code], request }, code === 'late' ? 410 : 403);
}

/**
 * Line breaks as line feeds, no control characters, nothing that is no text. What a person typed is otherwise kept as it
 * is: pages show hidden characters as what they are.
 */
function cleanComment(text: string): string {
  return withoutControls(text.toWellFormed()).trim();
}

/** Asked again here, so that nobody loses what they wrote. The rule itself is judged with the answer. */
function unfitComment(comment: string, decision: Decision, { task }: Current): RefusalCode | undefined {
  const { commentRequired } = task.spec;
  const needed = commentRequired === 'always' || (commentRequired === 'reject' && decision === 'reject');
  if (needed && isBlank(comment)) return 'commentRequired';
  return isTooLong(comment) ? 'tooLong' : undefined;
}

function askAgain(
  visit: Visit,
  { session, current }: Answering,
  { comment, code }: { comment: string; code: RefusalCode },
): PageReply {
  const most = `At most ${String(limits.comment)} characters and ${String(limits.commentBytes)} bytes.`;
  const sentence = code === 'tooLong' ? `${refusals.tooLong} ${most}` : refusals[code];
  const model = { ...pendingModel(visit, session, current), problem: { sentence, comment } };
  return pageReply({ kind: 'pending', model });
}

const notKnown = problemReply(
  503,
  'It is not known whether your answer was recorded',
  'The cluster did not say. Go back and send the answer once more: the same form counts only once.',
);

async function record(
  visit: Visit,
  { session, browser, current }: Answering,
  said: { decision: Decision; comment: string },
): Promise<PageReply> {
  const nonce = field(visit, fields.nonce);
  const submitted = await submitAnswer(visit, { current, browser, nonce, ...said });
  switch (submitted.kind) {
    case 'gone':
      return withdrawn;
    case 'unknown':
      return notKnown;
    case 'recorded': {
      const decision = await waitForVerdict(visit.context, submitted.key);
      return verdictReply(visit, { session, current, key: submitted.key, decision });
    }
  }
}
