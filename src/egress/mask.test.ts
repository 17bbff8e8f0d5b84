import { expect, test } from 'vitest';
import { maskText } from './mask.ts';

const password = 'correct horse';

test.each([
  ['an address', '550 5.1.1 <jane.doe+x@example.com>: user unknown', '550 5.1.1 <***>: user unknown'],
  ['an address behind a prefix', 'rfc822;jane@example.com no', 'rfc822;*** no'],
  ['a link', 'blocked: https://a.example/a/ns/run?x=1 is spam', 'blocked: *** is spam'],
  ['a token without its link', `spam v1.k1.${'a'.repeat(40)}.${'b'.repeat(43)} found`, 'spam *** found'],
  ['the password', `535 no ${password} here`, '535 no *** here'],
  ['the password in base64', `535 ${Buffer.from(password).toString('base64')}`, '535 ***'],
  ['line breaks and terminal codes', '550 a\r\n550 \u001b[31mb', '550 a 550 [31mb'],
  [
    'nothing secret',
    '450 4.2.0 greylisted, try again in 300 seconds',
    '450 4.2.0 greylisted, try again in 300 seconds',
  ],
])('%s', (_what, text, expected) => {
  expect(maskText(text, [password])).toBe(expected);
});

test('a secret that is part of a longer one leaves no rest of it', () => {
  expect(maskText('x correct horse battery x', ['correct horse', 'correct horse battery'])).toBe('x *** x');
});

test('an empty secret does not mask everything', () => {
  expect(maskText('plain', ['', 'a'])).toBe('plain');
});
