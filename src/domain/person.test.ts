import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Identity } from './approval.ts';
import { directoryOf, nobodyKnown } from './directory.ts';
import { sameEntry } from './entry.ts';
import { knownAs, kubernetesUser, linkHolder } from './fixture.ts';
import { differenceFrom, personOf, samePerson } from './person.ts';

describe('samePerson', () => {
  test.each([
    ['alice', 'ALICE'],
    ['alice', 'Alice+x@y.io'],
    ['alice@y.io', 'alice+tag@Y.IO'],
    ['alice+1', 'alice+2'],
    ['\uff41lice', 'alice'],
    ['al\u200bice', 'alice'],
    ['\u212aim', 'kim'],
    ['stra\u00dfe@x.io', 'STRASSE@x.io'],
    ['\u1e9e', '\u00df'],
    ['\u00aalice', 'alice'],
    ['\u03c3\u03c2', '\u03a3\u03c3'],
    ['jos\u00e9', 'jose\u0301'],
    [' alice ', 'alice'],
  ])('takes %j and %j for one', (a, b) => {
    expect(samePerson(a, b)).toBe(true);
    expect(samePerson(b, a)).toBe(true);
  });

  test.each([
    ['alice', 'bob'],
    ['alice@x.io', 'alice@y.io'],
    ['alice@x.io', 'alice.b@x.io'],
    ['+49123', '+49456'],
    ['@x.io', '@y.io'],
    ['alice', 'x.io'],
  ])('takes %j and %j for two', (a, b) => {
    expect(samePerson(a, b)).toBe(false);
  });

  test('is never stricter than the rule that allows', () => {
    const name = fc.string({
      unit: fc.constantFrom('a', 'A', '@', '.', '+', '\u212a', 'k', '\u00df'),
      maxLength: 6,
    });
    fc.assert(
      fc.property(name, name, (a, b) => {
        if (sameEntry(a, b)) expect(samePerson(a, b)).toBe(true);
        expect(samePerson(a, a.toUpperCase())).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('differenceFrom', () => {
  const login = (issuer: string, subject: string) =>
    ({ kind: 'login', issuer, subject, groups: [] }) as const;
  test.each<[string, [Identity, Identity], string]>([
    ['two users of one cluster', [kubernetesUser('alice'), kubernetesUser('bob')], 'different'],
    ['two links', [linkHolder('alice@x.io'), linkHolder('bob@x.io')], 'different'],
    ['one name through two channels', [kubernetesUser('alice'), linkHolder('alice@x.io')], 'same'],
    ['two names through two channels', [kubernetesUser('u1234'), linkHolder('alice@x.io')], 'unclear'],
    ['two names of two issuers', [login('https://one', 'a'), login('https://two', 'b')], 'unclear'],
  ])('of %s', (_name, [a, b], expected) => {
    expect(differenceFrom(a, [{ identity: b }], nobodyKnown)).toBe(expected);
    expect(differenceFrom(b, [{ identity: a }], nobodyKnown)).toBe(expected);
  });

  test('one who is the same weighs more than one who is unclear', () => {
    const others = [{ identity: kubernetesUser('bob') }, { identity: linkHolder('alice') }];
    expect(differenceFrom(linkHolder('alice'), others, nobodyKnown)).toBe('same');
  });
});

test('a person is spelt as listed, a member of a group by the own name, the holder of a group link as the group', () => {
  const person = { isGroup: false };
  const group = { isGroup: true };
  const named = (identity: Identity, name: string, of: { isGroup: boolean }): object =>
    personOf(identity, { name, ...of }, nobodyKnown);
  expect(named(linkHolder('Alice@x.io'), 'alice@x.io', person)).toEqual({ person: 'alice@x.io' });
  expect(named(kubernetesUser('alice', ['qa']), 'qa', group)).toEqual({ person: 'alice' });
  expect(named(linkHolder('qa@x.io'), 'qa@x.io', group)).toEqual({ person: 'qa@x.io' });
  const directory = directoryOf({ persons: [knownAs('quinn', { emails: ['qa@x.io'] })], groups: [] });
  const known = (of: object): object =>
    personOf(linkHolder('qa@x.io'), { name: 'qa@x.io', isGroup: false, ...of }, directory);
  expect(known(person)).toEqual({ person: 'quinn', mapped: true });
  expect(known(group)).toEqual({ person: 'qa@x.io' });
});
