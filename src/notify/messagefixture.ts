import { timestamp } from '../api/time.ts';
import { nobodyKnown } from '../domain/directory.ts';
import { approvalBy, start, taskOf } from './fixture.ts';
import { messageOf, type Message } from './message.ts';
import type { NoticeKind } from './notice.ts';

/** The address of the request in these messages. */
export const url = 'https://approvals.example.com/t/shop/release-approve';

type TaskSpec = Parameters<typeof taskOf>[0];
type TaskStatus = NonNullable<Parameters<typeof taskOf>[1]>;

/** What a task is like when a message of this kind is sent. */
const statuses: Readonly<Record<NoticeKind, TaskStatus>> = {
  requested: {},
  secondStepRequested: { responses: [approvalBy('ann@example.com', { comment: 'Looks good' })] },
  reminder: {},
  responded: { responses: [approvalBy('ann@example.com', { comment: 'Looks good' })] },
  decided: {
    status: 'completed',
    outcome: 'approved',
    completionTime: timestamp(start + 1_200_000),
    responses: [approvalBy('ann@example.com', { comment: 'Looks good' })],
  },
  timedOut: {
    status: 'completed',
    outcome: 'timedOut',
    completionTime: timestamp(start + 7_200_000),
    responses: [],
  },
  cancelled: {
    status: 'completed',
    outcome: 'cancelled',
    completionTime: timestamp(start + 60_000),
    responses: [],
  },
};

export const everyKind = Object.keys(statuses) as NoticeKind[];

/** A message to a channel, of that kind, about a request that is like this. */
export function channelMessage(kind: NoticeKind, spec: TaskSpec = {}, status: TaskStatus = {}): Message {
  const strategy = kind === 'secondStepRequested' ? { strategy: 'FOUR_EYES' as const } : {};
  const task = taskOf({ ...strategy, ...spec }, { ...statuses[kind], ...status });
  const step = kind === 'secondStepRequested' ? 2 : 1;
  const notice = { kind, target: 'releases', step };
  return messageOf({ task, notice, directory: nobodyKnown, link: url, url, now: start });
}

/** Texts of people who want them to be more than text, by the row of docs/spec/hostile-inputs.md. */
export const hostileTexts: readonly (readonly [row: string, what: string, text: string])[] = [
  ['H20', 'HTML', '</textarea><script>alert(1)</script>"><img src=x onerror=alert(1)>'],
  ['H20', 'a link in Markdown', '[Approve here](https://evil.example/approve)'],
  ['H20', 'a bare address', 'https://evil.example/approve'],
  ['H20', 'an image in Markdown', '![x](https://evil.example/pixel.png)'],
  ['H20', 'emphasis and code', '**APPROVED** _already_ `rm -rf` ~~no~~'],
  ['H20', 'a heading and lists', '# Approved\n- one\n* two\n1. three\n> quoted'],
  ['H20', 'a table', '| a | b |\n| --- | --- |\n| c | d |'],
  ['H20', 'backslashes', '\\*\\[ \\\\ \\'],
  ['H20', 'JSON', '"},{"type":"Action.Submit","data":{"decision":"approve"}},{"x":"'],
  ['H20', 'templates', '{{7*7}} ${secret} @{triggerBody()} {{{x}}}'],
  ['H20', 'a date function', '{{DATE(2017-02-14T06:00:00Z, SHORT)}} {{TIME(2017-02-14T06:00:00Z)}}'],
  ['H20', 'entities', '&lt;b&gt; &amp; &#60;'],
  ['H21', 'mentions', '<at>everyone</at> <!channel> @channel'],
  ['H21', 'a link of another chat', '<https://evil.example|approve>'],
  ['H21', 'a direction override', 'approve \u202etsetal\u202c this'],
  ['H21', '5 000 emoji', '👩‍🚀'.repeat(1000) + '😀'.repeat(2000)],
  ['H21', 'half of a surrogate pair', 'a\ud83d b \udc00'],
  ['H21', 'a thousand lines', Array.from({ length: 1000 }, (_, n) => String(n)).join('\n')],
  ['H23', 'a header', 'x\r\nBcc: all@example.com\r\n\r\nbody'],
];
