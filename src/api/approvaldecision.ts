import * as z from 'zod';
import { assurances, channels, decisions, identityKinds } from '../domain/approval.ts';
import { refusalCodes } from '../domain/refusal.ts';
import { limits } from './limits.ts';
import type { ObjectMeta } from './object.ts';

const text = (max: number): z.ZodString => z.string().max(max);

/**
 * The operator's HMAC over the whole spec without this field, the object's namespace and name, and the two values
 * beside it. `mac` is `kid.base64url`.
 */
const decisionSeal = z.object({
  linkGeneration: z.int().min(0),
  browser: text(limits.digest),
  mac: text(limits.digest),
});
export type DecisionSeal = z.infer<typeof decisionSeal>;

/** One person's answer. Create-only: the API server refuses every change of it, and no role may update it. */
export const approvalDecisionSpec = z.object({
  taskRef: z.object({ name: text(limits.name), uid: text(limits.uid) }),
  attempt: z.int().min(1).optional(),
  decision: z.enum(decisions),
  comment: text(limits.comment).default(''),
  via: z.enum(channels),
  actor: z.object({
    kind: z.enum(identityKinds),
    issuer: text(limits.entry).default(''),
    username: text(limits.entry),
    groups: z.array(text(limits.entry)).max(limits.groupsOfActor).default([]),
  }),
  approver: text(limits.entry).optional(),
  assurance: z.enum(assurances).optional(),
  seal: decisionSeal.optional(),
});
export type ApprovalDecisionSpec = z.infer<typeof approvalDecisionSpec>;

export const approvalDecisionStatus = z.object({
  verdict: z.enum(['counted', 'refused']).optional(),
  code: z.enum(refusalCodes).optional(),
  message: text(limits.message).optional(),
  time: text(limits.time).optional(),
});
export type ApprovalDecisionStatus = z.infer<typeof approvalDecisionStatus>;

export interface ApprovalDecision {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: ApprovalDecisionSpec;
  status?: ApprovalDecisionStatus;
}
