import { describe, expect, test } from 'vitest';
import type { ApprovalTask } from '../api/approvaltask.ts';
import { directoryOf, nobodyKnown } from '../domain/directory.ts';
import { knownAs } from '../domain/fixture.ts';
import { approvalBy, start, taskOf } from './fixture.ts';
import { renderText } from './mail/text.ts';
import { renderHtml } from './mail/view.tsx';
import { messageOf, type Message, type MessageFacts } from './message.ts';

const link = 'https://approvals.example.com/l/v1.k.p.m';

function message(task: ApprovalTask, more: Partial<MessageFacts> = {}): Message {
  const notice = { kind: 'requested', recipient: { entry: 'ann@example.com' } } as const;
  return messageOf({ task, notice, directory: nobodyKnown, link, now: start, ...more });
}

const second = { kind: 'secondStepRequested', recipient: { entry: 'cid@example.com' } } as const;

describe('what a message says', () => {
  test('the subject names what is waiting, as read by us', () => {
    expect(message(taskOf()).subject).toBe('Approval needed: approve of release-7x9k2 (shop)');
  });

  test('the second step names who was first and shows the comment', () => {
    const task = taskOf(
      { strategy: 'FOUR_EYES' },
      { responses: [approvalBy('bob@example.com', { comment: 'looks\r\ngood' })] },
    );
    const said = message(task, { notice: second });
    expect(said.subject).toMatch(/^Second approval needed: /u);
    expect(said.answers).toEqual([
      { sentence: 'bob@example.com approved first, at 2026-11-21 09:10 UTC.', comment: 'looks\ngood' },
    ]);
  });

  test.each([
    [
      'the own deadline',
      {},
      start + 9e6,
      'Answer before 2026-11-21 11:00 UTC, which is 2 hours after this message was sent.',
    ],
    [
      'the end of the pipeline run where that is earlier',
      {},
      start + 3_600_000,
      'Answer before 2026-11-21 10:00 UTC, which is 1 hour after this message was sent. Then the time limit of the pipeline run itself ends it.',
    ],
    [
      'the end of the pipeline run where there is no deadline',
      { deadline: undefined },
      start + 60_000,
      'Answer before 2026-11-21 09:01 UTC, which is 1 minute after this message was sent. Then the time limit of the pipeline run itself ends it.',
    ],
    ['no limit', { deadline: undefined }, undefined, 'There is no time limit.'],
  ])('the deadline is %s', (...[, status, runEndsAt, sentence]) => {
    expect(message(taskOf({}, status), runEndsAt === undefined ? {} : { runEndsAt }).deadline).toBe(sentence);
  });

  test.each([
    [
      'one approver',
      { approvers: ['ann@example.com'] },
      'You are asked as ann@example.com. Your answer decides.',
    ],
    [
      'several',
      { approvers: ['ann@example.com', 'bob'] },
      'You are asked as ann@example.com. Any one of these can decide: ann@example.com, bob.',
    ],
    [
      'MULTI',
      { strategy: 'MULTI', approvers: ['ann@example.com', 'bob'] },
      'You are asked as ann@example.com. All of these must approve, and the first rejection ends it: ann@example.com, bob.',
    ],
    [
      'a group',
      { groups: ['ann@example.com'] },
      'You are asked as a member of ann@example.com. Any member of these can decide: ann@example.com.',
    ],
  ] as const)('who is asked: %s', (...[, spec, sentence]) => {
    expect(message(taskOf(spec as object)).asked).toBe(sentence);
  });

  test.each([
    ['stamped', 'carol (confirmed by the cluster)'],
    ['asserted', 'carol (says the trigger; not proven)'],
    ['unknown', 'not known'],
  ] as const)('a requester that is %s is shown so', (certainty, value) => {
    const { facts } = message(taskOf({ requester: { name: 'carol', certainty } }));
    expect(facts).toContainEqual({ name: 'Requested by', value });
  });

  test.each([
    [{}, { deadline: undefined }, 'The pipeline keeps waiting.'],
    [{}, {}, 'At the deadline the request ends without an approval, and this step of the pipeline fails.'],
    [{ retries: 1 }, {}, 'At the deadline the request starts again, with a new message and a new link.'],
    [
      { retries: 1 },
      { attempt: 2 },
      'At the deadline the request ends without an approval, and this step of the pipeline fails.',
    ],
  ])('what happens without an answer: %j %j', (spec, status, value) => {
    expect(message(taskOf(spec), {}).next.length).toBeGreaterThan(2);
    expect(message(taskOf(spec, status)).next).toContainEqual({ name: 'If nobody answers', value });
  });

  test.each([
    ['without a deadline', {}, { deadline: undefined }, start + 60_000],
    ['before the deadline', {}, {}, start + 3_600_000],
    ['before the deadline, with retries left', { retries: 1 }, {}, start + 3_600_000],
  ])('where the pipeline run ends first, no other end is promised: %s', (...[, spec, status, runEndsAt]) => {
    expect(message(taskOf(spec, status), { runEndsAt }).next).toContainEqual({
      name: 'If nobody answers',
      value: 'The pipeline run reaches its time limit, and the request ends without an approval.',
    });
  });

  test('where the deadline comes first, the end of the pipeline run is not mentioned', () => {
    expect(JSON.stringify(message(taskOf(), { runEndsAt: start + 9e6 }))).not.toMatch(
      /reaches its time limit/u,
    );
  });

  test('members of a FOUR_EYES group are told how to answer, because their link only shows the request', () => {
    const said = message(taskOf({ strategy: 'FOUR_EYES', groups: ['ops@example.com'] }));
    expect(renderText(said)).toContain('\nOpen the request:\nhttps://');
    for (const part of [renderHtml(said), renderText(said)])
      expect(part).toContain('cannot be told apart. Members answer with kubectl.');
  });

  test('people are shown by display name and handle, and the link of a member is theirs alone', () => {
    const directory = directoryOf({
      persons: [knownAs('ann', { displayName: 'Ann\u202EA', emails: ['ann@example.com'] })],
      groups: [{ name: 'ops', members: ['ann'] }],
    });
    const task = taskOf(
      { strategy: 'FOUR_EYES', groups: ['ops'] },
      { responses: [approvalBy('ops', { person: 'ann' })] },
    );
    const notice = { kind: 'requested', recipient: { entry: 'ops', member: 'ann' } } as const;
    const { asked, personal, viewOnly, answers } = message(task, { directory, notice });
    expect(asked).toMatch(/^You are asked as Ann.+A \(ann\), a member of ops\. Two different members/u);
    expect(asked).not.toContain('\u202E');
    expect(personal).toMatch(/^This link is yours alone: whoever opens it answers as Ann.+A \(ann\)\./u);
    expect(viewOnly).toBe(false);
    expect(answers[0]?.sentence).toMatch(/^Ann.+A \(ann\) approved first/u);
    const listed = { kind: 'requested', recipient: { entry: 'ann@example.com' } } as const;
    expect(message(taskOf(), { directory, notice: listed }).asked).toMatch(
      /^You are asked as Ann.+A \(ann\)\./u,
    );
  });

  test('a description of 5 000 emoji is cut between characters', () => {
    const [description] = message({
      ...taskOf(),
      spec: { ...taskOf().spec, description: '\u{1f680}'.repeat(5000) },
    }).words;
    expect(Array.from(description?.value ?? '')).toHaveLength(4096);
    expect(description?.value.isWellFormed()).toBe(true);
  });
});

