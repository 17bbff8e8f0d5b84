import type { ApprovalTask } from '../api/approvaltask.ts';
import type { End } from '../domain/deadline.ts';
import { firstOfFourEyes } from './recipients.ts';
import type { Line } from './message.ts';
import type { NoticeKind } from './notice.ts';

/**
 * What happens on each answer and without one, as the recipient would ask for it. `endsBy`: whose limit ends the
 * waiting; undefined where there is none.
 */
export function nextSteps(task: ApprovalTask, endsBy: End['by'] | undefined): readonly Line[] {
  const lines = [
    { name: 'If you approve', value: approval(task) },
    { name: 'If you reject', value: rejection(task) },
    { name: 'If nobody answers', value: silence(task, endsBy) },
  ];
  const comment = commentRules[task.spec.commentRequired];
  return comment === '' ? lines : [...lines, { name: 'Comment', value: comment }];
}

const commentRules: Record<ApprovalTask['spec']['commentRequired'], string> = {
  never: '',
  reject: 'A rejection needs a comment.',
  always: 'Your answer needs a comment.',
};

/** What an approval by somebody who is asked now leads to. */
export function approval(task: ApprovalTask): string {
  const goesOn = 'The pipeline goes on.';
  const first = firstOfFourEyes(task) === undefined;
  return {
    SINGLE: goesOn,
    MULTI: 'The pipeline goes on once everybody listed has approved.',
    FOUR_EYES: first
      ? 'A second person is asked; the pipeline goes on when that person approves too.'
      : goesOn,
  }[task.spec.strategy];
}

/** What a rejection leads to. */
export function rejection(task: ApprovalTask): string {
  const how = {
    continue: 'the pipeline itself takes the path it has for a rejection',
    fail: 'the pipeline run fails',
  }[task.spec.onReject];
  return `The request ends at once, and ${how}.`;
}

/** What follows from the end that this kind of message tells; empty where it tells none. */
export function whatFollows(task: ApprovalTask, kind: NoticeKind): string {
  const failed = kind === 'timedOut' || task.status?.outcome === 'invalid';
  if (failed) return 'This step of the pipeline fails.';
  if (kind !== 'decided') return '';
  if (task.status?.outcome === 'approved') return 'The pipeline goes on.';
  return task.spec.onReject === 'fail'
    ? 'The pipeline run fails.'
    : 'The pipeline takes the path it has for a rejection.';
}

function silence(task: ApprovalTask, endsBy: End['by'] | undefined): string {
  if (endsBy === undefined) return 'The pipeline keeps waiting.';
  if (endsBy === 'pipelineRun')
    return 'The pipeline run reaches its time limit, and the request ends without an approval.';
  return (task.status?.attempt ?? 1) <= task.spec.retries
    ? 'At the deadline the request starts again, with a new message and a new link.'
    : 'At the deadline the request ends without an approval, and this step of the pipeline fails.';
}
