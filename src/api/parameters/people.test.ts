import { describe, expect, test } from 'vitest';
import { accepted, messageOf, read } from '../../../test/builders/parameters.ts';
import { directoryOf } from '../../domain/directory.ts';
import { knownAs } from '../../domain/fixture.ts';
import type { Surroundings } from '../parameters.ts';

describe('requests that nobody could answer as meant', () => {
  test.each<[string, Record<string, unknown>, string]>([
    [
      'MULTI of one person named twice',
      { strategy: 'MULTI', approvers: ['a@x.io', 'A@X.io'] },
      '"a@x.io" is the only one and is listed twice',
    ],
    [
      'MULTI of one person under two names',
      { strategy: 'MULTI', approvers: ['alice', 'Alice+ops@x.io', 'bob'] },
      '"alice" and "Alice+ops@x.io" cannot be told apart',
    ],
    [
      'MULTI of one group named twice',
      { strategy: 'MULTI', groups: ['ops', 'ops'] },
      'groups: MULTI asks everybody listed, but "ops" is the only one',
    ],
    [
      'FOUR_EYES with one person',
      { strategy: 'FOUR_EYES', approvers: ['alice'] },
      'FOUR_EYES needs two different people',
    ],
    [
      'FOUR_EYES with one person twice',
      { strategy: 'FOUR_EYES', approvers: ['alice', 'alice'] },
      'only one person is listed',
    ],
    [
      'FOUR_EYES with one person under two names',
      { strategy: 'FOUR_EYES', approvers: ['alice', 'alice@x.io'] },
      'only one person is listed',
    ],
    [
      'FOUR_EYES of a shared mailbox',
      { strategy: 'FOUR_EYES', groups: ['ops@x.io'], approvers: ['a', 'b'] },
      'FOUR_EYES cannot tell the members of a shared mailbox apart',
    ],
  ])('%s', (_, given, expected) => {
    expect(messageOf(read(given))).toContain(expected);
  });

  test.each<[string, Record<string, unknown>, Partial<Surroundings>]>([
    ['FOUR_EYES with groups alone', { strategy: 'FOUR_EYES', groups: 'deployers' }, {}],
    ['FOUR_EYES of a mailbox beside a group', { strategy: 'FOUR_EYES', groups: ['ops@x.io', 'ops'] }, {}],
    [
      'FOUR_EYES of a mailbox where people log in',
      { strategy: 'FOUR_EYES', groups: 'ops@x.io' },
      { loginConfigured: true },
    ],
    [
      'FOUR_EYES with two people and a second name',
      { strategy: 'FOUR_EYES', approvers: ['a', 'a@x.io', 'b'] },
      {},
    ],
    ['MULTI of one person', { strategy: 'MULTI', approvers: 'alice' }, {}],
    ['MULTI of namesakes in two companies', { strategy: 'MULTI', approvers: ['a@x.io', 'a@y.io'] }, {}],
  ])('%s is fine', (_, given, around) => {
    expect(messageOf(read(given, {}, around))).toBe('accepted');
  });

  test('elsewhere duplicates collapse, and the run says so', () => {
    const { spec, notes } = accepted(read({ approvers: ['Jane@x.io', 'bob', 'jane@X.io', 'bob', 'Bob2'] }));
    expect(spec.approvers).toEqual(['Jane@x.io', 'bob', 'Bob2']);
    expect(notes).toEqual(['Listed more than once in approvers and asked once: "jane@X.io", "bob".']);
  });

  test.each([['MULTI'], ['FOUR_EYES']])(
    '%s of an address and a bare name says that it may get stuck',
    (strategy) => {
      expect(accepted(read({ strategy, approvers: ['bob@x.io', 'carol@x.io', 'alice'] })).notes).toEqual([
        '"alice" answers with kubectl and "bob@x.io" by mail: such answers cannot be told apart as two people. List all as addresses, let all answer with kubectl, or list all in the people directory.',
      ]);
    },
  );

  test.each([
    ['SINGLE', { approvers: ['bob@x.io', 'alice'] }],
    ['MULTI of addresses', { strategy: 'MULTI', approvers: ['bob@x.io', 'alice@x.io'] }],
    ['FOUR_EYES of names', { strategy: 'FOUR_EYES', approvers: ['bob', 'alice'] }],
    ['MULTI of groups, each with its own slot', { strategy: 'MULTI', groups: ['ops@x.io', 'ops'] }],
  ])('%s does not', (_, given) => {
    expect(accepted(read(given)).notes).toEqual([]);
  });

  test.each([
    ['approvers', 'Doe, Jane'],
    ['groups', 'Domain Admins'],
  ] as const)('%s keep the single blank of %j', (field, name) => {
    expect(accepted(read({ [field]: [name] })).spec[field]).toEqual([name]);
  });

  const listed = (count: number, suffix = ''): string[] =>
    Array.from({ length: count }, (_, index) => `a${index}${suffix}`);

  test.each([
    ['people', { approvers: listed(75) }, 1],
    ['groups, however many people stand beside them', { groups: listed(10), approvers: listed(100) }, 9],
  ])('MULTI of as many %s as can be recorded is fine', (_, given, retries) => {
    expect(messageOf(read({ strategy: 'MULTI', ...given }, { retries }))).toBe('accepted');
  });

  test.each([
    [
      'people',
      { approvers: listed(100) },
      1,
      'approvers: MULTI of 100 entries in up to 2 attempts can collect 200 answers',
    ],
    [
      'groups',
      { groups: listed(14) },
      10,
      'groups: MULTI of 14 entries in up to 11 attempts can collect 154 answers',
    ],
  ])('MULTI of more %s than can be recorded is refused', (...[, given, retries, sentence]) => {
    expect(messageOf(read({ strategy: 'MULTI', ...given }, { retries }))).toContain(
      `${sentence}; at most 150 are allowed`,
    );
  });

  test('H55: a request that could outgrow the store with all its answers is refused with both sizes', () => {
    const approvers = listed(100).map((name) => name.padEnd(256, '<'));
    expect(messageOf(read({ strategy: 'MULTI', approvers }))).toMatch(
      /this task: can grow to \d{7} bytes with the longest answers; at most 1500000 can be stored/,
    );
  });

  test('other strategies may list 100 people and retry ten times', () => {
    expect(messageOf(read({ approvers: listed(100) }, { retries: 10 }))).toBe('accepted');
  });

  test('names collapse only letter for letter: a user named Bob is not bob', () => {
    expect(accepted(read({ approvers: ['bob', 'Bob'] })).spec.approvers).toEqual(['bob', 'Bob']);
  });
});

