import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyWorld, factsOf } from '../../test/builders/worlds.ts';
import type { Approval } from './approval.ts';
import { decide } from './decide.ts';
import {
  directoryOf,
  nobodyKnown,
  ownerOf,
  personNamed,
  shownName,
  type Directory,
  type People,
} from './directory.ts';
import { knownAs, kubernetesUser, linkHolder, someApproval, someFacts, someTerms, start } from './fixture.ts';
import { differenceFrom, samePerson } from './person.ts';
import { as, link, naming, play, user, type Case, type Step } from './strategies/play.ts';

const alice = knownAs('alice-p', {
  displayName: 'Alice Pe',
  emails: ['alice@x.io', 'ap@y.io'],
  kubernetesUsers: ['u1', 'oidc:u1'],
  oidc: [{ issuer: 'https://one', subject: 's1' }],
});
const bob = knownAs('bob-p', { emails: ['bob@x.io'], kubernetesUsers: ['u2'] });
const both: People = {
  persons: [alice, bob],
  groups: [{ name: 'qa', members: ['alice-p', 'bob-p', 'gone'] }],
};
const directory = directoryOf(both);

describe('an identity is', () => {
  const login = { kind: 'login', issuer: 'https://one', subject: 's1', groups: [] } as const;
  test.each([
    ['a listed Kubernetes user', kubernetesUser('oidc:u1'), alice],
    ['a login of that issuer', login, alice],
    ['the link to any of the addresses, in any case', linkHolder('AP@Y.io'), alice],
    ['the link to a handle', linkHolder('bob-p'), bob],
    ['nobody for a login of another issuer', { ...login, issuer: 'https://two' }, undefined],
    ['nobody for a Kubernetes user in other letters', kubernetesUser('U1'), undefined],
    ['nobody for the Kubernetes user of the name of a handle', kubernetesUser('alice-p'), undefined],
    ['nobody for the Kubernetes user of the name of an address', kubernetesUser('alice@x.io'), undefined],
  ])('%s', (_name, identity, owner) => {
    expect(ownerOf(directory, identity)).toBe(owner);
  });

  test('nobody’s where two persons claim it, and neither answers for the other', () => {
    const disputed = directoryOf({
      persons: [alice, knownAs('eve', { kubernetesUsers: ['u1'] })],
      groups: [],
    });
    expect(ownerOf(disputed, kubernetesUser('u1'))).toBe('disputed');
    expect(personNamed(disputed, 'u1')).toBe('disputed');
    const terms = someTerms({ approvers: ['alice-p', 'eve', 'u1'] });
    expect(play(terms, [user('u1')], disputed).fates).toEqual(['notListed']);
    expect(differenceFrom(kubernetesUser('u1'), [{ identity: kubernetesUser('u9') }], disputed)).toBe(
      'unclear',
    );
  });
});

test('a name is shown with the display name and the handle, where the directory has one', () => {
  expect(shownName(directory, 'ap@y.io')).toBe('Alice Pe (alice-p)');
  expect(shownName(directory, 'bob@x.io')).toBe('bob@x.io');
  expect(shownName(directory, 'carol')).toBe('carol');
});

