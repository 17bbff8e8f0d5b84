import { describe, expect, test } from 'vitest';
import { contentOf } from '../../src/api/content.ts';
import { description } from '../../src/cli/description.ts';
import { nobodyKnown } from '../../src/domain/directory.ts';
import { start, taskOf } from '../../src/notify/fixture.ts';
import { renderText } from '../../src/notify/mail/text.ts';
import { renderHtml } from '../../src/notify/mail/view.tsx';
import { messageOf, type Message } from '../../src/notify/message.ts';
import { renderCard } from '../../src/notify/slack/card.ts';
import { payloadOf } from '../../src/notify/teams/card.ts';
import { topicOf } from '../../src/notify/wording.ts';
import { aRequest, pendingPage } from '../../src/web/pages/fixture.ts';
import { renderPage } from '../../src/web/pages/page.tsx';

/** Ways to see one and the same request. What is checked: that nobody sees less of it, or by other names, than the others. */

const task = taskOf({
  requester: { name: 'carol', certainty: 'stamped' },
  description: 'Release 2.4 to production',
  context: [
    { name: 'Changes', value: 'new fee table' },
    { name: 'Tests', value: 'https://CI.example.com/7' },
  ],
});

const asking: Message = messageOf({
  task,
  notice: { kind: 'requested', recipient: { entry: 'ann@example.com' }, step: 1 },
  directory: nobodyKnown,
  link: 'https://approvals.example.com/l/token',
  now: start,
});

const telling: Message = messageOf({
  task: { ...task, status: { ...task.status, attempt: 1, status: 'completed', outcome: 'timedOut' } },
  notice: { kind: 'timedOut', recipient: { entry: 'ann@example.com' } },
  directory: nobodyKnown,
  link: '',
  now: start,
});

const me = { user: 'ann@example.com', groups: [] };
const page = pendingPage({ request: aRequest({ topic: topicOf(task), content: contentOf(task) }) });

const ways: readonly (readonly [name: string, shown: string])[] = [
  ['the text of a mail', renderText(asking)],
  ['the page of a mail', renderHtml(asking)],
  ['the text of a mail that tells the end', renderText(telling)],
  ['a message in Slack', JSON.stringify(renderCard(asking, 'link'))],
  ['the end in Slack', JSON.stringify(renderCard(telling, 'link'))],
  ['a card in Teams', payloadOf(asking, { raw: false })],
  ['the end in Teams', payloadOf(telling, { raw: false })],
  ['the form', renderPage(page, { base: '' }).html],
  [
    'the terminal',
    description(task, { me, rights: { approve: true, create: true }, now: start, columns: 200 }),
  ],
];

describe.each(ways)('%s', (_, shown) => {
  const text = shown.replaceAll(/<[^>]*>/gu, '');

  test.each(contentOf(task).facts)('shows the fact "$name"', ({ name, value, note = '' }) => {
    for (const part of [name, value, note]) expect(text).toContain(part);
  });

  test('shows all that the author wrote', () => {
    const { description: words, lines } = contentOf(task).words;
    for (const part of [words, ...lines.flatMap(({ name, value }) => [name, value])])
      expect(text).toContain(part);
  });
});

test('an address is shown as it is opened', () => {
  expect(contentOf(task).words.lines).toContainEqual({
    name: 'Tests',
    value: 'https://ci.example.com/7',
    href: 'https://ci.example.com/7',
  });
});