describe('with a people directory', () => {
  const directory = directoryOf({
    persons: [
      knownAs('ann', { emails: ['ann@x.io'], kubernetesUsers: ['u1'] }),
      knownAs('ben', { emails: ['ben@x.io'] }),
    ],
    groups: [
      { name: 'ops@x.io', members: ['ann', 'ben'] },
      { name: 'one@x.io', members: ['ann'] },
    ],
  });

  test.each<[string, Record<string, unknown>, string]>([
    [
      'MULTI of one person under two names',
      { strategy: 'MULTI', approvers: ['ann@x.io', 'u1', 'ben'] },
      '"ann@x.io" and "u1" cannot be told apart',
    ],
    [
      'FOUR_EYES of one person under two names',
      { strategy: 'FOUR_EYES', approvers: ['ann@x.io', 'u1'] },
      'only one person is listed',
    ],
    [
      'FOUR_EYES of a mailbox with one member',
      { strategy: 'FOUR_EYES', groups: ['one@x.io'] },
      'cannot tell the members of a shared mailbox apart',
    ],
  ])('%s fails', (_, given, expected) => {
    expect(messageOf(read(given, {}, { directory }))).toContain(expected);
    expect(messageOf(read({ ...given, strategy: 'SINGLE' }, {}, { directory }))).toBe('accepted');
  });

  test('FOUR_EYES of a mailbox whose members it knows can be answered', () => {
    expect(messageOf(read({ strategy: 'FOUR_EYES', groups: ['ops@x.io'] }, {}, { directory }))).toBe(
      'accepted',
    );
  });

  test('users and addresses may be mixed where it knows all of them', () => {
    const notes = (approvers: string[]) =>
      accepted(read({ strategy: 'FOUR_EYES', approvers }, {}, { directory })).notes;
    expect(notes(['u1', 'ben@x.io'])).toEqual([]);
    expect(notes(['u1', 'cid@x.io'])[0]).toContain('list all in the people directory');
  });
});
