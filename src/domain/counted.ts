import type { Approval, Response } from './approval.ts';

/** The responses that count: those of the current attempt. Older ones stay on record only. */
export function countedResponses(approval: Approval): readonly Response[] {
  return approval.responses.filter((response) => response.attempt === approval.attempt);
}

export function approvalsAmong(responses: readonly Response[]): readonly Response[] {
  return responses.filter((response) => response.decision === 'approve');
}

export function rejectionsAmong(responses: readonly Response[]): readonly Response[] {
  return responses.filter((response) => response.decision === 'reject');
}
