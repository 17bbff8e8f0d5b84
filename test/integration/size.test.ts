import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalTask, ApprovalTaskSpec, Notification } from '../../src/api/approvaltask.ts';
import { limits } from '../../src/api/limits.ts';
import { apiVersion, approvalTaskKind, managers } from '../../src/api/names.ts';
import { renderRunStatus } from '../../src/api/runstatus.ts';
import { termsOf } from '../../src/api/storedapproval.ts';
import { largestTask, storedBytes } from '../../src/api/storedsize.ts';
import { renderTaskStatus } from '../../src/api/taskstatus.ts';
import type { CustomRun } from '../../src/api/tekton.ts';
import { approvalTasks, customRuns } from '../../src/api/resources.ts';
import type { Approval, Response } from '../../src/domain/approval.ts';
import { nobodyKnown } from '../../src/domain/directory.ts';
import { slots } from '../../src/domain/eligibility.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { accepted, params, read, reference } from '../builders/parameters.ts';
import { openGate, type Gate } from './gate.ts';

/**
 * The largest requests that are accepted at all, with every answer given in the longest words, are written to a real API
 * server. A character such as < takes six bytes there.
 */

let gate: Gate;
beforeAll(async () => {
  gate = await openGate({ operator: 'elsewhere' });
});
afterAll(async () => gate.close());

const full = (length: number): string => '<'.repeat(length);
const longestTexts = {
  description: full(limits.description),
  context: Object.fromEntries(
    Array.from({ length: limits.contextLines }, (_, at) => [
      `${String(at)}${full(100)}`,
      full(limits.contextValue),
    ]),
  ),
};
const names = (count: number, length: number): string[] =>
  Array.from({ length: count }, (_, at) => `${String(at)}-`.padEnd(length, '<'));

interface Extreme {
  readonly what: string;
  readonly given: (length: number) => Record<string, unknown>;
  readonly retries: number;
}

const fourEyes: Extreme = {
  what: 'FOUR_EYES of 100 names and 11 attempts',
  given: (length) => ({ strategy: 'FOUR_EYES', approvers: names(100, length), ...longestTexts }),
  retries: 10,
};

const everybody: Extreme = {
  what: 'MULTI of 100 names',
  given: (length) => ({ strategy: 'MULTI', approvers: names(100, length), ...longestTexts }),
  retries: 0,
};

const extremes: Extreme[] = [
  fourEyes,
  everybody,
  {
    what: 'MULTI of 75 names and two attempts',
    given: (length) => ({ strategy: 'MULTI', approvers: names(75, length) }),
    retries: 1,
  },
  {
    what: 'MULTI of 10 groups and 8 attempts',
    given: (length) => ({ strategy: 'MULTI', groups: names(10, length), approvers: names(100, length) }),
    retries: 7,
  },
];

/** The request with the longest names that is accepted. */
function longestAccepted({ given, retries }: Extreme): ApprovalTaskSpec {
  let [fits, tooLong] = [8, limits.entry + 1];
  while (tooLong - fits > 1) {
    const middle = Math.floor((fits + tooLong) / 2);
    if (read(given(middle), { retries }).ok) fits = middle;
    else tooLong = middle;
  }
  return accepted(read(given(fits), { retries })).spec;
}

/** Every answer that such a request can collect. */
function allAnswers(spec: ApprovalTaskSpec): Response[] {
  const entries = slots(termsOf(spec));
  const each = spec.strategy === 'MULTI' ? entries : entries.slice(0, 2);
  const attempts = Array.from({ length: 1 + spec.retries }, (_, at) => at + 1);
  return attempts.flatMap((attempt) => each.map((entry, at) => answerOf(spec, { entry, attempt, at })));
}

function answerOf(
  spec: ApprovalTaskSpec,
  { entry, attempt, at }: { entry: string; attempt: number; at: number },
): Response {
  const person = spec.groups.length > 0 ? full(limits.entry) : entry;
  const number = String(1_000 * attempt + at).padStart(12, '0');
  return {
    decisionUid: `00000000-0000-4000-8000-${number}`,
    attempt,
    step: 1,
    entry,
    person,
    identity: { kind: 'link', issuer: '', subject: person, groups: [] },
    decision: 'approve',
    comment: full(limits.comment),
    time: Date.parse('2026-11-21T10:00:00Z'),
    via: 'link',
    assurance: 'link',
    browser: 'a'.repeat(64),
    digest: 'd'.repeat(64),
  };
}

