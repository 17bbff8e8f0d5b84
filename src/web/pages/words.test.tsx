import { expect, test } from 'vitest';
import { aContent, aRequest, pendingPage } from './fixture.ts';
import { renderPage } from './page.tsx';

const htmlWith = (value: string): string => {
  const content = aContent({ description: '', pipeline: '', context: [{ name: 'Changes', value }] });
  return renderPage(pendingPage({ request: aRequest({ content }) }), { base: '' }).html;
};

test('a page that the author shows is a link to what is read, and is told nothing of this one', () => {
  expect(htmlWith('https://CI.example.com/7')).toContain(
    '<a href="https://ci.example.com/7" target="_blank" rel="noopener noreferrer nofollow">https://ci.example.com/7</a>',
  );
});

test.each([
  ['an address of another kind', 'javascript:alert(1)'],
  ['an address with a user name that looks like a host', 'https://bank.example@evil.example'],
  ['words around an address', 'approve at https://evil.example now'],
  ['markup', '<a href="https://evil.example">CHG-1</a>'],
])('H20: %s is text', (_, value) => {
  expect(htmlWith(value)).not.toMatch(/<a [^>]*evil|href="javascript/u);
});

test('whoever answers reads which channel could not be told', () => {
  const sentence = 'Slack channel relases is not configured, so nobody is told there.';
  const page = pendingPage({ request: aRequest({ untold: [sentence] }) });
  expect(renderPage(page, { base: '' }).html).toContain(sentence);
});
