import type { ApprovalTask } from '../api/approvaltask.ts';
import { contentOf } from '../api/content.ts';
import { awaiting } from '../domain/awaiting.ts';
import { countedResponses } from '../domain/counted.ts';
import { termsOf } from '../api/storedapproval.ts';
import type { Approval, Response } from '../domain/approval.ts';
import { shownName } from '../domain/directory.ts';
import { earlierEnd } from '../domain/deadline.ts';
import { topicOf } from '../notify/wording.ts';
import type { RequestModel, SettledModel } from './pages/model.ts';
import type { Current } from './standing.ts';
import type { Visit } from './visit.ts';

/** What the pages show of a request. Nothing is said here that no status says. */
export function requestModel(visit: Visit, { task, approval }: Omit<Current, 'recipient'>): RequestModel {
  const { spec } = task;
  // Only the request's own end is enforced by us; that of the PipelineRun is still the reader's deadline.
  const deadline = earlierEnd(approval.deadline, visit.context.pipelineEnd(task));
  return {
    topic: topicOf(task),
    content: contentOf(task),
    strategy: spec.strategy,
    responses: countedResponses(approval).map(({ person, decision, comment, time }) => ({
      person: shownName(visit.directory, person),
      decision,
      comment,
      time,
    })),
    awaiting: awaiting(termsOf(spec), approval, visit.directory).map((entry) =>
      shownName(visit.directory, entry),
    ),
    untold: visit.context.untold(task),
    ...(deadline !== undefined && { deadline }),
    now: visit.now,
  };
}

/** How a settled task is shown; undefined while it is pending. `answer` is the uid of the answer just given. */
export function settledModel(
  visit: Visit,
  current: Omit<Current, 'recipient'>,
  answer?: string,
): SettledModel | undefined {
  const { task, approval } = current;
  const { outcome, completionTime } = approval;
  if (outcome === undefined) return undefined;
  const because = whyEnded(task, approval);
  return {
    request: requestModel(visit, current),
    outcome,
    ...(because !== undefined && { because }),
    ...(completionTime !== undefined && { completedAt: completionTime }),
    byThisAnswer: answer !== undefined && lastResponse(approval)?.decisionUid === answer,
  };
}

/** Who answered, or that time ran out, the page says itself. */
function whyEnded(task: ApprovalTask, { outcome }: Approval): string | undefined {
  return outcome === 'cancelled' || outcome === 'invalid' ? task.status?.message : undefined;
}

/** The last answer that counted in the current round. */
function lastResponse(approval: Approval): Response | undefined {
  return countedResponses(approval).at(-1);
}
