import { describe, expect, test } from 'vitest';
import type { ApprovalTask } from '../api/approvaltask.ts';
import { directoryOf, type Directory } from '../domain/directory.ts';
import { knownAs } from '../domain/fixture.ts';
import { approvalBy, everywhere, hash, taskOf } from './fixture.ts';
import { requestsOf } from './due.ts';
import { addressed, addressFor, unreachable, type Reach } from './recipients.ts';

const everybody = everywhere;
const ask = (kind: string, step: number, ...recipients: string[]) =>
  recipients.map((entry) => ({ kind, step, recipient: { entry } }));

test.each([
  [
    'SINGLE asks everybody listed',
    taskOf(),
    ask('requested', 1, 'ann@example.com', 'bob@example.com', 'cid@example.com'),
  ],
  [
    'a group list wins over people',
    taskOf({ groups: ['sec@example.com'] }),
    ask('requested', 1, 'sec@example.com'),
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
  expect(addressed(task, everybody)).toMatchObject(expected);
  expect(addressed(task, everybody)).toHaveLength(expected.length);
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
  expect(addressFor({ entry }, { ...everywhere, ...reach })).toBe(expected ? entry : undefined);
});

test('unreachable are those of the list that counts, to whom nothing can be sent', () => {
  const task = taskOf({ approvers: ['ann', 'bob@example.com', 'cid@other.example'] });
  expect(unreachable(task, { ...everywhere, allowedDomains: ['example.com'] })).toEqual([
    'ann',
    'cid@other.example',
  ]);
  const groups = { ...task, spec: { ...task.spec, groups: ['ops'] } };
  expect(unreachable(groups, everybody)).toEqual(['ops']);
});

test('nobody is reached by mail where requests are not mailed', () => {
  const quiet: Reach = { ...everybody, mailKinds: ['decided'] };
  expect(unreachable(taskOf({ approvers: ['ann@example.com'] }), quiet)).toEqual(['ann@example.com']);
});

describe('with a people directory', () => {
  const known = directoryOf({
    persons: [
      knownAs('ann', {
        displayName: 'Ann A',
        emails: ['ann@example.com', 'a2@example.com'],
        kubernetesUsers: ['u1'],
      }),
      knownAs('bob', { emails: ['bob@example.com'] }),
      knownAs('cid'),
    ],
    groups: [
      { name: 'ops', members: ['ann', 'bob', 'cid'] },
      { name: 'sec@example.com', members: ['ann'] },
      { name: 'none', members: ['cid'] },
    ],
  });
  const reach = { ...everybody, directory: known };
  const asked = (task: ApprovalTask) =>
    addressed(task, reach).map(({ recipient, address, place }) => [
      place,
      recipient.entry,
      recipient.member,
      address,
    ]);

  test('who is listed by handle or by Kubernetes user is mailed at the first address, an address at itself', () => {
    expect(asked(taskOf({ approvers: ['ann', 'a2@example.com', 'cid', 'u1'] }))).toEqual([
      [1, 'ann', undefined, 'ann@example.com'],
      [2, 'a2@example.com', undefined, 'a2@example.com'],
      [4, 'u1', undefined, 'ann@example.com'],
    ]);
  });

  test('a group is asked member by member, each once; one that it does not know as before', () => {
    expect(asked(taskOf({ groups: ['ops', 'sec@example.com', 'qa@example.com'] }))).toEqual([
      [1, 'ops', 'ann', 'ann@example.com'],
      [1, 'ops', 'bob', 'bob@example.com'],
      [3, 'qa@example.com', undefined, 'qa@example.com'],
    ]);
  });

  test('in MULTI a member of two groups is asked for each', () => {
    expect(asked(taskOf({ strategy: 'MULTI', groups: ['ops', 'sec@example.com'] })).slice(2)).toEqual([
      [2, 'sec@example.com', 'ann', 'ann@example.com'],
    ]);
  });

  test('the second step leaves out the first person, whatever that person answered by', () => {
    const responses = [
      approvalBy('ops', {
        person: 'ann',
        mapped: true,
        identity: { kind: 'kubernetes', issuer: '', subject: 'u1' },
      }),
    ];
    expect(asked(taskOf({ strategy: 'FOUR_EYES', groups: ['ops', 'none'] }, { responses }))).toEqual([
      [1, 'ops', 'bob', 'bob@example.com'],
    ]);
    expect(
      asked(taskOf({ strategy: 'FOUR_EYES', approvers: ['a2@example.com', 'bob'] }, { responses })),
    ).toEqual([[2, 'bob', undefined, 'bob@example.com']]);
  });

  test('unreachable are groups of which nobody can be mailed, and people without an address', () => {
    const task = taskOf({ groups: ['ops', 'sec@example.com', 'none', 'other'] });
    expect(unreachable(task, reach)).toEqual(['none', 'other']);
    expect(unreachable(taskOf({ approvers: ['ann', 'cid', 'u1'] }), reach)).toEqual(['cid']);
  });

  test('a group by which more than a hundred would be asked is told by somebody else', () => {
    const many = Array.from({ length: 100 }, (_, index) => `p${String(index)}`);
    const large = directoryOf({
      persons: [...many, 'one'].map((handle) => knownAs(handle, { emails: [`${handle}@example.com`] })),
      groups: [
        { name: 'many', members: many },
        { name: 'all', members: [...many, 'one'] },
        { name: 'one', members: ['one'] },
      ],
    });
    const [first, second] = [
      ['all', 'one'],
      ['many', 'one'],
    ].map((groups) => {
      return unreachable(taskOf({ groups }), { ...everybody, directory: large });
    });
    expect([first, second]).toEqual([['all'], ['one']]);
  });

  test('a notice keeps its id when the directory learns another address, name or member', () => {
    const task = taskOf({ groups: ['ops'] });
    const ids = (directory: Directory) =>
      requestsOf(task, { reach: { ...everybody, directory }, hash }).map(({ id }) => id);
    const changed = directoryOf({
      persons: [
        knownAs('zoe', { emails: ['zoe@example.com'] }),
        knownAs('ann', { displayName: 'Ann B', emails: ['new@example.com'] }),
        knownAs('bob', { emails: ['bob@example.com'] }),
      ],
      groups: [{ name: 'ops', members: ['zoe', 'ann', 'bob'] }],
    });
    expect(ids(changed).slice(1)).toEqual(ids(known));
    expect(new Set(ids(changed)).size).toBe(3);
  });
});
