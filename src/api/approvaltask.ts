import * as z from 'zod';
import {
  assurances,
  channels,
  commentRules,
  decisions,
  identityKinds,
  onRejects,
  outcomes,
  strategies,
} from '../domain/approval.ts';
import { limits } from './limits.ts';
import type { ObjectMeta } from './object.ts';

const text = (max: number): z.ZodString => z.string().max(max);
const time = text(limits.time);
const entries = z.array(text(limits.entry).min(1)).max(limits.people);

const requesterCertainties = ['stamped', 'asserted', 'unknown'] as const;

const reference = z.object({ name: text(limits.name), uid: text(limits.uid) });

/** What is asked and of whom. Frozen: the API server refuses every change of it. */
export const approvalTaskSpec = z.object({
  /** `hash` is sha256 over the run's reference, customSpec and params as first seen; another hash later is drift. */
  customRunRef: reference.extend({ hash: text(limits.digest).default('') }).optional(),
  pipelineRun: reference.optional(),
  pipelineTask: text(limits.name).default(''),
  pipeline: text(limits.pipeline).default(''),
  description: text(limits.description).default(''),
  strategy: z.enum(strategies).default('SINGLE'),
  approvers: entries.default([]),
  groups: entries.default([]),
  notifyOnSlack: text(limits.channelName).default(''),
  notifyOnTeams: text(limits.channelName).default(''),
  onReject: z.enum(onRejects).default('continue'),
  commentRequired: z.enum(commentRules).default('never'),
  /** A Go duration; empty: no limit. */
  timeout: text(limits.duration).default(''),
  retries: z.int().min(0).max(limits.retries).default(0),
  requester: z
    .object({ name: text(limits.entry), certainty: z.enum(requesterCertainties) })
    .default({ name: '', certainty: 'unknown' }),
  context: z
    .array(z.object({ name: text(limits.contextName), value: text(limits.contextValue) }))
    .max(limits.contextLines)
    .default([]),
  /** sha256, in hex, over the canonical JSON of what the approver is shown. */
  digest: text(limits.digest).default(''),
});
export type ApprovalTaskSpec = z.infer<typeof approvalTaskSpec>;

const identity = z.object({
  kind: z.enum(identityKinds),
  issuer: text(limits.entry),
  subject: text(limits.entry),
});

const response = z.object({
  decisionUid: text(limits.uid),
  attempt: z.int().min(1),
  step: z.int().min(1),
  entry: text(limits.entry),
  person: text(limits.entry),
  /** True where the people directory named the person. */
  mapped: z.boolean().optional(),
  identity,
  decision: z.enum(decisions),
  comment: text(limits.comment),
  time,
  via: z.enum(channels),
  assurance: z.enum(assurances),
  browser: text(limits.digest).optional(),
  /** Head of the audit chain after this response: by it a record that was changed is found. */
  digest: text(limits.digest).optional(),
});

const pastAttempt = z.object({
  attempt: z.int().min(1),
  startTime: time,
  deadline: time,
  completionTime: time,
});

const noticeStates = ['waiting', 'attempting', 'sent', 'failed', 'dropped'] as const;

/** Progress of one notice. No address and no token: the recipient is found again from the id. */
const notification = z.object({
  id: text(limits.digest),
  kind: text(limits.reason),
  channel: text(limits.channelName),
  attempt: z.int().min(1),
  state: z.enum(noticeStates),
  attempts: z.int().min(0),
  lastTime: time.optional(),
  nextTime: time.optional(),
  lastError: text(limits.contextValue).optional(),
  /** Which of its kind, where a kind repeats. */
  ordinal: z.int().min(1).optional(),
  /** A configured channel, by its name. */
  target: text(limits.channelName).optional(),
  /** By what the provider finds the message again. */
  ref: text(limits.digest).optional(),
});
export type Notification = z.infer<typeof notification>;

const condition = z.object({
  type: text(limits.reason),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: text(limits.reason),
  message: text(limits.message),
  lastTransitionTime: time,
  observedGeneration: z.int().optional(),
});

export const approvalTaskStatus = z.object({
  /** pending or completed, as existing users' scripts read it; `outcome` says what it became. */
  status: z.enum(['pending', 'completed']).optional(),
  message: text(limits.message).optional(),
  reason: text(limits.reason).optional(),
  approvalUrl: text(limits.url).optional(),
  results: z
    .object({
      decision: text(limits.result),
      comment: text(limits.result),
      approvedBy: text(limits.result),
      rejectedBy: text(limits.result),
    })
    .optional(),
  outcome: z.enum(outcomes).optional(),
  attempt: z.int().min(1).optional(),
  startTime: time.optional(),
  deadline: time.optional(),
  completionTime: time.optional(),
  responses: z.array(response).max(limits.responses).optional(),
  pastAttempts: z.array(pastAttempt).max(limits.retries).optional(),
  awaiting: entries.optional(),
  unreachable: entries.optional(),
  auditDigest: text(limits.digest).optional(),
  notifications: z.array(notification).max(limits.notifications).optional(),
  linkGeneration: z.int().min(0).optional(),
  observedGeneration: z.int().optional(),
  conditions: z.array(condition).max(limits.conditions).optional(),
});
export type ApprovalTaskStatus = z.infer<typeof approvalTaskStatus>;

export interface ApprovalTask {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: ApprovalTaskSpec;
  status?: ApprovalTaskStatus;
}
