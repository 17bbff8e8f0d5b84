/**
 * Why an answer was not counted. The list is closed: every refusal that any channel shows is one of these. The codes
 * are wire values (ApprovalDecision.status.code), the sentences are for people.
 */
export const refusals = {
  notListed: 'You are not among the approvers of this request.',
  alreadyAnswered:
    'This approval was already given, by you or for your group. Another one adds nothing; you may still reject.',
  cannotTellApart:
    'It cannot be told whether you and somebody who took part before you are the same person, because the two of you are known in different ways. Answer the way the other person did, or let somebody else answer.',
  sameBrowser:
    'This browser has already answered for the first person. The second person must use a browser of their own.',
  sharedLink:
    'A whole group shares this link, so it cannot tell which of you answers, and a four-eyes request needs two people. Answer with kubectl.',
  requesterMayNotApprove: 'You started this run, so somebody else must approve it. You may still reject it.',
  assuranceTooLow: 'This request needs a stronger proof of who you are than this way of answering gives.',
  notAPerson: 'Service accounts and nodes may not answer this request.',
  commentRequired: 'This answer needs a comment.',
  late: 'The answer came after the deadline.',
  superseded:
    'The answer belongs to an earlier round of this request, or its link was replaced by a newer one.',
  settled: 'The request was already settled.',
  wrongTask: 'The answer names a request that no longer exists.',
  badSeal: 'The answer claims to come from an approval form, but does not carry its seal.',
  identityNotProven:
    'The cluster did not prove who sent this answer, because the identity policy was not in force. Once it is, answer again.',
  tooLong: 'The comment is longer than allowed.',
} as const;

export type RefusalCode = keyof typeof refusals;
export const refusalCodes: readonly RefusalCode[] = Object.keys(refusals).filter(isRefusalCode);

function isRefusalCode(text: string): text is RefusalCode {
  return Object.hasOwn(refusals, text);
}

/** What became of one answer. */
export type Verdict =
  | { readonly uid: string; readonly verdict: 'counted' }
  | {
      readonly uid: string;
      readonly verdict: 'refused';
      readonly code: RefusalCode;
      readonly message: string;
    };

/** A refusal; `detail` is appended to the code's sentence. */
export function refuse(uid: string, code: RefusalCode, detail?: string): Verdict {
  const sentence = refusals[code];
  return {
    uid,
    verdict: 'refused',
    code,
    message: detail === undefined ? sentence : `${sentence} ${detail}`,
  };
}

/** A no on its way to becoming a verdict. */
export interface Refused {
  readonly kind: 'refused';
  readonly code: RefusalCode;
  readonly detail?: string;
}

/** Says no, with an optional sentence that follows the code's own. */
export function refused(code: RefusalCode, detail?: string): Refused {
  return detail === undefined ? { kind: 'refused', code } : { kind: 'refused', code, detail };
}
