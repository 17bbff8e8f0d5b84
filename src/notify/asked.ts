import type { ApprovalTask } from '../api/approvaltask.ts';
import { limits } from '../api/limits.ts';
import { termsOf } from '../api/storedapproval.ts';
import { asksGroups, slots } from '../domain/eligibility.ts';
import type { LinkUse } from '../domain/linkuse.ts';
import type { Notice } from './notice.ts';
import { plainLine } from './plaintext.ts';

/** More names than this make a mail longer without helping anybody to decide. */
const namesShown = 8;

/** Who is asked and how many of them it takes. */
export function asked(task: ApprovalTask, notice: Pick<Notice, 'kind' | 'recipient'>): string {
  const terms = termsOf(task.spec);
  const all = slots(terms);
  const recipient = plainLine(notice.recipient, limits.entry);
  const you = asksGroups(terms)
    ? `You are asked as a member of ${recipient}.`
    : `You are asked as ${recipient}.`;
  return `${you} ${rule(task, all)}`;
}

function rule(task: ApprovalTask, all: readonly string[]): string {
  const groups = asksGroups(termsOf(task.spec));
  if (task.spec.strategy === 'SINGLE' && all.length === 1 && !groups) return 'Your answer decides.';
  const must = {
    SINGLE: groups ? 'Any member of these can decide' : 'Any one of these can decide',
    MULTI: `${groups ? 'One member of each' : 'All'} of these must approve, and the first rejection ends it`,
    FOUR_EYES: `Two different ${groups ? 'members' : 'people'} of these must approve, one after the other, and the first rejection ends it`,
  }[task.spec.strategy];
  return `${must}: ${names(all)}.`;
}

function names(entries: readonly string[]): string {
  const shown = entries.slice(0, namesShown).map((entry) => plainLine(entry, limits.entry));
  const more = entries.length - shown.length;
  return shown.join(', ') + (more > 0 ? ` and ${String(more)} more` : '');
}

/** What the recipient should know about the link. */
export function personal(task: ApprovalTask, notice: Pick<Notice, 'recipient'>, use: LinkUse): string {
  const recipient = plainLine(notice.recipient, limits.entry);
  if (use === 'assuranceTooLow')
    return 'This link only shows the request: it is answered with kubectl, where Kubernetes proves who you are.';
  if (!asksGroups(termsOf(task.spec)))
    return `This link is yours alone: whoever opens it answers as ${recipient}. Do not forward this message.`;
  return use === 'sharedLink'
    ? `This link is shared by all of ${recipient}, so it only shows the request: two people who share a link cannot be told apart. Members answer with kubectl.`
    : `This link is shared by all of ${recipient}: whoever opens it answers for the group. Do not forward this message.`;
}
