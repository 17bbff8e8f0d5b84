/** Every name that other people's pipelines, scripts and policies may match on, once. */

export const group = 'tekton.automatiko.io';
export const version = 'v1beta1';
export const apiVersion = `${group}/${version}`;
export const approvalTaskKind = 'ApprovalTask';
export const approvalDecisionKind = 'ApprovalDecision';

export const labels = {
  /** On ApprovalTasks: pending, then the outcome (compatibility: approved or rejected). */
  decision: 'decision',
  /** On ApprovalTasks: `n_of_m`. */
  responses: 'responses',
  /** On Namespaces: runs without a PipelineRun are served. Namespace editors cannot set it. */
  standalone: 'tekton-approvals/standalone',
  /** On Namespaces: Tekton's webhook checks nothing there (knative.dev/pkg webhook/resourcesemantics/validation). */
  unchecked: 'webhooks.knative.dev/exclude',
  /** Set by Tekton on the CustomRuns of a PipelineRun. */
  pipeline: 'tekton.dev/pipeline',
  pipelineRun: 'tekton.dev/pipelineRun',
  pipelineTask: 'tekton.dev/pipelineTask',
} as const;

export const annotations = {
  /** On ApprovalTasks: proof that this operator made it, before the CustomRun's status names its uid. */
  mark: 'tekton-approvals/mark',
  /** On ApprovalTasks: sentences for the run's message, such as collapsed duplicates. */
  notes: 'tekton-approvals/notes',
  /** On PipelineRuns: who made it. The API server lets people write their own user name only (policy P5). */
  requestedBy: 'tekton-approvals/requested-by',
  /** On PipelineRuns: for whom a trigger made it. Nobody vouches for it. */
  requestedFor: 'tekton-approvals/requested-for',
} as const;

/** Field managers, one for each writer of a status. */
export const managers = {
  controller: 'tekton-approvals',
  notifier: 'tekton-approvals-notifier',
} as const;

/** The condition type that Tekton reads on a CustomRun, and ours on the ApprovalTask. */
export const conditionTypes = {
  succeeded: 'Succeeded',
  notificationsDelivered: 'NotificationsDelivered',
  policyEnforced: 'PolicyEnforced',
  peopleDirectoryValid: 'PeopleDirectoryValid',
} as const;

/**
 * Reasons of the condition Succeeded. Tekton interprets only CustomRunCancelled and CustomRunTimedOut
 * (tektoncd/pipeline pkg/apis/run/v1beta1/customrunstatus_types.go and pipelinerunstate.go); the others are ours.
 */
export const reasons = {
  waiting: 'WaitingForApproval',
  approved: 'Approved',
  rejected: 'Rejected',
  timedOut: 'CustomRunTimedOut',
  cancelled: 'CustomRunCancelled',
  invalidParameters: 'InvalidParameters',
  unsupportedReference: 'UnsupportedReference',
  unownedRun: 'UnownedRun',
  specDrift: 'SpecDrift',
  nameTaken: 'NameTaken',
  taskDeleted: 'ApprovalTaskDeleted',
  requesterUnknown: 'RequesterUnknown',
} as const;
export type Reason = (typeof reasons)[keyof typeof reasons];

/** Reasons of Events that no condition has. */
export const eventReasons = {
  answered: 'Answered',
  refused: 'AnswerRefused',
} as const;

/** Tekton's request to end a run: CustomRun.spec.status. */
export const runCancelled = 'RunCancelled';

/** PipelineRun.spec.status of one that Tekton must not begin yet. */
export const pipelineRunPending = 'PipelineRunPending';

/** The key in CustomRun.status.extraFields under which the task's uid is written. */
export const taskUidField = 'approvalTaskUid';

/** The resource name that no task can have: only the live proof of the identity policy uses it. */
export const policyProofTask = 'policy-proof';

/** Hosts of Office 365 connectors, which Microsoft has retired: a webhook of Teams there reaches nobody. */
export const retiredTeamsHosts = ['webhook.office.com', 'outlook.office.com'] as const;
