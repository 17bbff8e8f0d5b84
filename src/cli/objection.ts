import type { ApprovalTask } from '../api/approvaltask.ts';
import type { Decision } from '../domain/approval.ts';
import { isBlank } from '../domain/text.ts';
import { exitCodes, Problem } from './exitcode.ts';
import { howItEnded, titleOf } from './words.ts';

/**
 * Why an answer would be refused for certain, so that it need not be sent. Who may answer is not judged here: the
 * people directory is the operator's.
 */
export function objectionTo(
  task: ApprovalTask,
  { decision, comment }: { readonly decision: Decision; readonly comment: string },
): Problem | undefined {
  const title = titleOf(task);
  const outcome = task.status?.outcome;
  if (outcome !== undefined) {
    return new Problem(exitCodes.refused, `${title} ${howItEnded(task, outcome)}. Your answer was not sent.`);
  }
  if (task.metadata.deletionTimestamp !== undefined) {
    return new Problem(exitCodes.refused, `${title} is being deleted. Your answer was not sent.`);
  }
  const rule = task.spec.commentRequired;
  const needsComment = rule === 'always' || (rule === 'reject' && decision === 'reject');
  if (!needsComment || !isBlank(comment)) return undefined;
  const what = rule === 'always' ? 'every answer' : 'a rejection';
  return new Problem(exitCodes.usage, `${title} needs a comment with ${what}: give --message TEXT`);
}
