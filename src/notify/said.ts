import type { ApprovalTask } from '../api/approvaltask.ts';
import { limits } from '../api/limits.ts';
import { instant } from '../api/time.ts';
import type { Directory } from '../domain/directory.ts';
import { plainName } from './asked.ts';
import type { NoticeKind } from './notice.ts';
import { plainLines } from './plaintext.ts';
import { firstOfFourEyes, responsesOf, type StoredResponse } from './recipients.ts';
import { readableTime } from './when.ts';
import { isAsking } from './wording.ts';

/** An answer that somebody gave, as it is told. */
export interface Said {
  readonly sentence: string;
  /** Several lines are possible. Empty where there is none. */
  readonly comment: string;
}

/** More answers than this make a message longer without telling more; the request itself shows them all. */
const answersShown = 12;

/** What bears on the answers that a message tells. */
interface Telling {
  readonly task: ApprovalTask;
  readonly notice: { readonly kind: NoticeKind; readonly ordinal?: number };
  readonly directory: Directory;
}

/**
 * The answers that a message of this kind tells: for the second step the first approval, for one answer that one, for
 * the end all of them, the last ones where there are many.
 */
export function answersOf({ task, notice, directory }: Telling): readonly Said[] {
  const told = toldBy(task, notice);
  return told.map((response) => said(response, directory, told.length > 1 || !isAsking(notice.kind)));
}

function toldBy(task: ApprovalTask, { kind, ordinal = 1 }: Telling['notice']): readonly StoredResponse[] {
  if (kind === 'responded') return responsesOf(task).slice(ordinal - 1, ordinal);
  if (!isAsking(kind)) return responsesOf(task).slice(-answersShown);
  const first = firstOfFourEyes(task);
  return first === undefined ? [] : [first];
}

function said(response: StoredResponse, directory: Directory, isPlain: boolean): Said {
  const person = plainName(directory, response.person);
  const did = response.decision === 'approve' ? 'approved' : 'rejected';
  const at = readableTime(instant(response.time));
  return {
    sentence: isPlain ? `${person} ${did} at ${at}.` : `${person} ${did} first, at ${at}.`,
    comment: plainLines(response.comment, limits.comment),
  };
}
