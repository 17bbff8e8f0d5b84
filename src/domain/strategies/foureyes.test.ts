import { describe, expect, test } from 'vitest';
import { decide } from '../decide.ts';
import { byLink, someFacts, someTerms, start } from '../fixture.ts';
import { as, link, play, user, type Case } from './play.ts';

describe('FOUR_EYES of people', () => {
  const terms = someTerms({ strategy: 'FOUR_EYES', approvers: ['alice@x.io', 'bob@x.io', 'alice'] });
  const [alice, bob] = ['alice@x.io', 'bob@x.io'];
  const cases: readonly Case[] = [
    [
      'waits for a second person, not for the first under another name',
      [link(alice)],
      ['counted'],
      'pending',
      [bob],
    ],
    ['needs two different people', [link(alice), link(bob)], ['counted', 'counted'], 'approved'],
    [
      'refuses the same person twice',
      [link(alice), link(alice)],
      ['counted', 'alreadyAnswered'],
      'pending',
      [bob],
    ],
    [
      'H15: refuses the same person by kubectl and by mail',
      [user('alice'), link(alice)],
      ['counted', 'alreadyAnswered'],
      'pending',
      [bob],
    ],
    [
      'H14: refuses two links opened in one browser',
      [link(alice, 'b1'), link(bob, 'b1')],
      ['counted', 'sameBrowser'],
      'pending',
      [bob],
    ],
    [
      'takes two links opened in two browsers',
      [link(alice, 'b1'), link(bob, 'b2')],
      ['counted', 'counted'],
      'approved',
    ],
    [
      'tells a person who answers twice in one browser so',
      [link(alice, 'b1'), link(alice, 'b1')],
      ['counted', 'alreadyAnswered'],
      'pending',
      [bob],
    ],
    [
      'refuses people who cannot be told apart',
      [user('alice'), link(bob)],
      ['counted', 'cannotTellApart'],
      'pending',
      [bob],
    ],
    [
      'is rejected by the first person, also in the same browser',
      [link(alice, 'b1'), as('reject', link(alice, 'b1'))],
      ['counted', 'counted'],
      'rejected',
    ],
    [
      'is rejected by the second person',
      [link(alice), as('reject', link(bob))],
      ['counted', 'counted'],
      'rejected',
    ],
    [
      'is rejected in its first step',
      [as('reject', link(alice)), link(bob)],
      ['counted', 'settled'],
      'rejected',
    ],
  ];
  for (const [name, steps, fates, outcome, awaited = []] of cases) {
    test(name, () => {
      expect(play(terms, steps)).toMatchObject({ fates, outcome, awaited });
    });
  }

  test('one listed person alone can never approve', () => {
    const alone = someTerms({ strategy: 'FOUR_EYES', approvers: ['alice'] });
    expect(play(alone, [user('alice'), user('alice'), link('alice'), user('bob')]).outcome).toBe('pending');
  });

  test('records which step a response belongs to', () => {
    const submissions = [byLink(alice), byLink(bob, { order: 2 })];
    const { approval } = decide(someFacts({ terms, submissions }), start);
    expect(approval.responses.map(({ step, entry }) => [step, entry])).toEqual([
      [1, alice],
      [2, bob],
    ]);
  });
});

describe('FOUR_EYES of groups', () => {
  const terms = someTerms({ strategy: 'FOUR_EYES', approvers: [], groups: ['qa', 'sec@x.io'] });
  const cases: readonly Case[] = [
    [
      'takes two members of one group',
      [user('al', 'qa'), user('bo', 'qa')],
      ['counted', 'counted'],
      'approved',
    ],
    [
      'refuses one member twice',
      [user('al', 'qa'), user('al', 'qa')],
      ['counted', 'alreadyAnswered'],
      'pending',
      ['qa', 'sec@x.io'],
    ],
    [
      'refuses one member under another address',
      [user('al', 'qa'), user('AL+2@x.io', 'qa')],
      ['counted', 'alreadyAnswered'],
      'pending',
      ['qa', 'sec@x.io'],
    ],
    [
      'refuses a link that a group shares',
      [link('sec@x.io'), user('al', 'qa')],
      ['sharedLink', 'counted'],
      'pending',
      ['qa', 'sec@x.io'],
    ],
    [
      'refuses a rejection behind a shared link',
      [as('reject', link('sec@x.io'))],
      ['sharedLink'],
      'pending',
      ['qa', 'sec@x.io'],
    ],
  ];
  for (const [name, steps, fates, outcome, awaited = []] of cases) {
    test(name, () => {
      expect(play(terms, steps)).toMatchObject({ fates, outcome, awaited });
    });
  }
});