function finished(spec: ApprovalTaskSpec): Approval {
  const time = Date.parse('2026-11-21T10:00:00Z');
  const past = Array.from({ length: spec.retries }, (_, at) => ({
    attempt: at + 1,
    startTime: time,
    deadline: time,
    completionTime: time,
  }));
  return {
    outcome: 'approved',
    attempt: 1 + spec.retries,
    startTime: time,
    deadline: time,
    completionTime: time,
    responses: allAnswers(spec),
    pastAttempts: past,
    linkGeneration: spec.retries,
  };
}

function renderingOf(task: ApprovalTask): Parameters<typeof renderTaskStatus>[0] {
  const worst = { status: 'False', message: full(9_999) } as const;
  return {
    task,
    approval: finished(task.spec),
    approvalUrl: '',
    unreachable: slots(termsOf(task.spec)),
    auditDigest: 'f'.repeat(64),
    directory: nobodyKnown,
    circumstances: [
      { ...worst, type: 'PolicyEnforced', reason: 'ForgeryAccepted' },
      { ...worst, type: 'PeopleDirectoryValid', reason: 'Invalid' },
    ],
    now: Date.parse('2026-11-21T10:00:00Z'),
  };
}

const notices = (count: number): Notification[] =>
  Array.from({ length: count }, (_, at) => ({
    id: String(at).padStart(64, '0'),
    kind: 'secondStepRequested',
    channel: 'mail',
    attempt: 11,
    state: 'waiting',
    attempts: 12,
    lastTime: '2026-11-21T10:00:00Z',
    nextTime: '2026-11-21T10:00:00Z',
    lastError: full(limits.contextName),
  }));

async function applyStatus(name: string, status: object, fieldManager: string): Promise<ApprovalTask> {
  const body = { apiVersion, kind: approvalTaskKind, metadata: { name, namespace: gate.namespace }, status };
  const { object } = await gate.admin.patch<ApprovalTask & KubeObject>(approvalTasks, gate.key(name), body, {
    type: 'apply',
    subresource: 'status',
    fieldManager,
    force: true,
  });
  return object;
}

describe('the largest request that is accepted is stored with all its answers', () => {
  it.each(extremes.map((extreme, at) => ({ ...extreme, name: `extreme-${String(at)}` })))(
    'H55: $what',
    async ({ name, ...extreme }) => {
      const spec = longestAccepted(extreme);
      const metadata = { name, annotations: { 'tekton-approvals/notes': full(limits.message) } };
      const created = await gate.create<ApprovalTask & KubeObject>(approvalTasks, {
        apiVersion,
        kind: approvalTaskKind,
        metadata,
        spec,
      });
      const condition = {
        type: 'NotificationsDelivered',
        status: 'False',
        reason: 'Failing',
        message: full(limits.message),
      };
      const delivered = { ...condition, lastTransitionTime: '2026-11-21T10:00:00Z' };
      await applyStatus(name, renderTaskStatus(renderingOf(created)), managers.controller);
      const outbox = { notifications: notices(limits.people), conditions: [delivered] };
      const stored = await applyStatus(name, outbox, 'tekton-approvals-notifier');
      expect(stored.status?.responses).toHaveLength(allAnswers(spec).length);
      expect(storedBytes(stored)).toBeLessThanOrEqual(largestTask(spec));
      expect(largestTask(spec)).toBeLessThanOrEqual(limits.stored);
    },
  );
});

describe('the run of the largest request', () => {
  it('H55: takes condition, results and the record of ten retries', async () => {
    const spec = longestAccepted(everybody);
    const run = await gate.create<CustomRun & KubeObject>(customRuns, {
      apiVersion: 'tekton.dev/v1beta1',
      kind: 'CustomRun',
      metadata: { name: 'largest-run' },
      spec: {
        customRef: reference,
        retries: limits.retries,
        params: params({ approvers: spec.approvers, ...longestTexts }),
      },
    });
    const rendering = renderingOf({ metadata: { ...run.metadata, uid: 'u'.repeat(36) }, spec });
    const { pastAttempts } = finished({ ...spec, retries: limits.retries });
    const approval = { ...rendering.approval, pastAttempts };
    const status = renderRunStatus({ ...rendering, approval, run, notes: [full(limits.message)] });
    const { object } = await gate.admin.patch<CustomRun & KubeObject>(
      customRuns,
      gate.key('largest-run'),
      { status },
      { type: 'merge', subresource: 'status' },
    );
    expect(object.status?.retriesStatus).toHaveLength(limits.retries);
    const approvedBy = object.status?.results?.find(({ name }) => name === 'approvedBy')?.value;
    expect(String(approvedBy).split('|')).toHaveLength(100);
  });
});