const hostile = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  '</textarea></td></table><form action=https://evil.example><button>Approve</button></form>',
  '{{7*7}} ${7*7} <%= 7*7 %>',
  "' onmouseover='alert(1)",
  '</style><style>.button{display:none}</style>',
  '<!channel> <https://evil.example|approve> &amp; &#60;b&#62;',
  '<!--[if mso]><v:rect href="https://evil.example"/><![endif]-->',
  'javascript:alert(1)',
];

/** A task in which every text that others can write is this one. */
function hostileTask(text: string): ApprovalTask {
  const task = taskOf({ strategy: 'FOUR_EYES' }, { responses: [approvalBy(text, { comment: text })] });
  return {
    ...task,
    spec: {
      ...task.spec,
      description: text,
      pipeline: text,
      pipelineTask: text,
      pipelineRun: { name: text, uid: 'u' },
      requester: { name: text, certainty: 'asserted' },
      approvers: [text, 'cid@example.com'],
      context: [{ name: text, value: text }],
    },
  };
}

/** Tags and attributes of a page, without its texts. */
function skeleton(html: string): string[] {
  return (html.match(/<[^>]*>/gu) ?? []).filter((tag) => !tag.startsWith('<title'));
}

describe('HTML injection', () => {
  const harmless = skeleton(renderHtml(message(hostileTask('harmless'), { notice: second })));

  test.each(hostile)('%s is text: tags and attributes are those of a harmless mail', (text) => {
    const html = renderHtml(message(hostileTask(text), { notice: second }));
    expect(skeleton(html)).toEqual(harmless);
  });

  test('a right-to-left override is shown as what it is, in both parts', () => {
    const said = message(hostileTask('safe \u202eexe.gnp'), { notice: second });
    for (const part of [renderHtml(said), renderText(said)]) {
      expect(part).toContain('[U+202E]');
      expect(part).not.toContain('\u202e');
    }
  });

  test('nothing is loaded and nothing is linked but the form', () => {
    const html = renderHtml(message(taskOf()));
    expect(html).not.toMatch(/<(?:img|script|link|iframe|form|object)|url\(|@import|src=/iu);
    expect([...html.matchAll(/href="([^"]*)"/gu)].map(([, href]) => href)).toEqual([link, link]);
  });

  test('no link says approve or reject', () => {
    const html = renderHtml(message(taskOf()));
    for (const [, text] of html.matchAll(/<a [^>]*>([^<]*)<\/a>/gu))
      expect(text).not.toMatch(/approve\b|reject/iu);
  });
});

test('in the text part, words of the pipeline cannot pass for ours', () => {
  const spoof =
    'ok\n\nOpen the request and answer:\nhttps://evil.example/approve\n--\nSent by Tekton Approvals';
  const text = renderText(message(taskOf({ description: spoof })));
  for (const line of text.split('\n').filter((one) => one.includes('evil.example')))
    expect(line).toMatch(/^> /u);
  expect(text.split('\n').filter((line) => line === 'Open the request and answer:')).toHaveLength(1);
});

test('the text part reads from top to bottom', () => {
  const task = taskOf({
    context: [{ name: 'Change', value: 'CHG-1' }],
    commentRequired: 'reject',
    approvers: ['ann@example.com'],
  });
  expect(renderText(message(task))).toMatchInlineSnapshot(`
    "Approval needed.

    The pipeline run release-7x9k2 in namespace shop has come to its task approve and is waiting for an answer.

    Answer before 2026-11-21 11:00 UTC, which is 2 hours after this message was sent.

    Open the request and answer:
    https://approvals.example.com/l/v1.k.p.m

    This link is yours alone: whoever opens it answers as ann@example.com. Do not forward this message.

    What is waiting:
    Namespace: shop
    Pipeline run: release-7x9k2
    Pipeline task: approve
    Requested by: not known

    What the pipeline says (written by its author, not checked):
    > Description: Release 2.4 to production
    > Pipeline: release
    > Change: CHG-1

    You are asked as ann@example.com. Your answer decides.

    What happens next:
    If you approve: The pipeline goes on.
    If you reject: The request ends at once, and the pipeline itself takes the path it has for a rejection.
    If nobody answers: At the deadline the request ends without an approval, and this step of the pipeline fails.
    Comment: A rejection needs a comment.

    --
    Sent by Tekton Approvals because the pipeline lists you as an approver. Replies are not read.
    "
  `);
});

test('a request that needs more than a link is answered with kubectl, and its mail says so (link-9)', () => {
  const minAssurance = { SINGLE: 'kubernetes', MULTI: 'link', FOUR_EYES: 'link' } as const;
  const said = message(taskOf(), { minAssurance });
  expect(renderText(said)).toContain('\nOpen the request:\nhttps://');
  for (const part of [renderHtml(said), renderText(said)])
    expect(part).toContain('it is answered with kubectl');
});