describe('whom a list names', () => {
  const cases: readonly (readonly [string, string, Step, string])[] = [
    ['by handle, answers by mail', 'alice-p', link('alice@x.io'), 'counted'],
    ['by handle, answers by the link to the handle', 'alice-p', link('alice-p'), 'counted'],
    ['by handle, answers with kubectl', 'alice-p', user('u1'), 'counted'],
    ['by address, answers with kubectl', 'alice@x.io', user('oidc:u1'), 'counted'],
    ['by address, answers by another of the addresses', 'Alice@X.io', link('ap@y.io'), 'counted'],
    ['by Kubernetes user, answers by mail', 'u1', link('alice@x.io'), 'counted'],
    ['by address, is also the user whose name it is', 'alice@x.io', user('alice@x.io'), 'counted'],
    ['is nobody else of the directory', 'alice-p', user('u2'), 'notListed'],
    ['by handle, is no user who happens to have that name', 'alice-p', user('alice-p'), 'notListed'],
    ['without being in the directory, is who has that name', 'carol', user('carol'), 'counted'],
    ['without being in the directory, is nobody of it', 'carol', user('u1'), 'notListed'],
  ];
  test.each(cases)('%s', (...[, entry, step, fate]) => {
    expect(play(someTerms({ approvers: [entry] }), [step], directory).fates).toEqual([fate]);
  });

  test.each([
    ['a member by kubectl, without the group in the cluster', user('u1'), 'counted'],
    ['a member by a link of their own', naming('qa', link('bob-p')), 'counted'],
    ['a member whom the channel vouches for', user('carol', 'qa'), 'counted'],
    ['nobody whom neither names', user('carol'), 'notListed'],
    ['nobody by a link to somebody who is no member', naming('qa', link('carol')), 'notListed'],
  ])('as a group is answered for by %s', (_name, step, fate) => {
    expect(play(someTerms({ groups: ['qa'] }), [step], directory).fates).toEqual([fate]);
  });
});

describe('with a directory, FOUR_EYES', () => {
  const terms = someTerms({ strategy: 'FOUR_EYES', approvers: ['alice-p', 'bob@x.io', 'carol'] });
  const groups = someTerms({ strategy: 'FOUR_EYES', groups: ['qa', 'qa@x.io'] });
  const cases: readonly (readonly [...Case, typeof terms])[] = [
    [
      'takes two known people, however each answers',
      [link('alice-p'), user('u2')],
      ['counted', 'counted'],
      'approved',
      [],
      terms,
    ],
    [
      'refuses one person by mail and by kubectl, whatever the names',
      [link('ap@y.io'), user('oidc:u1')],
      ['counted', 'alreadyAnswered'],
      'pending',
      ['bob@x.io', 'carol'],
      terms,
    ],
    [
      'cannot tell a known person from a stranger who comes another way',
      [link('alice-p'), user('carol')],
      ['counted', 'cannotTellApart'],
      'pending',
      ['bob@x.io', 'carol'],
      terms,
    ],
    [
      'takes a stranger who comes the same way',
      [user('u1'), user('carol')],
      ['counted', 'counted'],
      'approved',
      [],
      terms,
    ],
    [
      'takes links of two members of a group',
      [naming('qa', link('alice-p')), naming('qa', link('bob-p'))],
      ['counted', 'counted'],
      'approved',
      [],
      groups,
    ],
    [
      'refuses a link that a group shares',
      [link('qa@x.io')],
      ['sharedLink'],
      'pending',
      ['qa', 'qa@x.io'],
      groups,
    ],
    [
      'lets the first person reject by another way',
      [link('alice-p'), as('reject', user('u1'))],
      ['counted', 'counted'],
      'rejected',
      [],
      terms,
    ],
  ];
  test.each(cases)('%s', (...[, steps, fates, outcome, awaited, asked]) => {
    expect(play(asked, steps, directory)).toMatchObject({ fates, outcome, awaited });
  });
});

describe('with a directory, MULTI', () => {
  const terms = someTerms({ strategy: 'MULTI', approvers: ['alice@x.io', 'u2'] });
  const cases: readonly Case[] = [
    [
      'takes each person once, however each answers',
      [user('u1'), link('bob@x.io')],
      ['counted', 'counted'],
      'approved',
      [],
    ],
    [
      'counts one person by mail and by kubectl once',
      [user('u1'), link('alice@x.io')],
      ['counted', 'alreadyAnswered'],
      'pending',
      ['u2'],
    ],
  ];
  for (const [name, steps, fates, outcome, awaited] of cases) {
    test(name, () => {
      expect(play(terms, steps, directory)).toMatchObject({ fates, outcome, awaited });
    });
  }
});

