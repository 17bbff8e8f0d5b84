import { describe, expect, test } from 'vitest';
import { limits } from './limits.ts';
import { readPeople } from './people.ts';

const jane = {
  handle: 'jane',
  displayName: 'Jane Doe',
  emails: ['jane@example.com'],
  kubernetesUsers: ['oidc:jane@example.com'],
};

const problemsOf = (content: unknown): readonly string[] => {
  const read = readPeople(content);
  return read.ok ? [] : read.problems;
};
const persons = (...given: object[]): object => ({ persons: given });

test('a directory is read with what is left out as nothing', () => {
  const content = {
    persons: [jane, { handle: 'joe', emails: null }],
    groups: [{ name: 'qa', members: ['joe'] }],
  };
  const none = { kubernetesUsers: [], oidc: [], chat: [] };
  expect(readPeople(content)).toEqual({
    ok: true,
    people: {
      persons: [
        { ...none, ...jane },
        { ...none, handle: 'joe', emails: [] },
      ],
      groups: [{ name: 'qa', members: ['joe'] }],
    },
  });
});

test.each([[undefined], [null], [{}], [{ persons: null, groups: null }]])(
  '%j is a directory of nobody',
  (content) => {
    expect(readPeople(content)).toEqual({ ok: true, people: { persons: [], groups: [] } });
  },
);

describe('a problem names its path and repeats no value:', () => {
  test.each<[string, unknown, RegExp]>([
    ['no mapping', 'jane', /^The file must be a YAML mapping of persons, groups\.$/],
    [
      'a field that is not known',
      persons({ ...jane, mail: 'jane@example.com' }),
      /^persons\[0\] has a field that is none of handle, /,
    ],
    ['no handle', persons({}), /^persons\[0\]\.handle is missing: it must be 1 to 64 letters/],
    ['a number', persons({ handle: 7 }), /^persons\[0\]\.handle must be .*put it in quotes\.$/],
    [
      'a handle that would break a joined result',
      persons({ handle: 'a|b' }),
      /^persons\[0\]\.handle must be/,
    ],
    ['a handle like an address', persons({ handle: 'a@b.io' }), /^persons\[0\]\.handle must be/],
    [
      'no address',
      persons({ handle: 'a', emails: ['Jane <j@x.io>'] }),
      /^persons\[0\]\.emails\[0\] must be one plain e-mail/,
    ],
    ['no list', persons({ handle: 'a', emails: 'j@x.io' }), /^persons\[0\]\.emails must be a list\.$/],
    [
      'a machine',
      persons({ handle: 'a', kubernetesUsers: ['system:serviceaccount:ci:bot'] }),
      /^persons\[0\]\.kubernetesUsers\[0\] must be a person/,
    ],
    [
      'a hidden character',
      persons({ handle: 'a', displayName: 'J\u202Eane' }),
      /^persons\[0\]\.displayName must be/,
    ],
    [
      'half a login',
      persons({ handle: 'a', oidc: [{ issuer: 'https://x' }] }),
      /^persons\[0\]\.oidc\[0\]\.subject is missing: it must be/,
    ],
    [
      'too many names',
      persons({
        handle: 'a',
        kubernetesUsers: Array.from({ length: limits.namesOfPerson + 1 }, (_, i) => `u${String(i)}`),
      }),
      /^persons\[0\]\.kubernetesUsers must have at most 20/,
    ],
    [
      'a member who is no person',
      { ...persons(jane), groups: [{ name: 'qa', members: ['jo'] }] },
      /^groups\[0\]\.members\[0\] is the handle of no person\.$/,
    ],
    [
      'a group named like a person',
      { ...persons(jane), groups: [{ name: 'JANE@example.com', members: [] }] },
      /^groups\[0\]\.name is also persons\[0\]\.emails\[0\]\.$/,
    ],
    [
      'a group twice',
      {
        ...persons(jane),
        groups: [
          { name: 'qa', members: [] },
          { name: 'qa', members: [] },
        ],
      },
      /^groups\[1\]\.name is also groups\[0\]\.name\.$/,
    ],
  ])('%s', (_name, content, problem) => {
    const problems = problemsOf(content);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(problem);
  });

  test.each([
    ['a handle twice', { handle: 'jane' }, 'persons[1].handle may be the same person as persons[0].handle'],
    [
      'a handle in other letters',
      { handle: 'Jane' },
      'persons[1].handle may be the same person as persons[0].handle',
    ],
    [
      'an address with a tag',
      { handle: 'x', emails: ['Jane+ci@example.com'] },
      'persons[1].emails[0] may be the same person as persons[0].handle',
    ],
    [
      'a user like the local part',
      { handle: 'x', kubernetesUsers: ['jane'] },
      'persons[1].kubernetesUsers[0] may be the same person as persons[0].handle',
    ],
  ])('two persons who may be one, by %s', (_name, other, problem) => {
    expect(problemsOf(persons(jane, other))[0]).toContain(problem);
  });

  test('an identity that two persons claim', () => {
    const login = { oidc: [{ issuer: 'https://x', subject: 's' }] };
    const chat = { chat: [{ channel: 'slack/T1', id: 'U1' }] };
    expect(
      problemsOf(persons({ handle: 'a', ...login, ...chat }, { handle: 'b', ...login, ...chat })),
    ).toEqual([
      'persons[1].oidc[0] is also that of persons[0].oidc[0].',
      'persons[1].chat[0] is also that of persons[0].chat[0].',
    ]);
  });

  test('all of them at once', () => {
    expect(
      problemsOf(persons({ handle: '' }, { handle: 'a', emails: ['x'] }, { handle: 'b', extra: 1 })),
    ).toHaveLength(3);
  });
});

test('one person may have a name twice, and two people the same local part at two domains', () => {
  const ann = { handle: 'ann', kubernetesUsers: ['ann', 'ANN'], emails: ['ann@x.io', 'ann+ci@x.io'] };
  expect(problemsOf(persons(ann))).toEqual([]);
  expect(
    problemsOf(persons({ handle: 'a1', emails: ['ann@x.io'] }, { handle: 'a2', emails: ['ann@y.io'] })),
  ).toEqual([]);
});

test('the largest directory is checked in a moment', () => {
  const many = Array.from({ length: limits.persons }, (_, index) => ({
    handle: `p${String(index)}`,
    emails: [`p${String(index)}@x.io`],
    kubernetesUsers: [`oidc:p${String(index)}@x.io`],
  }));
  expect(problemsOf({ persons: many })).toEqual([]);
});
