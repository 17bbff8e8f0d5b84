import { approvalDecisionSpec, approvalDecisionStatus } from '../approvaldecision.ts';
import { approvalTaskSpec, approvalTaskStatus } from '../approvaltask.ts';
import { approvalDecisionKind, approvalTaskKind, labels } from '../names.ts';
import type { Kind } from './crd.ts';
import { decisionDescriptions, taskDescriptions } from './descriptions.ts';

const age = { name: 'Age', jsonPath: '.metadata.creationTimestamp', type: 'date' } as const;

/** One request for approval. */
export const approvalTask: Kind = {
  kind: approvalTaskKind,
  plural: 'approvaltasks',
  singular: 'approvaltask',
  shortName: 'at',
  description:
    'One request for approval. Made by the operator for a CustomRun that refers to this kind; answered by ApprovalDecisions.',
  frozen:
    'spec is frozen: what was asked, and of whom, does not change. Cancel the run and start another one.',
  spec: approvalTaskSpec,
  status: approvalTaskStatus,
  descriptions: taskDescriptions,
  listKeys: { 'status.conditions': ['type'], 'status.notifications': ['id'] },
  columns: [
    { name: 'Strategy', jsonPath: '.spec.strategy' },
    { name: 'Outcome', jsonPath: '.status.outcome' },
    { name: 'Responses', jsonPath: `.metadata.labels.${labels.responses}` },
    // A string: a date column shows a time in the future as invalid.
    { name: 'Deadline', jsonPath: '.status.deadline' },
    { name: 'Pipeline', jsonPath: '.spec.pipeline' },
    age,
  ],
  selectable: ['.status.outcome'],
};

/** One answer. */
export const approvalDecision: Kind = {
  kind: approvalDecisionKind,
  plural: 'approvaldecisions',
  singular: 'approvaldecision',
  shortName: 'ad',
  description:
    "One person's answer to an ApprovalTask of the same namespace. Create-only: nobody may change it.",
  frozen: 'spec is frozen: an answer cannot be changed. Create another ApprovalDecision.',
  spec: approvalDecisionSpec,
  status: approvalDecisionStatus,
  descriptions: decisionDescriptions,
  listKeys: {},
  columns: [
    { name: 'Task', jsonPath: '.spec.taskRef.name' },
    { name: 'Decision', jsonPath: '.spec.decision' },
    { name: 'By', jsonPath: '.spec.actor.username' },
    { name: 'Via', jsonPath: '.spec.via' },
    { name: 'Verdict', jsonPath: '.status.verdict' },
    { name: 'Code', jsonPath: '.status.code' },
    age,
  ],
  selectable: ['.spec.taskRef.name'],
};

export const kinds: readonly Kind[] = [approvalTask, approvalDecision];