describe('a directory that changes between the first and the second of four eyes', () => {
  const terms = someTerms({ strategy: 'FOUR_EYES', approvers: ['alice@x.io', 'u1', 'u2', 'u3', 'bob@x.io'] });
  const merged = directoryOf({ persons: [knownAs('ab', { kubernetesUsers: ['u1', 'u2'] })], groups: [] });
  const split = directoryOf({ persons: [alice, knownAs('b', { kubernetesUsers: ['u2'] })], groups: [] });
  const renamed = directoryOf({ persons: [{ ...alice, handle: 'smith' }, bob], groups: [] });
  const taken = directoryOf({
    persons: [{ ...bob, handle: 'alice-p', kubernetesUsers: ['u1', 'u2'] }],
    groups: [],
  });
  const stays = directoryOf({ persons: [{ ...alice, kubernetesUsers: [] }, bob], groups: [] });
  const cases: readonly (readonly [string, [Directory, Step], [Directory, Step], string])[] = [
    [
      'mapping appears: both ways of one person',
      [nobodyKnown, link('alice@x.io')],
      [directory, user('u1')],
      'alreadyAnswered',
    ],
    ['mapping appears: two people', [nobodyKnown, link('alice@x.io')], [directory, user('u2')], 'counted'],
    [
      'mapping disappears: nobody can be told from whom it named',
      [directory, user('u1')],
      [nobodyKnown, user('u3')],
      'cannotTellApart',
    ],
    [
      'mapping of the first disappears: not from known people either',
      [directory, user('u1')],
      [stays, user('u2')],
      'cannotTellApart',
    ],
    [
      'mapping disappears: the recorded person is still the same',
      [directory, user('u1')],
      [nobodyKnown, user('alice-p')],
      'notListed',
    ],
    ['two people are merged', [directory, user('u1')], [merged, user('u2')], 'alreadyAnswered'],
    [
      'one person is split, and the directory of now decides',
      [merged, user('u1')],
      [split, user('u2')],
      'counted',
    ],
    ['the handle changes', [directory, user('u1')], [renamed, user('u2')], 'counted'],
    [
      'the handle goes over to the second person',
      [directory, link('alice@x.io')],
      [taken, user('u2')],
      'alreadyAnswered',
    ],
  ];
  test.each(cases)('%s', (...[, [before, first], [after, second], fate]) => {
    const submissionOf = (step: Step, order: number) => ({
      ...step,
      uid: `d${String(order)}`,
      order: BigInt(order),
    });
    const { approval } = decide(
      someFacts({ terms, directory: before, submissions: [submissionOf(first, 1)] }),
      start,
    );
    expect(approval.responses).toHaveLength(1);
    const { verdicts } = decide(
      someFacts({ terms, approval, directory: after, submissions: [submissionOf(second, 2)] }),
      start,
    );
    expect(verdicts.map((verdict) => (verdict.verdict === 'counted' ? 'counted' : verdict.code))).toEqual([
      fate,
    ]);
  });

  test('over random directories, never lets one person be two', { timeout: 300_000 }, () => {
    let approved = 0;
    fc.assert(
      fc.property(anyWorld, anyWorld, ({ ask, attempts: [answers = []] }, { ask: { people: later } }) => {
        const now = { ...ask, terms: { ...ask.terms, strategy: 'FOUR_EYES' as const } };
        let approval: Approval = someApproval({}, now.terms);
        for (const one of answers) {
          const people = approval.responses.length === 0 ? now.people : later;
          approval = decide(factsOf({ ...now, people }, { approval, submissions: [one] }), start).approval;
        }
        const [first, second] = approval.responses;
        if (approval.outcome !== 'approved' || first === undefined || second === undefined) return;
        approved += 1;
        expect(samePerson(first.person, second.person)).toBe(false);
        const [then, last] = [
          ownerOf(directoryOf(later), first.identity),
          ownerOf(directoryOf(later), second.identity),
        ];
        expect([then, last]).not.toContain('disputed');
        if (then === undefined) expect(first.mapped).not.toBe(true);
        if (then !== undefined && last !== undefined) expect(then).not.toEqual(last);
        else expect(first.identity.kind).toBe(second.identity.kind);
      }),
      { numRuns: 3_000 },
    );
    expect(approved).toBeGreaterThan(20);
  });
});
