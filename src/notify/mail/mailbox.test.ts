import { expect, test } from 'vitest';
import { readMailbox } from './mailbox.ts';

test.each([
  ['a@example.com', '', 'a@example.com'],
  ['<a@example.com>', '', 'a@example.com'],
  ['Approvals <approvals@corp.example>', 'Approvals', 'approvals@corp.example'],
  ['Release desk   <desk@corp.example>', 'Release desk', 'desk@corp.example'],
  ['"Approvals, Prod" <a@example.com>', 'Approvals, Prod', 'a@example.com'],
  ['Freigaben für Köln <a@example.com>', 'Freigaben für Köln', 'a@example.com'],
])('%j is the name %j and the address %s', (text, name, address) => {
  expect(readMailbox(text)).toEqual({ name, address });
});

test.each([
  '',
  'approvals',
  'Approvals',
  'a@example.com, b@example.com',
  'Approvals <a@example.com>, <b@example.com>',
  'Approvals <a@example.com> <b@example.com>',
  'Approvals <a@@example.com>',
  'Approvals <"a"@example.com>',
  'Approvals, Prod <a@example.com>',
  'Approvals (ours) <a@example.com>',
  'group: a@example.com;',
  '"quote \\" inside" <a@example.com>',
  'Approvals\r\nBcc: eve@evil.example <a@example.com>',
  'Approvals <a@example.com>\r\nBcc: eve@evil.example',
  'Approvals \u202e<a@example.com>',
  `${'A'.repeat(65)} <a@example.com>`,
])('%j is no sender', (text) => {
  expect(readMailbox(text)).toBeUndefined();
});
