import { contentOf, type Content, type Described } from '../../api/content.ts';
import { commentLimits } from '../../domain/text.ts';
import { refusals } from '../../domain/refusal.ts';
import type { End } from '../../domain/deadline.ts';
import type { Page, PendingModel, RequestModel, ResponseModel, SettledModel } from './model.ts';

/** Pages as they come up in practice, for tests and for looking at them. */

export const now = Date.UTC(2026, 10, 21, 11, 30);
const minute = 60_000;
const hour = 60 * minute;

const deadline: End = { at: now + 3 * hour, by: 'request' };

const bob: ResponseModel = {
  person: 'bob@bank.example',
  decision: 'approve',
  comment: 'Looked at the change list and the smoke tests.\nFine with me.',
  time: now - 25 * minute,
};

const carol: ResponseModel = {
  person: 'carol@bank.example',
  decision: 'reject',
  comment: 'The database migration has no way back.',
  time: now - 4 * minute,
};

/** What a request is about, as it is worked out from one that is stored. */
export function aContent(changes: Partial<Described['spec']> = {}, namespace = 'payments'): Content {
  const spec: Described['spec'] = {
    pipelineRun: { name: 'deploy-payments-x7k2p', uid: 'uid-of-the-run' },
    pipelineTask: 'approve-production',
    requester: { name: 'dave@bank.example', certainty: 'stamped' },
    description:
      'Deploy payments 4.2.0 to production.\n\nChanges: new fee table, faster settlement.\nTicket: CHG-20417',
    pipeline: 'deploy-payments',
    context: [
      { name: 'image', value: 'registry.bank.example/payments:4.2.0' },
      { name: 'tests', value: '1 204 passed' },
    ],
  };
  return contentOf({ metadata: { namespace }, spec: { ...spec, ...changes } });
}

/** A request that waits for one of two people. */
export function aRequest(changes: Partial<RequestModel> = {}): RequestModel {
  return {
    topic: 'approve-production of deploy-payments-x7k2p (payments)',
    content: aContent(),
    strategy: 'SINGLE',
    responses: [],
    awaiting: ['alice@bank.example', 'bob@bank.example'],
    untold: [],
    deadline,
    now,
    ...changes,
  };
}

export function aForm(changes: Partial<PendingModel> = {}): PendingModel {
  return {
    request: aRequest(),
    answeringAs: 'alice@bank.example',
    form: { action: '/form/7Yx1', csrf: 'csrf-of-the-session', nonce: 'nonce-of-the-form' },
    commentRequired: 'never',
    commentLimit: commentLimits.codePoints,
    next: {
      approve: 'The pipeline goes on.',
      reject: 'The request ends at once, and the pipeline run fails.',
    },
    ...changes,
  };
}

export function pendingPage(changes: Partial<PendingModel> = {}): Page {
  return { kind: 'pending', model: aForm(changes) };
}

function settledPage(changes: Partial<SettledModel>): Page {
  const model: SettledModel = {
    request: aRequest({ responses: [bob], awaiting: [] }),
    outcome: 'approved',
    completedAt: now - 25 * minute,
    byThisAnswer: false,
    ...changes,
  };
  return { kind: 'settled', model };
}

function unanswered(outcome: SettledModel['outcome'], because?: string): Page {
  return settledPage({
    outcome,
    ...(because !== undefined && { because }),
    request: aRequest({ awaiting: [] }),
    completedAt: now - 2 * minute,
  });
}

const withSecondStep = {
  ...aRequest(),
  strategy: 'FOUR_EYES',
  responses: [bob],
  awaiting: ['alice@bank.example', 'carol@bank.example'],
} satisfies RequestModel;

const everybody = {
  ...aRequest(),
  content: aContent({ requester: { name: 'ci-bot', certainty: 'asserted' } }),
  strategy: 'MULTI',
  awaiting: ['Alice Example (alice)', 'bob@bank.example', 'anyone in release-managers'],
  deadline: { at: now + 50 * minute, by: 'pipelineRun' },
} satisfies RequestModel;

const hostileText = [
  '<script>alert(1)</script> "><img src=x onerror=alert(2)> </textarea></title> {{7*7}} ${x} <!channel> &lt;b&gt;',
  'invoice_\u202egnp.exe and ad\u200bmin and \u2066isolated\u2069',
  'W'.repeat(180),
  `https://evil.example/${'a/'.repeat(80)}`,
  '\n\n\n\n\n\n\n\n\nfar below',
  '\u{1f469}\u200d\u{1f4bb} \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645',
].join('\n');

/** The words of somebody who attacks: markup, hidden characters, unbreakable words, names that look like ours. */
export const hostile: PendingModel = aForm({
  answeringAs: 'al\u200bice@bank.example',
  follows: '<b>bob</b>@bank.example',
  request: aRequest({
    topic: `${'t'.repeat(63)} of ${'r'.repeat(22)}\u2026`,
    content: aContent(
      {
        pipelineRun: { name: 'r'.repeat(253), uid: 'uid-of-the-run' },
        pipelineTask: 't'.repeat(63),
        requester: { name: `"><script>${'x'.repeat(100)}`, certainty: 'asserted' },
        description: hostileText,
        pipeline: 'deploy\r\nBcc: eve@evil.example\r\n\r\nApproved',
        context: [
          { name: 'C'.repeat(128), value: hostileText },
          { name: '</dl><h1>Approved</h1>', value: 'v'.repeat(300) },
        ],
      },
      'n'.repeat(63),
    ),
    strategy: 'FOUR_EYES',
    responses: [{ ...bob, person: 'e\u202ev'.repeat(20), comment: hostileText }],
    awaiting: ['p'.repeat(254), '"onfocus=alert(3) x="@evil.example'],
  }),
  problem: { sentence: refusals.commentRequired, comment: hostileText },
});

