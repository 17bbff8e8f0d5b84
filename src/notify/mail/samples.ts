import { approvalTaskSpec, type ApprovalTask, type ApprovalTaskStatus } from '../../api/approvaltask.ts';
import { timestamp } from '../../api/time.ts';
import { directoryOf, nobodyKnown } from '../../domain/directory.ts';
import { messageOf, type Message, type MessageNotice } from '../message.ts';
import { isAsking } from '../wording.ts';
import type { MailedKind } from './templatename.ts';

/** A message for looking at, and for trying templates with. */
export interface Sample {
  readonly kind: MailedKind;
  /** What is special about it. */
  readonly what: string;
  readonly message: Message;
}

/** When the sample requests began. */
const start = Date.UTC(2026, 10, 21, 9, 0, 0);
const minute = 60_000;
const link = 'https://approvals.example.com/l/v1.k1.sample-of-a-personal-link.0123456789abcdef';
const url = 'https://approvals.example.com/a/shop/release-7x9k2-approve';

const directory = directoryOf({
  persons: ['Ann', 'Bob', 'Cid'].map((name) => ({
    handle: name.toLowerCase(),
    displayName: `${name} Example`,
    emails: [`${name.toLowerCase()}@example.com`],
    kubernetesUsers: [],
    oidc: [],
    chat: [],
  })),
  groups: [],
});

const spec = approvalTaskSpec.parse({
  customRunRef: { name: 'release-7x9k2-approve', uid: 'b0c4' },
  pipelineRun: { name: 'release-7x9k2', uid: 'a1f3' },
  pipelineTask: 'approve',
  pipeline: 'release',
  description: 'Release 2.4 to production.\nThe database is migrated first; going back takes ten minutes.',
  approvers: ['ann@example.com', 'bob@example.com', 'cid@example.com'],
  strategy: 'FOUR_EYES',
  commentRequired: 'reject',
  requester: { name: 'dora@example.com', certainty: 'stamped' },
  context: [
    { name: 'Change', value: 'CHG-20117, approved by the change board' },
    { name: 'Image', value: `registry.example.com/shop/web@sha256:${'0f1e2d3c'.repeat(8)}` },
    { name: 'Tests', value: '1 204 passed\n0 failed' },
  ],
});

/** Nothing but what a request has at least. */
const bareSpec = approvalTaskSpec.parse({
  customRunRef: { name: 'by-hand', uid: 'c2' },
  approvers: ['ann@example.com'],
});

type Response = NonNullable<ApprovalTaskStatus['responses']>[number];

function answerOf(person: string, more: Partial<Response> = {}): Response {
  const subject = `${person}@example.com`;
  return {
    decisionUid: `decision-of-${person}`,
    attempt: 1,
    step: 1,
    entry: subject,
    person,
    identity: { kind: 'link', issuer: '', subject },
    decision: 'approve',
    comment: '',
    time: timestamp(start + 25 * minute),
    via: 'link',
    assurance: 'link',
    ...more,
  };
}

const first = answerOf('bob', { comment: 'Checked the migration on staging.\nGo ahead.' });
const second = answerOf('cid', { step: 2, time: timestamp(start + 40 * minute), comment: 'Fine with me.' });
const rejection = answerOf('cid', {
  step: 2,
  time: timestamp(start + 40 * minute),
  decision: 'reject',
  comment: 'Not on a Friday: please wait for Monday.',
});

const completed = { status: 'completed', completionTime: timestamp(start + 40 * minute) } as const;

type Row = readonly [MailedKind, string, Partial<ApprovalTaskStatus>, Partial<MessageNotice>?];

const rows: readonly Row[] = [
  ['requested', 'with everything that a request may say', {}],
  ['secondStepRequested', 'after a first approval with a comment', { responses: [first] }],
  ['reminder', 'to somebody who has not answered', {}, { ordinal: 1 }],
  ['decided', 'approved by two people', { ...completed, outcome: 'approved', responses: [first, second] }],
  ['decided', 'rejected', { ...completed, outcome: 'rejected', responses: [first, rejection] }],
  ['timedOut', 'with one answer of two', { ...completed, outcome: 'timedOut', responses: [first] }],
  ['cancelled', 'before anybody answered', { ...completed, outcome: 'cancelled' }],
  ['cancelled', 'after an answer', { ...completed, outcome: 'cancelled', responses: [first] }],
];

/** At least one message of each kind that is mailed, the most telling one first; and one of each that says the least. */
export const samples: readonly Sample[] = [...rows.map(sampleOf), ...rows.map(bareSampleOf)];

function sampleOf([kind, what, status, more]: Row): Sample {
  const notice = { kind, recipient: { entry: 'ann@example.com' }, ...more };
  const deadline = timestamp(start + 120 * minute);
  const task = taskOf(spec, { status: 'pending', deadline, ...status });
  const message = messageOf({ task, notice, directory, link: isAsking(kind) ? link : url, url, now: start });
  return { kind, what, message };
}

function bareSampleOf([kind, , status]: Row): Sample {
  const { responses: _left, ...rest } = status;
  const notice = { kind, recipient: { entry: 'ann@example.com' } };
  const task = taskOf(bareSpec, { status: 'pending', ...rest });
  const message = messageOf({
    task,
    notice,
    directory: nobodyKnown,
    link: isAsking(kind) ? link : '',
    now: start,
  });
  return { kind, what: 'with as little as possible', message };
}

function taskOf(given: ApprovalTask['spec'], status: Partial<ApprovalTaskStatus>): ApprovalTask {
  return {
    metadata: {
      name: 'release-7x9k2-approve',
      namespace: 'shop',
      uid: 'd3e4',
      resourceVersion: '1',
      creationTimestamp: timestamp(start),
      generation: 1,
    },
    spec: given,
    status: { attempt: 1, startTime: timestamp(start), ...status },
  };
}
