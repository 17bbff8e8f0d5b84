import { createHash } from 'node:crypto';
import { approvalTaskSpec, type ApprovalTask, type ApprovalTaskStatus } from '../api/approvaltask.ts';
import type { z } from 'zod';
import { noChannels } from '../api/channels.ts';
import { timestamp } from '../api/time.ts';
import { nobodyKnown } from '../domain/directory.ts';
import type { Reach } from './recipients.ts';
import { noReminders } from './reminders.ts';

/** When the tasks of these tests began. */
export const start = Date.UTC(2026, 10, 21, 9, 0, 0);

/** A pending task of three people whose deadline is two hours away, for tests of this folder. */
export function taskOf(
  spec: Partial<z.input<typeof approvalTaskSpec>> = {},
  status: Partial<ApprovalTaskStatus> = {},
): ApprovalTask {
  return {
    metadata: {
      name: 'release-approve',
      namespace: 'shop',
      uid: 'uid-1',
      resourceVersion: '10',
      creationTimestamp: timestamp(start),
      generation: 1,
    },
    spec: approvalTaskSpec.parse({
      customRunRef: { name: 'release-approve', uid: 'run-uid' },
      pipelineRun: { name: 'release-7x9k2', uid: 'pr-uid' },
      pipelineTask: 'approve',
      pipeline: 'release',
      description: 'Release 2.4 to production',
      approvers: ['ann@example.com', 'bob@example.com', 'cid@example.com'],
      ...spec,
    }),
    status: {
      status: 'pending',
      attempt: 1,
      startTime: timestamp(start),
      deadline: timestamp(start + 2 * 3_600_000),
      ...status,
    },
  };
}

type Response = NonNullable<ApprovalTaskStatus['responses']>[number];

/** An approval by the person of that entry, ten minutes in. */
export function approvalBy(entry: string, more: Partial<Response> = {}): Response {
  return {
    decisionUid: `decision-of-${entry}`,
    attempt: 1,
    step: 1,
    entry,
    person: entry,
    identity: { kind: 'link', issuer: '', subject: entry },
    decision: 'approve',
    comment: '',
    time: timestamp(start + 600_000),
    via: 'link',
    assurance: 'link',
    ...more,
  };
}

/** Everybody with an address can be mailed, and nobody is known. */
export const everywhere: Reach = {
  mail: true,
  allowedDomains: [],
  directory: nobodyKnown,
  channels: noChannels,
  reminders: noReminders,
};

export const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
