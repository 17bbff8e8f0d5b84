import type { ApprovalTask } from '../api/approvaltask.ts';
import { limits } from '../api/limits.ts';
import { termsOf } from '../api/storedapproval.ts';
import { asksGroups, slots } from '../domain/eligibility.ts';
import { shownName, type Directory } from '../domain/directory.ts';
import { answersAs } from '../domain/recipient.ts';
import type { LinkUse } from '../domain/linkuse.ts';
import type { Notice } from './notice.ts';
import { plainLine } from './plaintext.ts';

/** More names than this make a mail longer without helping anybody to decide. */
const namesShown = 8;

/** Who is asked and how many of them it takes. */
export function asked({ task, notice, directory }: Asked): string {
  const terms = termsOf(task.spec);
  const all = slots(terms).map((entry) => plainName(directory, entry));
  if (notice.recipient === undefined) return decidesAlone(task, all) ?? rule(task, all);
  const { entry, member } = notice.recipient;
  const group = plainLine(entry, limits.entry);
  const you = asksGroups(terms) ? `a member of ${group}` : plainName(directory, entry);
  const known = member === undefined ? '' : `${plainName(directory, member)}, `;
  const says = decidesAlone(task, all) === undefined ? rule(task, all) : 'Your answer decides.';
  return `You are asked as ${known}${you}. ${says}`;
}

/** What these sentences are made from. */
interface Asked {
  readonly task: ApprovalTask;
  readonly notice: Partial<Pick<Notice, 'recipient'>>;
  readonly directory: Directory;
}

/** A name as it is shown, on one line. */
export function plainName(directory: Directory, name: string): string {
  return plainLine(shownName(directory, name), limits.entry);
}

/** For readers of whom nobody knows who they are; undefined where more than one person is asked. */
function decidesAlone({ spec }: ApprovalTask, [only, second]: readonly string[]): string | undefined {
  const isOne = spec.strategy === 'SINGLE' && second === undefined && !asksGroups(termsOf(spec));
  return isOne && only !== undefined ? `The answer of ${only} decides.` : undefined;
}

function rule(task: ApprovalTask, all: readonly string[]): string {
  const groups = asksGroups(termsOf(task.spec));
  const must = {
    SINGLE: groups ? 'Any member of these can decide' : 'Any one of these can decide',
    MULTI: `${groups ? 'One member of each' : 'All'} of these must approve, and the first rejection ends it`,
    FOUR_EYES: `Two different ${groups ? 'members' : 'people'} of these must approve, one after the other, and the first rejection ends it`,
  }[task.spec.strategy];
  return `${must}: ${names(all)}.`;
}

function names(entries: readonly string[]): string {
  const shown = entries.slice(0, namesShown);
  const more = entries.length - shown.length;
  return shown.join(', ') + (more > 0 ? ` and ${String(more)} more` : '');
}

/** What the recipient should know about the link; `use` is undefined where it is nobody's own. */
export function personal({ task, notice, directory }: Asked, use: LinkUse | undefined): string {
  if (notice.recipient === undefined)
    return 'This address shows nothing by itself: whoever is asked gets a personal link there by mail, or answers with kubectl.';
  const recipient = plainName(directory, answersAs(notice.recipient));
  if (use === 'assuranceTooLow')
    return 'This link only shows the request: it is answered with kubectl, where Kubernetes proves who you are.';
  if (!asksGroups(termsOf(task.spec)) || notice.recipient.member !== undefined)
    return `This link is yours alone: whoever opens it answers as ${recipient}. Do not forward this message.`;
  return use === 'sharedLink'
    ? `This link is shared by all of ${recipient}, so it only shows the request: two people who share a link cannot be told apart. Members answer with kubectl.`
    : `This link is shared by all of ${recipient}: whoever opens it answers for the group. Do not forward this message.`;
}
