import { expect, test } from 'vitest';
import { nobodyKnown } from '../../domain/directory.ts';
import { start, taskOf } from '../fixture.ts';
import { messageOf } from '../message.ts';
import { renderText } from './text.ts';
import { renderHtml } from './view.tsx';

const own = 'https://approvals.example.com/l/v1.k.p.m';

test('a mail links to the request and to the pages that the author shows, and words around an address stay words', () => {
  const context = [
    { name: 'Build', value: 'https://CI.example.com/7?a=1&b=2' },
    { name: 'Note', value: 'see https://evil.example' },
    { name: 'Script', value: 'javascript:alert(1)' },
  ];
  const message = messageOf({
    task: taskOf({ context }),
    notice: { kind: 'requested', recipient: { entry: 'ann@example.com' } },
    directory: nobodyKnown,
    link: own,
    now: start,
  });
  const html = renderHtml(message);
  const build = 'https://ci.example.com/7?a=1&amp;b=2';
  expect([...html.matchAll(/href="([^"]*)"/gu)].map(([, href]) => href)).toEqual([own, build, own]);
  expect(html).toContain(`>${build}</a>`);
  expect(renderText(message)).toContain('> Build: https://ci.example.com/7?a=1&b=2');
});
