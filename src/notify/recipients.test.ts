import { expect, test } from 'vitest';
import { approvalBy, taskOf } from './fixture.ts';
import { addressed, isReachable, unreachable } from './recipients.ts';

const everybody = { mail: true, allowedDomains: [] };
const ask = (kind: string, step: number, ...recipients: string[]) =>
  recipients.map((recipient) => ({ kind, step, recipient }));

test.each([
  [
    'SINGLE asks everybody listed',
    taskOf(),
    ask('requested', 1, 'ann@example.com', 'bob@example.com', 'cid@example.com'),
  ],
  [
    'a group list wins over people',
    taskOf({ groups: ['sec@example.com', 'ops'] }),
    ask('requested', 1, 'sec@example.com', 'ops'),
  ],
  [
    'one person in two spellings is asked once',
    taskOf({ approvers: ['ann@example.com', 'Ann@Example.com'] }),
    ask('requested', 1, 'ann@example.com'),
  ],
  [
    'FOUR_EYES asks the whole pool first',
    taskOf({ strategy: 'FOUR_EYES' }),
    ask('requested', 1, 'ann@example.com', 'bob@example.com', 'cid@example.com'),
  ],
  [
    'the second step leaves out the first person',
    taskOf({ strategy: 'FOUR_EYES' }, { responses: [approvalBy('bob@example.com')] }),
    ask('secondStepRequested', 2, 'ann@example.com', 'cid@example.com'),
  ],
  [
    'the second step leaves out whoever could be the first person under another spelling',
    taskOf(
      { strategy: 'FOUR_EYES', approvers: ['bob', 'bob+2@example.com', 'cid@example.com'] },
      { responses: [approvalBy('bob')] },
    ),
    ask('secondStepRequested', 2, 'cid@example.com'),
  ],
  [
    'the second step asks the group of the first person again, for its other members',
    taskOf(
      { strategy: 'FOUR_EYES', groups: ['sec@example.com'] },
      { responses: [approvalBy('sec@example.com', { person: 'bob' })] },
    ),
    ask('secondStepRequested', 2, 'sec@example.com'),
  ],
  [
    'an answer of an earlier attempt does not count',
    taskOf({ strategy: 'FOUR_EYES', retries: 1 }, { attempt: 2, responses: [approvalBy('bob@example.com')] }),
    ask('requested', 1, 'ann@example.com', 'bob@example.com', 'cid@example.com'),
  ],
])('%s', (_what, task, expected) => {
  expect(addressed(task)).toMatchObject(expected);
  expect(addressed(task)).toHaveLength(expected.length);
});

test.each([
  ['an address', 'ann@example.com', everybody, true],
  ['a user name', 'ann', everybody, false],
  ['an address without a mail server', 'ann@example.com', { mail: false, allowedDomains: [] }, false],
  [
    'an address in an allowed domain',
    'ann@Example.com',
    { mail: true, allowedDomains: ['corp.example', 'example.COM'] },
    true,
  ],
  [
    'an address in another domain',
    'ann@example.com',
    { mail: true, allowedDomains: ['corp.example'] },
    false,
  ],
  [
    'an address in a domain that only ends alike',
    'ann@evil-example.com',
    { mail: true, allowedDomains: ['example.com'] },
    false,
  ],
  [
    'an address in a subdomain',
    'ann@sub.example.com',
    { mail: true, allowedDomains: ['example.com'] },
    false,
  ],
])('%s', (...[, entry, reach, expected]) => {
  expect(isReachable(entry, reach)).toBe(expected);
});

test('unreachable are those of the list that counts, to whom nothing can be sent', () => {
  const { spec } = taskOf({ approvers: ['ann', 'bob@example.com', 'cid@other.example'] });
  expect(unreachable(spec, { mail: true, allowedDomains: ['example.com'] })).toEqual([
    'ann',
    'cid@other.example',
  ]);
  expect(unreachable({ ...spec, groups: ['ops'] }, everybody)).toEqual(['ops']);
});