/** A page, and the status where it is not the page's own. */
export interface Sample {
  readonly page: Page;
  readonly status?: number;
}

/** Every page there is, under a short name; those with several faces more than once. */
export const samples: Readonly<Record<string, Sample>> = {
  pending: { page: pendingPage() },
  'pending-multi': {
    page: pendingPage({
      request: everybody,
      answeringAs: 'Alice Example (alice)',
      commentRequired: 'reject',
      next: {
        approve: 'The pipeline goes on once everybody listed has approved.',
        reject: 'The request ends at once, and the pipeline run fails.',
      },
    }),
  },
  'pending-second': {
    page: pendingPage({ request: withSecondStep, follows: bob.person, commentRequired: 'always' }),
  },
  'pending-approved-before': { page: pendingPage({ request: withSecondStep, approvedBefore: true }) },
  'pending-problem': {
    page: pendingPage({
      commentRequired: 'reject',
      problem: { sentence: refusals.commentRequired, comment: '' },
    }),
  },
  'pending-bare': {
    page: pendingPage({
      request: {
        topic: 'approve-production (payments)',
        content: aContent({
          pipelineRun: undefined,
          pipelineTask: '',
          customRunRef: { name: 'approve-production', uid: 'uid-of-the-run', hash: 'hash-of-the-run' },
          requester: { name: '', certainty: 'unknown' },
          description: '',
          pipeline: '',
          context: [],
        }),
        strategy: 'SINGLE',
        responses: [],
        awaiting: ['alice@bank.example'],
        untold: [],
        now,
      },
    }),
  },
  'pending-hostile': { page: { kind: 'pending', model: hostile } },
  counted: {
    page: {
      kind: 'counted',
      decision: 'approve',
      answeringAs: 'bob@bank.example',
      request: withSecondStep,
    },
  },
  recorded: { page: { kind: 'recorded', refreshTo: '/form/7Yx1/answers/a1' } },
  refused: {
    page: {
      kind: 'refused',
      code: 'alreadyAnswered',
      sentence: refusals.alreadyAnswered,
      request: withSecondStep,
    },
  },
  'refused-same-browser': {
    page: { kind: 'refused', code: 'sameBrowser', sentence: refusals.sameBrowser },
  },
  'read-only-late': {
    page: {
      kind: 'readOnly',
      why: 'late',
      request: aRequest({ deadline: { at: now - minute, by: 'request' } }),
    },
  },
  'read-only-assurance': { page: { kind: 'readOnly', why: 'assuranceTooLow', request: withSecondStep } },
  'read-only-shared-link': { page: { kind: 'readOnly', why: 'sharedLink', request: withSecondStep } },
  'approved-by-this-answer': { page: settledPage({ byThisAnswer: true }) },
  'approved-by-other': { page: settledPage({}) },
  'rejected-by-this-answer': {
    page: settledPage({
      outcome: 'rejected',
      byThisAnswer: true,
      request: aRequest({ responses: [carol], awaiting: [] }),
    }),
  },
  'rejected-by-other': {
    page: settledPage({
      outcome: 'rejected',
      completedAt: carol.time,
      request: aRequest({ responses: [bob, carol], awaiting: [] }),
    }),
  },
  lost: {
    page: settledPage({
      outcome: 'rejected',
      completedAt: carol.time,
      request: aRequest({ responses: [carol], awaiting: [] }),
    }),
    status: 409,
  },
  'timed-out': { page: unanswered('timedOut') },
  cancelled: { page: unanswered('cancelled', 'The pipeline run was cancelled.') },
  invalid: { page: unanswered('invalid', 'The approvers were changed after the request was made.') },
  'not-found': { page: { kind: 'notFound' } },
  gone: { page: { kind: 'gone', form: { action: '/fresh/7Yx1', token: 'token-for-a-new-mail' } } },
  'mail-me': { page: { kind: 'mailMe', form: { action: '/fresh/7Yx1' } } },
  mailed: { page: { kind: 'mailed' } },
  choose: {
    page: {
      kind: 'choose',
      links: [
        { href: '/form/7Yx1', text: 'approve-production of deploy-payments-x7k2p, as alice@bank.example' },
        { href: '/form/8Zq2', text: 'approve-production of deploy-payments-x7k2p, as release-managers' },
      ],
    },
  },
  'old-link': { page: { kind: 'oldLink' } },
  'too-many': { page: { kind: 'tooMany', retryAfterSeconds: 90 } },
  'not-ready': { page: { kind: 'notReady' } },
  problem: {
    page: {
      kind: 'problem',
      status: 405,
      title: 'This address cannot be used like that',
      sentence: 'It only shows a page. Nothing was recorded.',
    },
  },
};
