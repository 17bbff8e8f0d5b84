import { describe, expect, test } from 'vitest';
import { decide } from '../decide.ts';
import { byKubernetes, kubernetesUser, someFacts, someTerms, start } from '../fixture.ts';
import { multi } from './multi.ts';
import { as, link, naming, play, user, type Case } from './play.ts';

describe('MULTI of people', () => {
  const terms = someTerms({ strategy: 'MULTI', approvers: ['alice', 'bob@x.io'] });
  const cases: readonly Case[] = [
    ['waits for the others', [user('alice')], ['counted'], 'pending', ['bob@x.io']],
    ['needs everybody', [user('bob@x.io'), user('alice')], ['counted', 'counted'], 'approved'],
    [
      'ends with the first rejection',
      [user('alice'), as('reject', user('bob@x.io'))],
      ['counted', 'counted'],
      'rejected',
    ],
    [
      'refuses a second approval of one person',
      [user('alice'), user('alice')],
      ['counted', 'alreadyAnswered'],
      'pending',
      ['bob@x.io'],
    ],
    [
      'lets a person who approved still reject',
      [user('alice'), as('reject', user('alice'))],
      ['counted', 'counted'],
      'rejected',
    ],
    [
      'lets a person reject by another channel',
      [user('alice'), as('reject', link('bob@x.io'))],
      ['counted', 'counted'],
      'rejected',
    ],
    [
      'needs two people to be told apart',
      [user('alice'), link('bob@x.io')],
      ['counted', 'cannotTellApart'],
      'pending',
      ['bob@x.io'],
    ],
    ['counts two links as two people', [link('alice'), link('BOB@x.io')], ['counted', 'counted'], 'approved'],
  ];
  for (const [name, steps, fates, outcome, awaited = []] of cases) {
    test(name, () => {
      expect(play(terms, steps)).toMatchObject({ fates, outcome, awaited });
    });
  }

  test('one person listed under two names never fills both slots', () => {
    const twice = someTerms({ strategy: 'MULTI', approvers: ['alice', 'Alice+x@y.io'] });
    expect(play(twice, [user('alice'), link('Alice+x@y.io'), user('Alice+x@y.io')])).toMatchObject({
      fates: ['counted', 'alreadyAnswered', 'alreadyAnswered'],
      outcome: 'pending',
    });
  });

  test('one person listed twice is one slot', () => {
    const twice = someTerms({ strategy: 'MULTI', approvers: ['a@x.io', 'A@x.io', 'b@x.io'] });
    expect(play(twice, [link('A@x.io')])).toMatchObject({ awaited: ['b@x.io'], label: '1_of_2' });
  });

  test('nobody listed approves nothing', () => {
    const nobody = someTerms({ strategy: 'MULTI', approvers: [] });
    expect(play(nobody, [user('alice')]).outcome).toBe('pending');
    expect(multi.isSatisfied([], nobody)).toBe(false);
  });
});

describe('MULTI of groups', () => {
  const terms = someTerms({ strategy: 'MULTI', approvers: ['mallory'], groups: ['qa', 'ops', 'sec@x.io'] });
  const cases: readonly Case[] = [
    [
      'fills the first open slot of a member',
      [user('al', 'ops', 'qa'), user('bo', 'qa', 'ops')],
      ['counted', 'counted'],
      'pending',
      ['sec@x.io'],
    ],
    [
      'takes one answer for each slot, also of one member',
      [user('al', 'qa', 'ops'), user('al', 'qa', 'ops'), link('sec@x.io')],
      ['counted', 'counted', 'counted'],
      'approved',
    ],
    [
      'fills the slot that is named',
      [naming('ops', user('al', 'qa', 'ops'))],
      ['counted'],
      'pending',
      ['qa', 'sec@x.io'],
    ],
    [
      'refuses a second approval for a named slot',
      [user('al', 'qa'), naming('qa', user('bo', 'qa', 'ops'))],
      ['counted', 'alreadyAnswered'],
      'pending',
      ['ops', 'sec@x.io'],
    ],
    [
      'refuses a member whose slots are all filled',
      [user('al', 'qa'), user('bo', 'qa')],
      ['counted', 'alreadyAnswered'],
      'pending',
      ['ops', 'sec@x.io'],
    ],
    [
      'is rejected by a member whose slot is filled',
      [user('al', 'qa'), as('reject', user('bo', 'qa'))],
      ['counted', 'counted'],
      'rejected',
    ],
    [
      'does not listen to approvers beside groups',
      [user('mallory')],
      ['notListed'],
      'pending',
      ['qa', 'ops', 'sec@x.io'],
    ],
  ];
  for (const [name, steps, fates, outcome, awaited = []] of cases) {
    test(name, () => {
      expect(play(terms, steps)).toMatchObject({ fates, outcome, awaited });
    });
  }

  test('records a rejection for the slot that is still open', () => {
    const both = [
      byKubernetes(kubernetesUser('bo', ['qa'])),
      byKubernetes(kubernetesUser('al', ['qa', 'ops']), { order: 2, decision: 'reject' }),
    ];
    const { approval } = decide(someFacts({ terms, submissions: both }), start);
    expect(approval.responses.map(({ entry }) => entry)).toEqual(['qa', 'ops']);
  });
});
